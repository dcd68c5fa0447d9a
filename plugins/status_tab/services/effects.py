"""What running events do to everybody: nobody signs in, a message stands above all pages (domain.md 1.9).

Asked while pages are drawn: one small query each. What is stale, over or not yet begun has no effects.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from status_tab.domain.events import MESSAGE_OF_THE_DAY, NO_LOGIN, Scope, Status, SystemEvent
from status_tab.storage.events import COLUMNS, OPEN, event_of
from status_tab.storage.tables import SystemEventRow

_FOR_ALL = (Scope.SYSTEM_WIDE, Scope.DATABASE)
_OPEN_OF_TYPE = {
    key: select(*COLUMNS)
    .where(SystemEventRow.eventkey == key, OPEN)
    .order_by(SystemEventRow.activated, SystemEventRow.id)
    for key in (NO_LOGIN, MESSAGE_OF_THE_DAY)
}


def login_closed(session: Session, now: datetime) -> SystemEvent | None:
    """The *No Login* that keeps everyone but administrators out at *now*, the one that lasts longest.

    One for a group or a single person has no effect: only all can be kept out.

    Args:
        session: The store.
        now: The time now.
    """
    found = [each for each in _running(NO_LOGIN, session, now) if each.scope in _FOR_ALL]
    return max(found, key=lambda each: (each.eta is None, each.eta or now), default=None)


def message_of_the_day(session: Session, now: datetime, user_id: str = "") -> list[SystemEvent]:
    """The running *Messages of the Day*, oldest first.

    Args:
        session: The store.
        now: The time now.
        user_id: Who reads: those for them alone are among it. "" for what all may read.
    """
    reader = user_id.casefold()
    return [
        each
        for each in _running(MESSAGE_OF_THE_DAY, session, now)
        if each.scope in _FOR_ALL or (each.scope is Scope.USER and reader and each.owner.casefold() == reader)
    ]


def _running(key: str, session: Session, now: datetime) -> list[SystemEvent]:
    found = (event_of(row) for row in session.execute(_OPEN_OF_TYPE[key]).mappings())
    return [each for each in found if each.status(now) is Status.RUNNING]
