"""Reading system events, and ending one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from status_tab.domain.events import Scope, SystemEvent

from .tables import SystemEventRow

COLUMNS = (
    SystemEventRow.id,
    SystemEventRow.eventkey.label("key"),
    SystemEventRow.scope,
    SystemEventRow.owner,
    SystemEventRow.message,
    SystemEventRow.description,
    SystemEventRow.activated,
    SystemEventRow.activated_by,
    SystemEventRow.eta,
    SystemEventRow.ends_itself,
    SystemEventRow.done,
    SystemEventRow.total,
    SystemEventRow.lease_until,
    SystemEventRow.last_sign,
    SystemEventRow.ended,
    SystemEventRow.extra_info,
)
OPEN = SystemEventRow.ended.is_(None)
"""Nobody has ended it; it may be over all the same, by itself."""


def read_events(session: Session, where: ColumnElement[bool], *, lock: bool = False) -> list[SystemEvent]:
    """The events that *where* holds for, oldest first.

    Args:
        session: The store.
        where: Which.
        lock: Whether nobody else may change them until the transaction ends.
    """
    statement = select(*COLUMNS).where(where).order_by(SystemEventRow.id)
    if lock:
        statement = statement.with_for_update()
    return [event_of(row) for row in session.execute(statement).mappings()]


def event_of(fields: Any) -> SystemEvent:
    """The event of one row of `COLUMNS`."""
    return SystemEvent(**{**fields, "scope": Scope(fields["scope"])})


def over_at(now: datetime) -> ColumnElement[bool]:
    """Whether an event is finished at *now*: ended, or over by itself.

    Never NULL, so that its negation holds for the rest: an event that ends by itself has an expected end.
    """
    return or_(
        SystemEventRow.ended.is_not(None),
        and_(
            SystemEventRow.ends_itself,
            SystemEventRow.eta.is_not(None),
            func.coalesce(SystemEventRow.eta <= now, False),
        ),
    )


def change_open(number: int, changes: dict[str, Any], session: Session) -> bool:
    """Write *changes* to the event *number* while it is open; False if somebody ended it first.

    The statement itself asks, so whoever comes second is told.
    """
    statement = (
        update(SystemEventRow)
        .where(SystemEventRow.id == number, OPEN)
        .values(**changes)
        .returning(SystemEventRow.id)
    )
    return session.execute(statement).one_or_none() is not None
