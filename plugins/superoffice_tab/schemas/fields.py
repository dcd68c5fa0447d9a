"""Fields that SuperOffice's licence types need (domain.md 3.1, 4.2)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00(?:\.0+)?)?")
_LARGEST = 2**31 - 1


class Storable(validate.Regexp):
    """Refuses text that no database keeps: NUL, as the API's description says, and halves of characters."""

    def __init__(self) -> None:
        super().__init__(r"^[^\x00]*$", error="Has a character that cannot be stored.")

    def __call__(self, value: Any) -> Any:
        """*value*, a text, if it can be stored.

        Raises:
            ValidationError: It has such a character.
        """
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise ValidationError(self._format_error(value))
        return super().__call__(value)


storable = Storable()


class TextField(fields.String):
    """Text up to a length; null and missing are empty text."""

    def __init__(self, longest: int, name: str, **kwargs: Any) -> None:
        checks = [validate.Length(max=longest), storable, *kwargs.pop("validate", [])]
        if not kwargs.get("required"):
            kwargs |= {"load_default": "", "allow_none": True}
        super().__init__(data_key=name, validate=checks, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return str(super()._deserialize(value, attr, data, **kwargs))

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        """Null is empty text, but not where text is required."""
        return "" if value is None and not self.required else str(super().deserialize(value, *args, **kwargs))


class WholeNumber(fields.Integer):
    """A whole number that a 32-bit column holds; missing or null is *default*."""

    def __init__(self, name: str, *, least: int = 0, default: int | None = 0, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs |= {"load_default": default, "allow_none": True}
        self.default_number = default
        super().__init__(
            data_key=name,
            strict=True,
            validate=validate.Range(least, kwargs.pop("largest", _LARGEST)),
            **kwargs,
        )

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Null is the default, but not where a number is required."""
        if value is None and not self.required:
            return self.default_number
        return super().deserialize(value, *args, **kwargs)


class Flag(fields.Boolean):
    """true or false and nothing that looks like it; missing or null is false."""

    def __init__(self, name: str) -> None:
        super().__init__(data_key=name, load_default=False, allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Null is false."""
        return False if value is None else bool(super().deserialize(value, *args, **kwargs))


class Midnight(fields.Field[date]):
    """A day, written as a midnight without zone (``2027-06-30T00:00:00``).

    Missing, null and SuperOffice's zero date (year 1) are None: never.
    """

    def __init__(self, name: str) -> None:
        super().__init__(data_key=name, load_default=None, allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = _MIDNIGHT.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise ValidationError("Must be a midnight without zone, such as 2027-06-30T00:00:00.")
        try:
            day = date.fromisoformat(found.group(1))
        except ValueError as error:
            raise ValidationError("There is no such day.") from error
        return None if day.year == 1 else day


def first_error(messages: Any) -> tuple[str, str]:
    """Place and text of the first error in what `marshmallow.ValidationError.messages` holds.

    Returns:
        Such as ``("licence.ModuleLicenses[3].LicenseType", "Must be one of: …")``.
    """
    place = ""
    while isinstance(messages, dict) and messages:
        key, messages = next(iter(messages.items()))
        if isinstance(key, int):
            place += f"[{key}]"
        elif key != "_schema":
            place += f".{key}" if place else str(key)
    text = messages[0] if isinstance(messages, list) and messages else messages
    return place, str(text)
