"""Whether a list of events has changed since somebody saw it: a small question, asked every few seconds.

An event that was ended never changes again, and can only go: their number and the last one's tell. The open
ones are few: all that is shown of them counts, with the state they are in now.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from status_tab.storage.tables import SystemEventRow

_EVENTS = SystemEventRow.__table__.c
_ALL = select(func.count(), func.max(_EVENTS.id))
_OPEN = (
    select(
        _EVENTS.id,
        _EVENTS.message,
        _EVENTS.description,
        _EVENTS.activated,
        _EVENTS.eta,
        _EVENTS.ends_itself,
        _EVENTS.done,
        _EVENTS.total,
        _EVENTS.lease_until,
        _EVENTS.last_sign,
    )
    .where(_EVENTS.ended.is_(None))
    .order_by(_EVENTS.id)
)


def list_state(*asked: Any, session: Session, now: datetime, zone: tzinfo) -> str:
    """A short text that is the same for as long as the list looks the same.

    Args:
        asked: What else the list depends on: which events are shown, which is chosen.
        session: The store.
        now: The time now.
        zone: The reader's time zone: at midnight *Today* becomes *Yesterday*.
    """
    connection = session.connection()  # a third of what asking through the session costs
    shown = [_shown(*row, now=now) for row in connection.execute(_OPEN)]
    seen = (asked, now.astimezone(zone).date(), tuple(connection.execute(_ALL).one()), shown)
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _shown(*fields: Any, now: datetime) -> tuple[object, ...]:
    """What of an open event is seen: what is written there, and which of its moments have passed.

    Of a lease only whether it has run out, and the minute of the last sign of life, so that one alone changes
    little.
    """
    *written, lease_until, last_sign = fields
    _, _, _, activated, eta, ends_itself, _, _ = written
    passed = (activated > now, ends_itself and eta <= now, lease_until is not None and lease_until <= now)
    sign = last_sign.replace(second=0, microsecond=0) if lease_until else None
    return (*written, passed, sign)
