"""System events as JSON (formats.md 4)."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from host.api import WholeNumber, current_host
from status_tab import declared
from status_tab.domain.events import LONGEST_MESSAGE, NewEvent, Scope, Status, SystemEvent
from status_tab.domain.metered import LARGEST
from status_tab.domain.startable import Startable

from .events import LONGEST_LEASE, NewEventSchema
from .parts import Rfc3339, storable


def _text(longest: int, words: str) -> fields.String:
    return fields.String(validate=[validate.Length(max=longest), storable], metadata={"description": words})


def _lease() -> WholeNumber:
    return WholeNumber(
        validate=validate.Range(1, LONGEST_LEASE),
        metadata={"description": "Seconds after a sign of life for which it counts as alive"},
    )


class ProgressSchema(Schema):
    """How far it is, in steps."""

    class Meta:
        unknown = RAISE

    done = WholeNumber(required=True, validate=validate.Range(0, LARGEST))
    total = WholeNumber(required=True, validate=validate.Range(1, LARGEST))

    @validates_schema
    def fits_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse more steps done than there are."""
        if data["done"] > data["total"]:
            raise ValidationError("Must not be above the total.", "done")


class EventSchema(Schema):
    """One system event."""

    id = fields.Integer(metadata={"description": "Its number"})
    key = fields.String(metadata={"description": "Key of its type"})
    status = fields.Method("status_now", metadata={"description": f"One of {', '.join(Status)}"})
    scope = fields.Enum(Scope, by_value=True, metadata={"description": "Whom it concerns"})
    owner = fields.String(metadata={"description": "The group or person, or empty"})
    message = fields.String(metadata={"description": "What stands in the list"})
    description = fields.String(metadata={"description": "More on it, or empty"})
    activated = fields.AwareDateTime(metadata={"description": "When it started or will start"})
    activated_by = fields.String(metadata={"description": "User id of who started it"})
    eta = fields.AwareDateTime(allow_none=True, metadata={"description": "Expected end"})
    ends_itself = fields.Boolean(metadata={"description": "Whether it is over then by itself"})
    progress = fields.Method("progress_of", metadata={"description": "`done` and `total` in steps, or null"})
    lease_until = fields.AwareDateTime(allow_none=True, metadata={"description": "When it becomes stale"})
    last_sign = fields.AwareDateTime(metadata={"description": "When its program was last heard of"})
    ended = fields.AwareDateTime(allow_none=True, metadata={"description": "When it was ended"})
    extra_info = fields.Integer(allow_none=True, metadata={"description": "Such as an area id, or null"})

    def status_now(self, event: SystemEvent) -> str:
        """What state it is in now."""
        return event.status(current_host.clock()).value

    def progress_of(self, event: SystemEvent) -> dict[str, int] | None:
        """How far it is."""
        if event.done is None or event.total is None:
            return None
        return {"done": event.done, "total": event.total}


def _for_people() -> Startable:
    return Startable(types=declared.event_types())


class StartSchema(Schema):
    """An event to start, or to announce; only `key` is needed. Loads into a `NewEvent`."""

    class Meta:
        unknown = RAISE

    key = fields.String(required=True, metadata={"description": "Key of its type, such as freetext-rebuild"})
    message = _text(LONGEST_MESSAGE, "What stands in the list")
    description = _text(10_000, "More on it")
    scope = fields.Enum(Scope, by_value=True, metadata={"description": "Whom it concerns, if not as usual"})
    owner = _text(254, "The group or user id for those scopes")
    starts = Rfc3339(allow_none=True, metadata={"description": "When it starts; now if left out"})
    eta = Rfc3339(allow_none=True, metadata={"description": "Expected end"})
    ends_itself = fields.Boolean(metadata={"description": "Whether it is over then by itself"})
    progress = fields.Nested(ProgressSchema)
    lease_seconds = _lease()
    extra_info = WholeNumber(validate=validate.Range(-LARGEST, LARGEST))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewEvent:
        """Build the value; what fits together is what fits for commands too."""
        scope, moments = data.pop("scope", None), {}
        for name in ("starts", "eta"):
            moment = data.pop(name, None)
            moments[name] = moment.isoformat() if moment else None
        flat = {**data, **data.pop("progress", {}), **moments, "scope": scope.value if scope else None}
        flat.pop("progress", None)
        made: NewEvent = NewEventSchema(_for_people).load(flat)
        return made


class ChangeSchema(Schema):
    """A sign of life (`progress`, `message`, `lease_seconds`, or nothing), and what else is to be changed."""

    class Meta:
        unknown = RAISE

    progress = fields.Nested(ProgressSchema)
    message = _text(LONGEST_MESSAGE, "What stands in the list")
    lease_seconds = _lease()
    description = _text(10_000, "More on it")
    starts = Rfc3339(metadata={"description": "When it starts, while it is scheduled"})
    eta = Rfc3339(allow_none=True, metadata={"description": "Expected end"})
    ends_itself = fields.Boolean(metadata={"description": "Whether it is over then by itself"})


class EndSchema(Schema):
    """How an event is ended."""

    class Meta:
        unknown = RAISE

    emergency = fields.Boolean(
        load_default=False, metadata={"description": "Whether nothing else helps; some types need it"}
    )
    message = _text(LONGEST_MESSAGE, "What stands in the list from now on, if you started it")
