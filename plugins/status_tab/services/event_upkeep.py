"""What the clock does to events: what is over is marked as ended, and old history goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from host.api import Work
from status_tab.domain.events import Status
from status_tab.storage.events import OPEN, over_at, read_events
from status_tab.storage.tables import SystemEventRow

from .events import close_event

STALE_SHOWN = timedelta(days=1)
"""How long a stale event stays among the active ones, so that somebody sees that its program died."""


def end_what_is_over(*, work: Work, clock: Callable[[], datetime]) -> int:
    """Mark events as ended that are over: by themselves, or stale for a day. Each leaves an audit row.

    They end at the time their effects ended, not now.

    Args:
        work: The unit of work.
        clock: The time now.

    Returns:
        How many.
    """
    now = clock()
    gone = and_(
        SystemEventRow.activated <= now,
        func.coalesce(SystemEventRow.lease_until <= now - STALE_SHOWN, False),
    )
    ended = 0
    for event in read_events(work.session, and_(OPEN, over_at(now) | gone)):
        over = event.over(now)
        if over is not None:
            ended += close_event(event, over, work)
    return ended


def prune(days: int, *, work: Work, clock: Callable[[], datetime]) -> int:
    """Delete what ended more than *days* ago; one audit row says how many.

    Args:
        days: The setting `event_retention_days`; 0 keeps everything for ever.
        work: The unit of work.
        clock: The time now.

    Returns:
        How many.
    """
    if days <= 0:
        return 0
    before = clock() - timedelta(days=days)
    statement = delete(SystemEventRow).where(SystemEventRow.ended < before).returning(SystemEventRow.id)
    deleted = len(work.session.scalars(statement).all())
    if deleted:
        work.audit(
            "event.pruned", "history", before={"events": deleted}, after={"ended_since": before.isoformat()}
        )
    return deleted


def next_end(session: Session, now: datetime) -> datetime | None:
    """When the next event is over by itself, or has been stale for a day; None where none will be."""
    ends = session.scalar(select(func.min(SystemEventRow.eta)).where(OPEN, SystemEventRow.ends_itself))
    leases = (
        event.lease_until + STALE_SHOWN
        for event in read_events(session, and_(OPEN, SystemEventRow.lease_until.is_not(None)))
        if event.lease_until is not None and event.status(now) is Status.STALE
    )
    return min([*leases, *([ends] if ends else [])], default=None)
