"""One row of ``associates.csv`` (formats.md 2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_load, validate

from superoffice_tab.domain.people import ASSOCIATE_TYPES, Person

from .fields import storable

REQUIRED = (
    "user_id", "full_name", "type", "group", "role", "last_login", "retired", "open_requests", "licences",
)  # fmt: skip
OPTIONAL = ("portrait",)
_INVISIBLE = ("Cc", "Zl", "Zp")
"""Unicode's categories of control characters and line separators."""

_ENTRY = re.compile(r"([^\s*;]+\.[^\s*;]+)(?:\s*\*\s*([0-9]{1,9}))?")


class _Licences(fields.Field[dict[str, int]]):
    """``superoffice.ten-sales;acme.spin*3`` as {name: how many}, names in lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, int]:
        held: dict[str, int] = {}
        for entry in filter(None, (part.strip() for part in str(value).split(";"))):
            found = _ENTRY.fullmatch(entry)
            if not found:
                raise ValidationError(
                    f"“{entry}” is no full module name such as superoffice.ten-sales or acme.spin*3"
                )
            name, weight = found.group(1).lower(), int(found.group(2) or 1)
            if weight < 1:
                raise ValidationError(f"“{entry}” must be at least *1")
            if name in held:
                raise ValidationError(f"“{name}” stands here twice")
            held[name] = weight
        return held


class _Text(fields.String):
    def __init__(self, longest: int, *checks: Callable[[str], None], least: int = 0) -> None:
        length = validate.Length(least, longest, error=f"expected {least} to {longest} characters")
        super().__init__(validate=[length, storable, *checks])


def _nameable(user_id: str) -> None:
    """Refuse a user id that nobody can read, or no address can hold: all others are quoted there."""
    strange = next((char for char in user_id if unicodedata.category(char) in _INVISIBLE), None)
    if strange is not None:
        raise ValidationError(
            f"has an invisible control character (U+{ord(strange):04X}); write the user id without it"
        )
    parts = re.split(r"[/\\]", user_id)
    if not {"", ".", ".."}.isdisjoint(parts):
        raise ValidationError(
            f"“{user_id}” has nothing, “.” or “..” beside a slash or alone, and no page can have such an "
            "address; write the user id without that"
        )


class AssociateSchema(Schema):
    """A row as a dict of columns, loaded into a `Person`."""

    class Meta:
        unknown = RAISE

    user_id = _Text(239, _nameable, least=1)
    full_name = _Text(254, least=1)
    type = fields.String(
        validate=validate.OneOf(ASSOCIATE_TYPES, error=f"expected one of {', '.join(ASSOCIATE_TYPES)}")
    )
    group = _Text(254)
    role = _Text(254)
    last_login = fields.AwareDateTime(
        format="iso",
        allow_none=True,
        error_messages=dict.fromkeys(
            ("invalid", "invalid_awareness", "format"),
            "expected a time with its zone such as 2026-06-11T08:30:00Z, or nothing",
        ),
    )
    retired = fields.Boolean(truthy={"yes"}, falsy={"no"}, error_messages={"invalid": "expected yes or no"})
    open_requests = fields.Integer(
        validate=validate.Range(0, 2**31 - 1, error="expected a whole number from 0"),
        error_messages={"invalid": "expected a whole number from 0"},
    )
    licences = _Licences()
    portrait = _Text(500)

    @pre_load
    def clean(self, data: Mapping[str, str], **_: Any) -> dict[str, Any]:
        """Take off blanks around; what is empty has its usual value."""
        row: dict[str, Any] = {key: value.strip() for key, value in data.items()}
        row["type"] = row["type"].lower()
        row["retired"] = row["retired"].lower() or "no"
        row["open_requests"] = row["open_requests"] or "0"
        row["last_login"] = row["last_login"] or None
        return row

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Person:
        """Build the value."""
        return Person(**data)
