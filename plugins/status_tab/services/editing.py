"""Changing what an open event says, and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from host.api import N_, ConflictError, InputError, NotFoundError, Work
from status_tab.domain.events import EventChange, Status, SystemEvent
from status_tab.storage.events import change_open, read_events
from status_tab.storage.tables import SystemEventRow

from .events import as_json, subject


def edit_event(
    number: int,
    change: EventChange,
    *,
    seen: EventChange | None = None,
    work: Work,
    clock: Callable[[], datetime],
) -> None:
    """Make the event *number* say what *change* says; what differs is audited, before and after.

    Args:
        number: Its number.
        change: How it should be.
        seen: How it was when whoever changes it looked at it; None if that does not matter.
        work: The unit of work.
        clock: The time now.

    Raises:
        NotFoundError: There is no such event.
        ConflictError: It has ended, or somebody else changed it since it was looked at.
        InputError: It has started, so its start cannot be another one; or its times do not fit together.
    """
    now = clock()
    event = _open_event(number, work, now)
    there = as_change(event)
    if seen is not None and seen != there:
        raise ConflictError(
            N_("Somebody else changed event %(number)s in the meantime. Nothing was changed.", number=number)
        )
    _refuse_impossible(event, change, now)
    before, after = _values(there), _values(change)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return
    values = {name: after[name] for name in changed}
    if "activated" in changed:
        values |= _moved(event, change.starts, now)
    if not change_open(number, values, work.session):
        raise ConflictError(
            N_(
                "Event %(number)s (%(key)s) was ended by somebody else. Nothing was changed.",
                number=number,
                key=event.key,
            )
        )
    work.audit(
        "event.changed",
        subject(number, event.key),
        before=as_json({name: before[name] for name in changed}, blank=True),
        after=as_json({name: after[name] for name in changed}, blank=True),
    )


def _open_event(number: int, work: Work, now: datetime) -> SystemEvent:
    event = next(iter(read_events(work.session, SystemEventRow.id == number, lock=True)), None)
    if event is None:
        raise NotFoundError(f"There is no event {number}. Nothing was changed.")
    if event.status(now) is Status.FINISHED:
        raise ConflictError(
            N_("Event %(number)s (%(key)s) has ended. Nothing was changed.", number=number, key=event.key)
        )
    return event


def as_change(event: SystemEvent) -> EventChange:
    """What can be changed of *event*, as it is."""
    return EventChange(
        message=event.message,
        description=event.description,
        starts=event.activated,
        eta=event.eta,
        ends_itself=event.ends_itself,
    )


def _values(change: EventChange) -> dict[str, Any]:
    return {
        "message": change.message,
        "description": change.description,
        "activated": change.starts,
        "eta": change.eta,
        "ends_itself": change.ends_itself,
    }


def _refuse_impossible(event: SystemEvent, change: EventChange, now: datetime) -> None:
    if change.starts != event.activated and event.status(now) is not Status.SCHEDULED:
        raise InputError(N_("cannot be changed: it has started. Nothing was changed"), place="starts")
    if change.ends_itself and change.eta is None:
        raise InputError(
            N_("must be given for an event that ends by itself. Nothing was changed"), place="eta"
        )
    moved = change.eta != event.eta or change.starts != event.activated
    if moved and change.eta is not None and change.eta <= change.starts:
        raise InputError(N_("must be later than the start. Nothing was changed"), place="eta")


def _moved(event: SystemEvent, starts: datetime, now: datetime) -> dict[str, Any]:
    """What goes along with another start: the lease begins with it."""
    lease = None if event.lease_until is None else starts + (event.lease_until - event.activated)
    return {"last_sign": min(starts, now), "lease_until": lease}
