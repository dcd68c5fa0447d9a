"""Reading system events, and ending one of them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from status_tab.domain.events import Scope, SystemEvent

from .tables import SystemEventRow
from .types import UtcDateTime

_EVENTS = cast("Table", SystemEventRow.__table__)
COLUMNS = (
    _EVENTS.c.id,
    _EVENTS.c.eventkey.label("key"),
    _EVENTS.c.scope,
    _EVENTS.c.owner,
    _EVENTS.c.message,
    _EVENTS.c.description,
    _EVENTS.c.activated,
    _EVENTS.c.activated_by,
    _EVENTS.c.eta,
    _EVENTS.c.ends_itself,
    _EVENTS.c.done,
    _EVENTS.c.total,
    _EVENTS.c.lease_until,
    _EVENTS.c.last_sign,
    _EVENTS.c.ended,
    _EVENTS.c.extra_info,
    _EVENTS.c.starter,
)
OPEN = _EVENTS.c.ended.is_(None)
"""Nobody has ended it; it may be over all the same, by itself."""


def read_events(session: Session, where: ColumnElement[bool], *, lock: bool = False) -> list[SystemEvent]:
    """The events that *where* holds for, oldest first.

    Args:
        session: The store.
        where: Which.
        lock: Whether nobody else may change them until the transaction ends.
    """
    statement = select(*COLUMNS).where(where).order_by(_EVENTS.c.id)
    if lock:
        statement = statement.with_for_update()
    return [event_of(row) for row in session.execute(statement).mappings()]


def event_of(fields: Any) -> SystemEvent:
    """The event of one row of `COLUMNS`."""
    return SystemEvent(**{**fields, "scope": Scope(fields["scope"])})


def over_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether an event is finished at *now*: ended, or over by itself.

    Never NULL, so that its negation holds for the rest: an event that ends by itself has an expected end.
    """
    return or_(
        _EVENTS.c.ended.is_not(None),
        and_(
            _EVENTS.c.ends_itself,
            _EVENTS.c.eta.is_not(None),
            func.coalesce(_EVENTS.c.eta <= now, False),
        ),
    )


_NOW = bindparam("now", type_=UtcDateTime())
_OVER = over_at(_NOW)
_WHICH = {"active": ~_OVER, "finished": _OVER, "all": true()}
COUNTED = select(func.count().filter(~_OVER), func.count().filter(_OVER)).select_from(_EVENTS)
"""How many events are active at the parameter ``now``, and how many are finished."""


@lru_cache(maxsize=8)  # it takes as long to put together as to ask
def listed(which: str) -> Select[Any]:
    """The events of a list at the parameter ``now``, ``most`` of them: started, scheduled, finished ones.

    Args:
        which: active, finished or all.
    """
    part = case((_OVER, 2), (_EVENTS.c.activated > _NOW, 1), else_=0)
    statement = select(*COLUMNS).where(_WHICH[which])
    newest = part, _EVENTS.c.activated.desc(), _EVENTS.c.id.desc()
    return statement.order_by(*newest).limit(bindparam("most", type_=Integer()))


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
