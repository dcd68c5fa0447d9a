"""What the form may hold, and what is sent as JSON.

Messages are message ids: N_() shows them to the extractor, and the template translates them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates

from host.api import N_

from .services import NewRequest


def _text(required: str, longest: int, description: str) -> fields.String:
    """A text field. The host leaves out what was left blank in a form; in JSON blank is refused."""
    return fields.String(
        required=True,
        error_messages={"required": required},
        metadata={"description": description},
        validate=[
            validate.Predicate("strip", error=required),
            validate.Length(max=longest, error=N_("This is too long.").id),
            validate.ContainsNoneOf("\x00", error=N_("This has a character that cannot be kept.").id),
        ],
    )


class RequestForm(Schema):
    """Loads into a `NewRequest`.

    Args:
        today: The day before which nothing can be needed.
    """

    class Meta:
        """Fields that nobody declared are refused."""

        unknown = RAISE

    person = _text(N_("Say who needs the licence.").id, 40, "User id of who needs the licence")
    licence = _text(N_("Say which licence is needed.").id, 254, "Name of the licence")
    needed_by = fields.Date(
        required=True,
        metadata={"description": "The day from which it is needed, today or later"},
        error_messages={
            "required": N_("Say when it is needed.").id,
            "invalid": N_("Write the date as in 2026-12-31.").id,
        },
    )
    reason = _text(N_("Say what it is needed for.").id, 1000, "What it is needed for")

    def __init__(self, *, today: date) -> None:
        super().__init__()
        self.today = today

    @validates("needed_by")
    def not_past(self, value: date, **_: Any) -> None:
        """Refuse a day that is over."""
        if value < self.today:
            raise ValidationError(N_("This day is over. Choose today or a later day.").id)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewRequest:
        """Build the value."""
        return NewRequest(**data)
