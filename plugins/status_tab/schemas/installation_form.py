"""The dialog *Edit installation*: what no licence file says, filled in by hand (formats.md 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from host.api import N_
from status_tab.domain.installation import LEVELS, PLANS, RESTRICTIONS, Installation, Restriction, Satellite
from status_tab.domain.metered import LARGEST

from .parts import storable

MOST_SATELLITES = 200
_MODULE = re.compile(r"[A-Za-z0-9]{1,239}\.[A-Za-z0-9-]{1,239}")
_NEEDED = N_("Fill this in, with at most 254 characters.").id
_CHOOSE = N_("Choose one of them.").id
_WHOLE = N_("Give a whole number, 0 or more.").id
_BOTH = N_("Give both numbers, or none where the plan sets no such limit.").id
_TWICE = N_("Every satellite needs a name of its own.").id
_NAMELESS = N_("Give the satellite with these licences a name.").id
_LICENCES = N_("Write full module names such as superoffice.satellite, with “;” between them.").id
_MANY = N_("There may be 200 satellites.").id

_NAME: dict[str, Any] = {
    "required": True,
    "validate": [validate.Length(1, 254, error=_NEEDED), storable],
    "error_messages": {"required": _NEEDED},
}
_LINES: dict[str, Any] = {"load_default": list, "validate": validate.Length(max=MOST_SATELLITES, error=_MANY)}


def _count() -> fields.Integer:
    return fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, LARGEST, error=_WHOLE),
        error_messages={"invalid": _WHOLE, "too_large": _WHOLE},
    )


class _Flat(Schema):
    type = fields.String(**_NAME)
    name = fields.String(**_NAME)
    level = fields.String(required=True, validate=validate.OneOf(LEVELS, error=_CHOOSE))
    plan = fields.String(load_default="", validate=validate.OneOf(("", *PLANS), error=_CHOOSE))
    satellite = fields.List(fields.String(), **_LINES)
    licences = fields.List(fields.String(), **_LINES)


class InstallationForm(
    _Flat.from_dict(  # type: ignore[misc] # made at run time: two fields for each limit
        {f"{name}_{part}": _count() for name in RESTRICTIONS for part in ("in_use", "maximum")}
    )
):
    """The dialog; loads into an `Installation`."""

    @pre_load
    def strip(self, data: Any, **_: Any) -> dict[str, Any]:
        """Take blanks around words away; a number that was left empty is none."""
        found: dict[str, Any] = {}
        for name in self.fields:
            if name in ("satellite", "licences"):
                found[name] = [each[name] for each in rows_of(data)]
            elif name in data:
                found[name] = data[name].strip() or (None if name.rpartition("_")[0] in _LIMITS else "")
        return found

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Installation:
        """Build the value."""
        return Installation(
            type=data["type"],
            name=data["name"],
            level=data["level"],
            plan=data["plan"],
            restrictions=tuple(_restrictions(data)),
            satellites=tuple(_satellites(data["satellite"], data["licences"])),
        )


_LIMITS = {f"{name}_in" for name in RESTRICTIONS} | set(RESTRICTIONS)
"""What stands before the last ``_`` of the names of their fields."""


def rows_of(sent: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of satellites that hold something. Their fields are numbered: what is blank is not sent on."""
    parts = ("satellite", "licences")
    rows = (
        {part: str(sent.get(f"{part}-{number}") or "").strip() for part in parts}
        for number in range(1, MOST_SATELLITES + 2)
    )
    return [row for row in rows if any(row.values())]


def _restrictions(data: Mapping[str, Any]) -> Iterator[Restriction]:
    for name in RESTRICTIONS:
        in_use, maximum = data[f"{name}_in_use"], data[f"{name}_maximum"]
        if (in_use is None) != (maximum is None):
            raise ValidationError(_BOTH, f"{name}_maximum")
        if maximum is not None:
            yield Restriction(name=name, in_use=in_use, maximum=maximum)


def _satellites(names: list[str], licences: list[str]) -> Iterator[Satellite]:
    seen: set[str] = set()
    for name, held in zip(names, licences, strict=False):
        modules = [each.strip().lower() for each in held.split(";") if each.strip()]
        if not name and modules:
            raise ValidationError(_NAMELESS, "satellite")
        if not name:
            continue
        if name.casefold() in seen or len(name) > 254:
            raise ValidationError(_TWICE if len(name) <= 254 else _NEEDED, "satellite")
        if not all(_MODULE.fullmatch(each) for each in modules):
            raise ValidationError(_LICENCES, "licences")
        seen.add(name.casefold())
        yield Satellite(name=name, licences=tuple(dict.fromkeys(modules)))
