"""Facts that plugins add to the box *Database*, as they say them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from marshmallow import ValidationError, fields, validate

from host.api import Plain, Text, ValueSchema
from host.api.schemas import TextField

from .parts import Whole, storable

LONGEST_LABEL, LONGEST_VALUE = 60, 254
MOST_FACTS = 20
"""Facts of one plugin."""
_KEY = re.compile(r"\A[a-z][a-z0-9-]{0,39}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A row in the box *Database* of the Status page.

    Args:
        key: Its name among the facts of the plugin: small letters, digits and hyphens.
        label: What stands on the left, up to 60 characters.
        value: What stands on the right, up to 254 characters.
        order: Smaller stands further up among the facts of the plugin; equal ones stand as they were given.

    .. versionadded:: 0.1
    """

    key: str
    label: Text | Plain
    value: Text | Plain
    order: int = 100


def _storable(text: Text | Plain) -> None:
    parts = (
        [text.text]
        if isinstance(text, Plain)
        else [text.id, text.plural or "", *map(str, text.args.values())]
    )
    for each in parts:
        storable(each)


class FactSchema(ValueSchema):
    """Wire form of `Fact`."""

    value = Fact
    key = fields.String(
        required=True,
        validate=validate.Regexp(_KEY, error="must be small letters, digits and hyphens, up to 40"),
    )
    label = TextField(required=True, longest=LONGEST_LABEL, validate=_storable)
    value_ = TextField(
        required=True, longest=LONGEST_VALUE, validate=_storable, attribute="value", data_key="value"
    )
    order = Whole(validate=validate.Range(0, 100_000))


def no_doubles(facts: list[Fact]) -> None:
    """Refuse two facts of one key.

    Raises:
        ValidationError: There are.
    """
    keys = [each.key for each in facts]
    for key in keys:
        if keys.count(key) > 1:
            raise ValidationError(f"names {key!r} twice")
