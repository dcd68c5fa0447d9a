"""System events: starting, ending and listing them (domain.md 1.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from host.api import N_, Actor, ConflictError, NotFoundError, Text, Work
from status_tab.domain.events import (
    EVENT_TYPES,
    LONGEST_MESSAGE,
    EventType,
    NewEvent,
    Status,
    SystemEvent,
)
from status_tab.domain.metered import LARGEST
from status_tab.storage.dialect import insert_into
from status_tab.storage.events import COUNTED, OPEN, change_open, event_of, listed, read_events
from status_tab.storage.tables import SystemEventRow

MOST_SHOWN = 200
"""Rows of one list; the counts always tell of all."""


class Show(StrEnum):
    """Which events a list holds."""

    ACTIVE = "active"
    """Running, stale and scheduled ones."""
    FINISHED = "finished"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class EventCounts:
    """How many events there are.

    Args:
        active: Running, stale and scheduled ones.
        finished: The others.
    """

    active: int
    finished: int


def start_event(
    new: NewEvent,
    *,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
    types: Mapping[str, EventType] = EVENT_TYPES,
    starter: str | None = None,
) -> int:
    """Start an event, or announce it if it starts later.

    There is one open event for each type, scope and owner. One that has ended by itself or gone stale
    gives way: it is closed at the time its effects ended.

    Args:
        new: What is said about it.
        work: The unit of work.
        actor: Who starts it, unless *new* says otherwise.
        clock: The time now.
        types: Every type by its key.
        starter: Id of the plugin that starts it; None for a person, a program or the Status tab itself.

    Returns:
        Its number.

    Raises:
        ConflictError: Such an event is open already.
    """
    now, type_ = clock(), types[new.key]
    scope = new.scope or type_.scope
    same = and_(
        SystemEventRow.eventkey == new.key, SystemEventRow.scope == scope, SystemEventRow.owner == new.owner
    )
    _close_what_is_over(same, work, now)
    activated = new.starts or now
    values = {
        "eventkey": new.key,
        "scope": scope.value,
        "owner": new.owner,
        "message": new.message or type_.message,
        "description": new.description,
        "extra_info": new.extra_info,
        "activated": activated,
        "activated_by": new.activated_by or actor.user_id,
        "eta": new.eta,
        "ends_itself": new.ends_itself,
        "done": new.done,
        "total": new.total,
        "lease_until": activated + timedelta(seconds=new.lease_seconds) if new.lease_seconds else None,
        "last_sign": min(activated, now),
        "ended": None,
        "starter": starter,
    }
    number = _kept(values, work.session)
    if number is None:
        raise ConflictError(_taken(same, work.session))
    work.audit("event.started", subject(number, new.key), after=as_json(values))
    return number


def _kept(values: dict[str, Any], session: Session) -> int | None:
    """The number of the event that is kept now; None if there is an open one of its kind."""
    # Whoever comes second finds the place taken, also when both come at once.
    statement = insert_into(SystemEventRow, session).on_conflict_do_nothing()
    number: int | None = session.execute(statement.returning(SystemEventRow.id), values).scalar_one_or_none()
    return number


def _close_what_is_over(same: ColumnElement[bool], work: Work, now: datetime) -> None:
    for event in read_events(work.session, and_(same, OPEN)):
        over = event.over(now)
        if over is not None:
            close_event(event, over, work)


def _taken(same: ColumnElement[bool], session: Session) -> Text:
    found = next(iter(read_events(session, and_(same, OPEN))), None)
    if found is None:
        return N_("An event of this type, scope and owner is open already. Nothing was changed. Try again.")
    return N_(
        "%(key)s (%(scope)s) is open already: event %(number)s, activated %(since)s by %(who)s. Nothing was "
        "changed. End it first.",
        key=found.key,
        scope=found.scope.value,
        number=found.id,
        since=found.activated.isoformat(timespec="seconds"),
        who=found.activated_by,
    )


def end_event(
    number: int, *, message: str | None = None, work: Work, clock: Callable[[], datetime], **told: Any
) -> SystemEvent:
    """End the event *number*; its effects end with it.

    Args:
        number: Its number.
        message: What stands in the list from now on, cut to 254 characters; None for what stood there.
        work: The unit of work.
        clock: The time now.
        told: What else is written in the log, such as the exit status of a program.

    Returns:
        The event as it was.

    Raises:
        NotFoundError: There is no such event.
        ConflictError: It has ended already.
    """
    now = clock()
    event = get_event(number, session=work.session)
    if event.status(now) is Status.FINISHED:
        ended = (event.finished() or now).isoformat(timespec="seconds")
        raise ConflictError(
            N_(
                "Event %(number)s (%(key)s) ended %(when)s. Nothing was changed.",
                number=number,
                key=event.key,
                when=ended,
            )
        )
    if not close_event(event, now, work, message=message, **told):
        raise ConflictError(
            N_(
                "Event %(number)s (%(key)s) was ended by somebody else. Nothing was changed.",
                number=number,
                key=event.key,
            )
        )
    return event


def close_event(
    event: SystemEvent, when: datetime, work: Work, *, message: str | None = None, **told: Any
) -> bool:
    """Mark *event* as ended at *when*, and say so in the log; False if somebody else came first."""
    said = {} if message is None else {"message": message[:LONGEST_MESSAGE]}
    if not change_open(event.id, {"ended": when, **said}, work.session):
        return False
    before = {"ended": None} if message is None else {"ended": None, "message": event.message}
    after = {"ended": when.isoformat(), **said, **told}
    work.audit("event.ended", subject(event.id, event.key), before=before, after=after)
    return True


def get_event(number: int, *, session: Session) -> SystemEvent:
    """The event *number*.

    Raises:
        NotFoundError: There is no such event.
    """
    if number <= LARGEST:
        for event in read_events(session, SystemEventRow.id == number):
            return event
    raise NotFoundError(f"There is no event {number}. Nothing was changed. See `tabhost status events`.")


def list_events(show: Show, *, session: Session, now: datetime) -> list[SystemEvent]:
    """The newest events of a list: what has started first, then what is scheduled, then what is finished.

    Args:
        show: Which.
        session: The store.
        now: The time now.

    Returns:
        At most `MOST_SHOWN`, in each part newest first.
    """
    rows = session.execute(listed(show.value), {"now": now, "most": MOST_SHOWN})
    return [event_of(row) for row in rows.mappings()]


def count_events(*, session: Session, now: datetime) -> EventCounts:
    """How many events are active and how many are finished."""
    row = session.execute(COUNTED, {"now": now}).one()
    return EventCounts(active=row[0], finished=row[1])


def subject(number: int, key: str) -> str:
    """An event as the log names it."""
    return f"{key} {number}"


def as_json(values: dict[str, Any], *, blank: bool = False) -> dict[str, Any]:
    """*values* as the log keeps them; what is not said is left out unless *blank* things count too."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if blank or value not in (None, "", False)
    }
