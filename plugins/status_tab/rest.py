"""System events as JSON, for programs that want to know what is going on."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from host.api import current_host, requires
from status_tab.domain.events import Scope, Status, SystemEvent
from status_tab.services.events import Show, list_events

rest = Blueprint("status_tab", __name__, description="System events")


class EventQuerySchema(Schema):
    """Which events are wanted."""

    show = fields.Enum(
        Show, by_value=True, load_default=Show.ACTIVE, metadata={"description": "Active by default"}
    )


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
    done = fields.Integer(allow_none=True, metadata={"description": "Steps done"})
    total = fields.Integer(allow_none=True, metadata={"description": "Steps in all"})
    ended = fields.AwareDateTime(allow_none=True, metadata={"description": "When it was ended"})

    def status_now(self, event: SystemEvent) -> str:
        """What state it is in now."""
        return event.status(current_host.clock()).value


@rest.get("/events")
@requires("status.view")
@rest.arguments(EventQuerySchema, location="query")
@rest.response(200, EventSchema(many=True))
def show_events(query: dict[str, Any]) -> list[SystemEvent]:
    """List system events: what runs first, then what is scheduled, then what is finished."""
    return list_events(query["show"], session=current_host.session, now=current_host.clock())
