"""A system event that is to be started (formats.md 4, domain.md 1.9 and 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from status_tab.domain.events import LONGEST_MESSAGE, NewEvent, Scope
from status_tab.domain.metered import LARGEST
from status_tab.domain.startable import Startable

from .parts import Rfc3339, Whole, storable

LAST_YEAR = 2999
LONGEST_LEASE = 31 * 24 * 3600
"""Seconds; a lease is there so that a dead program is noticed."""


def event_number() -> Whole:
    """The number of an event."""
    return Whole(required=True, validate=validate.Range(1, LARGEST))


class NewEventFields(Schema):
    """What is said about an event when it is started; loads into a dict.

    Args:
        startable: Tells which types may be started; asked when something is loaded.
        options: As for every schema.
    """

    class Meta:
        unknown = RAISE

    def __init__(self, startable: Callable[[], Startable] = Startable, **options: Any) -> None:
        self._startable = startable
        super().__init__(**options)

    key = fields.String(required=True)
    message = fields.String(validate=[validate.Length(max=LONGEST_MESSAGE), storable])
    description = fields.String(validate=[validate.Length(max=10_000), storable])
    scope = fields.Enum(Scope, by_value=True, allow_none=True)
    owner = fields.String(validate=[validate.Length(max=254), storable])
    activated_by = fields.String(validate=[validate.Length(max=254), storable])
    starts = Rfc3339(allow_none=True)
    eta = Rfc3339(allow_none=True)
    ends_itself = fields.Boolean()
    done = Whole(allow_none=True, validate=validate.Range(0, LARGEST))
    total = Whole(allow_none=True, validate=validate.Range(1, LARGEST))
    lease_seconds = Whole(allow_none=True, validate=validate.Range(1, LONGEST_LEASE))
    extra_info = Whole(allow_none=True, validate=validate.Range(-LARGEST, LARGEST))

    @validates_schema
    def fits_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what is right by itself and wrong together."""
        known, key = self._startable(), data["key"].lower()
        if refusal := known.refusal(key):
            raise ValidationError(refusal, "key")
        type_ = known.types[key]
        if not type_.progress and data.get("total") is not None:
            raise ValidationError("must not be given: events of this type show no progress", "total")
        if (data.get("scope") or type_.scope).owned != bool(data.get("owner")):
            raise ValidationError("must be given for the scopes group and user, and for no other", "owner")
        if data.get("ends_itself") and data.get("eta") is None:
            raise ValidationError("must be given for an event that ends by itself", "eta")
        starts: datetime | None = data.get("starts")
        if starts and starts.year > LAST_YEAR:
            raise ValidationError(f"must lie before the year {LAST_YEAR + 1}", "starts")
        if starts and data.get("eta") and data["eta"] <= starts:
            raise ValidationError("must be later than the start", "eta")
        if (data.get("done") is None) != (data.get("total") is None):
            raise ValidationError("must be given together with the total", "done")
        if data.get("done") is not None and data["done"] > data["total"]:
            raise ValidationError("must not be above the total", "done")


class NewEventSchema(NewEventFields):
    """Loads into a `NewEvent`. Keys are compared without regard to case."""

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewEvent:
        """Build the value."""
        return new_event(**data)


def new_event(*, key: str, **fields: Any) -> NewEvent:
    """A `NewEvent` of fields that `NewEventFields` has checked; its key in lower case."""
    return NewEvent(key=key.lower(), **fields)


class FinishSchema(Schema):
    """How an event is ended by the program behind it; loads into a dict."""

    class Meta:
        unknown = RAISE

    number = event_number()
    message = fields.String(allow_none=True, validate=[validate.Length(max=LONGEST_MESSAGE), storable])
    error = fields.String(allow_none=True, validate=[validate.Length(max=1000), storable])


class SignSchema(Schema):
    """A sign of life of the program behind an event, and how far it is; loads into a dict."""

    class Meta:
        unknown = RAISE

    number = event_number()
    done = Whole(allow_none=True, validate=validate.Range(0, LARGEST))
    total = Whole(allow_none=True, validate=validate.Range(1, LARGEST))
    message = fields.String(allow_none=True, validate=[validate.Length(max=LONGEST_MESSAGE), storable])
    lease_seconds = Whole(allow_none=True, validate=validate.Range(1, LONGEST_LEASE))
