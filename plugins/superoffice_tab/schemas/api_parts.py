"""Fields and checks that several schemas of the JSON API share."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from host.api import Plain, Text
from superoffice_tab.domain.wording import english

from .fields import storable

LARGEST = 2**31 - 1
MOST_ROWS = 500


class English(fields.String):
    """A text for people, as it is said in English."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if isinstance(value, Plain):
            return value.text
        return english(value) if isinstance(value, Text) else None


def about(text: str, **more: Any) -> dict[str, Any]:
    """Arguments of a field that is described as *text*."""
    return {"metadata": {"description": text}, **more}


def nullable(text: str, **more: Any) -> dict[str, Any]:
    """Arguments of a field that is described as *text* and may be null."""
    return about(text, allow_none=True, **more)


def asked(longest: int, description: str, **more: Any) -> fields.String:
    """Text that somebody sends."""
    return fields.String(validate=[validate.Length(max=longest), storable], **about(description, **more))


class PartSchema(Schema):
    """Which part of a list is wanted."""

    search = asked(100, "Only those with this in their user id or name", load_default="")
    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, MOST_ROWS), **about("How many at most")
    )
    offset = fields.Integer(
        load_default=0, validate=validate.Range(0, LARGEST), **about("How many are left out before them")
    )
