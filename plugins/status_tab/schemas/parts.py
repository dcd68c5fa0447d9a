"""Fields and checks that several schemas share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
"""Tells RFC 3339 from the rest of ISO 8601: `datetime.fromisoformat` takes weeks and no zone too."""


def rfc_3339(text: str) -> bool:
    """Whether *text* has the form of a time as in RFC 3339."""
    return _RFC_3339.fullmatch(text) is not None


class Rfc3339(fields.AwareDateTime):
    """A time as in RFC 3339, loaded as UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        expected = "must be a time as in RFC 3339, such as 2026-11-24T13:10:00+01:00"
        if not isinstance(value, str) or not rfc_3339(value):
            raise ValidationError(expected)
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(expected) from None


class Whole(fields.Integer):
    """A whole number: what is none is refused as it is, rather than cut when a plugin's call is packed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return super()._serialize(value, attr, obj, **kwargs) if whole else value

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def storable(value: str) -> None:
    """Refuse text that a database cannot hold: the character U+0000 and halves of characters.

    Raises:
        ValidationError: There is such a character in it.
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValidationError("must be text without halves of characters (surrogates)") from None
    if "\x00" in value:
        raise ValidationError("must not contain the character U+0000")


def first_fault(messages: Any, path: str = "") -> tuple[str, str]:
    """The first of marshmallow's *messages*, as (place, message).

    Args:
        messages: ``ValidationError.messages``.
        path: Where they belong; empty for the whole.

    Returns:
        The place as in ``restrictions[0].maximum`` ("" for the whole), and what is wrong there.
    """
    if isinstance(messages, Mapping):
        key, inner = next(iter(messages.items()))
        if key == "_schema":
            return first_fault(inner, path)
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
        return first_fault(inner, path + step)
    if isinstance(messages, list):
        return first_fault(messages[0], path)
    return path, str(messages).rstrip(".")
