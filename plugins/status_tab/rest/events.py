"""System events as JSON: for programs that want to know what is going on, and for those that work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields

from host.api import current_host, requires
from status_tab.circumstances import event_types
from status_tab.domain.events import NewEvent, SystemEvent
from status_tab.schemas.event_api import (
    ChangeSchema,
    EndSchema,
    EventSchema,
    StartSchema,
)
from status_tab.services import cancelling, editing, events, progress

from .blueprint import rest

VIEW, MANAGE = "status.view", "status.manage"
EVENT = "/events/<int:number>"
EDITED = ("description", "starts", "eta", "ends_itself")


class EventQuerySchema(Schema):
    """Which events are wanted."""

    show = fields.Enum(
        events.Show,
        by_value=True,
        load_default=events.Show.ACTIVE,
        metadata={"description": "Active by default"},
    )


@rest.get("/events")
@requires(VIEW)
@rest.arguments(EventQuerySchema, location="query")
@rest.response(200, EventSchema(many=True))
def show_events(query: dict[str, Any]) -> list[SystemEvent]:
    """List system events: what runs first, then what is scheduled, then what is finished."""
    return events.list_events(query["show"], session=current_host.session, now=current_host.clock())


@rest.post("/events")
@requires(MANAGE)
@rest.arguments(StartSchema)
@rest.response(201, EventSchema)
@rest.alt_response(409, "CONFLICT")
def start_event(new: NewEvent) -> SystemEvent:
    """Start an event, or announce one; there is one open event for each type, scope and owner.

    With `lease_seconds` it becomes stale when no sign of life (PATCH) comes in that time.
    """
    work, clock = current_host.work, current_host.clock
    number = events.start_event(new, work=work, actor=current_host.actor, clock=clock, types=event_types())
    return _there(number)


@rest.get(EVENT)
@requires(VIEW)
@rest.response(200, EventSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_event(number: int) -> SystemEvent:
    """Show one event."""
    return _there(number)


@rest.patch(EVENT)
@requires(MANAGE)
@rest.arguments(ChangeSchema)
@rest.response(200, EventSchema)
@rest.alt_response(404, "NOT_FOUND")
@rest.alt_response(409, "CONFLICT")
def change_event(change: dict[str, Any], number: int) -> SystemEvent:
    """Give a sign of life and say how far it is; or change what it says and when it ends.

    409 says that it has ended: whatever it stands for should stop.
    """
    work, clock = current_host.work, current_host.clock
    edited = {name: change.pop(name) for name in EDITED if name in change}
    if edited:
        there = editing.as_change(_there(number))
        editing.edit_event(number, replace(there, **edited), work=work, clock=clock)
    if change or not edited:
        steps = change.pop("progress", {})
        progress.advance_event(number, **steps, **change, work=work, clock=clock)
    return _there(number)


@rest.post(f"{EVENT}/end")
@requires(MANAGE)
@rest.arguments(EndSchema)
@rest.response(200, EventSchema)
@rest.alt_response(404, "NOT_FOUND")
@rest.alt_response(409, "CONFLICT")
def end_event(how: dict[str, Any], number: int) -> SystemEvent:
    """End an event: one you started at any time, another's as its type allows.

    Some are ended by others in an emergency only, and publishing user-defined fields never.
    """
    cancelling.end_for_program(
        number,
        **how,
        work=current_host.work,
        actor=current_host.actor,
        clock=current_host.clock,
        types=event_types(),
    )
    return _there(number)


def _there(number: int) -> SystemEvent:
    return events.get_event(number, session=current_host.session)
