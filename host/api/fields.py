"""Fields for marshmallow schemas of JSON APIs."""

from __future__ import annotations

from typing import Any

from marshmallow import fields


class WholeNumber(fields.Integer):
    """A whole number, and nothing that only looks like one.

    ``12`` is one, and so is ``12.0``: JSON knows one kind of numbers, and OpenAPI says that both are of the
    type *integer*. ``12.5``, ``"12"`` and ``true`` are none.

    .. versionadded:: 0.1
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, **options)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        found: int = super()._validated(value)
        return found
