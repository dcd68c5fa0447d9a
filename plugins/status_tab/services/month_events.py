"""What a month is made of: the measures of a day, and the events that came after it was closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from status_tab.domain.metered import MeteredService
from status_tab.domain.months import first_of
from status_tab.storage.months import FIRST_MONTH, Mark
from status_tab.storage.tables import UsageDayRow, UsageEventRow, UsageKeyRow

MOST_LATE = 50
"""How many late events are read at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayMeasure:
    """What one measure came to on one day.

    Args:
        measure: Its id.
        total: Counter: the sum of the day; gauge: its last value.
        events: How many events there are.
        last: Time of the latest.
    """

    measure: str
    total: int
    events: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEvent:
    """An event that came after its month was closed; it changes no figure.

    Args:
        measure: What it counts.
        time: When that was used.
        received: When it came.
        value: How many more; for a gauge how much there was.
        source: Who sent it.
        id: Its id there.
    """

    measure: str
    time: datetime
    received: datetime
    value: int
    source: str
    id: str


def first_counted(session: Session) -> date | None:
    """The first month with usage; None while nothing has ever been counted."""
    found: date | None = session.scalar(FIRST_MONTH)
    return found


def day_measures(service: MeteredService, day: date, session: Session) -> list[DayMeasure]:
    """What the measures of *service* came to on *day*; those without an event are missing."""
    row = UsageDayRow
    order = [measure.id for measure in service.measures]
    found = [
        DayMeasure(measure=measure, total=total, events=events, last=last)
        for measure, total, events, last in session.execute(
            select(row.service, row.total, row.events, row.last).where(row.service.in_(order), row.day == day)
        )
    ]
    return sorted(found, key=lambda each: order.index(each.measure))


def late_events(
    service: MeteredService, month: date, number: int, mark: Mark, session: Session
) -> Sequence[LateEvent]:
    """The events of *service* that came after the month of *month* was closed, in the order they came.

    Args:
        service: The service.
        month: Any day of the month.
        number: How many there are: it stops looking when it has found them.
        mark: When the month was closed.
        session: The store.

    Returns:
        At most `MOST_LATE`; none where the raw events of the month were deleted.
    """
    event, key = UsageEventRow, UsageKeyRow
    rows = session.execute(
        select(event.service, event.time, event.received, event.value, key.source, key.event_id)
        .join(key, key.number == event.key)
        .where(
            event.key > mark.last_key,
            event.month == first_of(month),
            event.service.in_([measure.id for measure in service.measures]),
        )
        .order_by(event.key)
        .limit(min(number, MOST_LATE))
    )
    return [
        LateEvent(measure=measure, time=time, received=received, value=value, source=source, id=id_)
        for measure, time, received, value, source, id_ in rows
    ]
