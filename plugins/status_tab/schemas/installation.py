"""The file ``installation.json`` (formats.md 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from status_tab.domain.installation import LEVELS, PLANS, RESTRICTIONS, Installation, Restriction, Satellite
from status_tab.domain.metered import LARGEST

from .parts import storable

_NAME = (validate.Length(1, 254), storable)
_COUNT = validate.Range(0, LARGEST)
_WHOLE: dict[str, Any] = {"invalid": "must be a whole number"}


class Choice(fields.String):
    """One of a few words, compared without regard to case and loaded in their own spelling."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = {word.lower(): word for word in words}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        word = self.words.get(value.lower()) if isinstance(value, str) else None
        if word is None:
            raise ValidationError(f"must be one of {', '.join(self.words.values())}")
        return word


class _Strict(Schema):
    error_messages = {"type": "must be a JSON object", "unknown": "is not known here"}  # noqa: RUF012 - so declared by marshmallow

    class Meta:
        unknown = RAISE


class DatabaseSchema(_Strict):
    """The database itself."""

    type = fields.String(required=True, validate=_NAME)
    name = fields.String(required=True, validate=_NAME)
    level = Choice(LEVELS, required=True)


class RestrictionSchema(_Strict):
    """One limit of the plan."""

    name = Choice(RESTRICTIONS, required=True)
    in_use = fields.Integer(required=True, strict=True, validate=_COUNT, error_messages=_WHOLE)
    maximum = fields.Integer(required=True, strict=True, validate=_COUNT, error_messages=_WHOLE)


class SatelliteSchema(_Strict):
    """One satellite database."""

    name = fields.String(required=True, validate=_NAME)
    licences = fields.List(
        fields.String(
            validate=validate.Regexp(
                r"\A[A-Za-z0-9]{1,239}\.[A-Za-z0-9-]{1,239}\Z",
                error="must be a full module name such as superoffice.satellite",
            )
        ),
        load_default=list,
    )


class InstallationSchema(_Strict):
    """The whole file; loads into an `Installation`."""

    database = fields.Nested(DatabaseSchema, required=True)
    satellites = fields.List(fields.Nested(SatelliteSchema), load_default=list)
    plan = Choice(PLANS, load_default="", allow_none=True)
    restrictions = fields.List(fields.Nested(RestrictionSchema), load_default=list, allow_none=True)

    @validates_schema
    def names_once(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a name that stands twice where each may stand once."""
        for part in ("restrictions", "satellites"):
            _once(part, [item["name"] for item in data[part] or ()])
        for index, satellite in enumerate(data["satellites"]):
            _once(f"satellites[{index}].licences", satellite["licences"])

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Installation:
        """Build the value."""
        return Installation(
            **data["database"],
            plan=data["plan"] or "",
            restrictions=tuple(Restriction(**item) for item in data["restrictions"] or ()),
            satellites=tuple(
                Satellite(name=item["name"], licences=tuple(name.lower() for name in item["licences"]))
                for item in data["satellites"]
            ),
        )


def _once(part: str, names: list[str]) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name.lower() in seen:
            raise ValidationError(f"{name} stands twice, expected once", f"{part}[{index}]")
        seen.add(name.lower())
