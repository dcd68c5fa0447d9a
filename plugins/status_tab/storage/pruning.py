"""Deleting the raw events of a month."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from status_tab.domain.months import bounds

from .metering import GaugeReadingRow, MonthMarkRow
from .partitions import drop_events
from .tables import UsageEventRow, UsageKeyRow


def prune_month(month: date, next_key: int | None, now: datetime, session: Session, zone: tzinfo) -> int:
    """Delete the keys, raw events and readings of *month*, and note it.

    Of each gauge those readings stay that the next month may begin with, so that it can still be derived.

    Args:
        month: First day of a closed month.
        next_key: The largest key when the next month was closed; None while that is open.
        now: The time now.
        session: The store.
        zone: The installation's time zone.

    Returns:
        How many events were deleted.
    """
    event, key = UsageEventRow, UsageKeyRow
    # The largest number stays: SQLite would give it out again, and what is late is told by it.
    largest = session.scalar(select(func.max(key.number))) or 0
    mine = select(event.key).where(event.month == month)
    session.execute(delete(key).where(key.number.in_(mine), key.number < largest))
    _prune_readings(*bounds(month, zone), next_key, session)
    deleted = drop_events(month, session)
    session.execute(update(MonthMarkRow).where(MonthMarkRow.month == month).values(pruned=now))
    return deleted


def _prune_readings(start: datetime, end: datetime, next_key: int | None, session: Session) -> None:
    row = GaugeReadingRow
    mine = (row.time >= start) & (row.time < end)
    kept = set()
    for service in session.scalars(select(row.service).where(mine).distinct()).all():
        for known in (None, next_key):
            query = select(row.key).where(mine, row.service == service)
            if known is not None:
                query = query.where(row.key <= known)
            kept.add(session.scalar(query.order_by(row.time.desc(), row.value.desc()).limit(1)))
    session.execute(delete(row).where(mine, row.key.not_in(kept - {None})))
