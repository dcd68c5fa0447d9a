"""Deriving a closed month again from the raw events, and comparing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from host.api import N_, ConflictError, NotFoundError
from status_tab.domain.gauges import Reading, figures, whole
from status_tab.domain.metered import LARGEST, METERED_SERVICES, Kind, MeteredService
from status_tab.domain.months import Rule, bounds, days_of, end_of, first_of, last_of
from status_tab.domain.usage import day_of
from status_tab.storage.metering import GaugeReadingRow
from status_tab.storage.months import Mark, closed_months, marks
from status_tab.storage.tables import UsageEventRow

from .paths import gauges_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One service of a closed month, as it was closed and as its raw events say.

    Args:
        service: Id of the service.
        used: The closed figure.
        derived: The figure derived again.
        events: Events that were counted when it was closed.
        derived_events: Raw events that are there of them.
    """

    service: str
    used: int
    derived: int
    events: int
    derived_events: int

    @property
    def right(self) -> bool:
        """Whether both agree."""
        return (self.used, self.events) == (self.derived, self.derived_events)


def verify(
    month: date, *, session: Session, zone: tzinfo, services: Sequence[MeteredService] = METERED_SERVICES
) -> list[Finding]:
    """Derive a closed month again from the raw events that were there when it was closed.

    Args:
        month: Any day of the month.
        session: The store.
        zone: The installation's time zone.
        services: The metered services; those that were not closed with the month are left out.

    Raises:
        NotFoundError: The month is not closed.
        ConflictError: Its raw events were deleted, so it cannot be derived any more.
    """
    first = first_of(month)
    mark = marks(session, [first]).get(first)
    if mark is None:
        raise NotFoundError(f"{first:%Y-%m} is not closed.")
    if mark.pruned:
        raise ConflictError(
            N_(
                "%(month)s cannot be derived again: its raw events were deleted on %(day)s, as the setting "
                "usage_retention_months says.",
                month=f"{first:%Y-%m}",
                day=day_of(mark.pruned, zone).isoformat(),
            )
        )
    closed = closed_months([each.id for each in services], [first], session)
    findings = []
    for service in services:
        row = closed.get((service.id, first))
        if row is not None:
            used, events = _derive(service, first, mark, Rule(row.rule), session, zone)
            findings.append(
                Finding(
                    service=service.id,
                    used=row.used,
                    derived=min(used, LARGEST),
                    events=row.events,
                    derived_events=events,
                )
            )
    return findings


def _derive(
    service: MeteredService, month: date, mark: Mark, rule: Rule, session: Session, zone: tzinfo
) -> tuple[int, int]:
    """Figure and number of events of one service."""
    start, _ = bounds(month, zone)
    event = UsageEventRow
    mine = (event.month == month) & (event.key <= mark.last_key)
    counters = [measure.id for measure in service.measures if measure.kind is Kind.COUNTER]
    total, number = session.execute(
        select(func.sum(event.value), func.count()).where(mine, event.service.in_(counters))
    ).one()
    used, gauges = int(total or 0), gauges_of(service)
    if not gauges:
        return used, number
    readings: dict[str, dict[date, list[Reading]]] = {gauge: defaultdict(list) for gauge in gauges}
    for gauge, time, value in session.execute(
        select(event.service, event.time, event.value).where(mine, event.service.in_(gauges))
    ):
        readings[gauge][day_of(time, zone)].append(Reading(time, value))
        number += 1
    known = {
        gauge: {day: whole(found, end_of(day, zone)) for day, found in days.items()}
        for gauge, days in readings.items()
    }
    before = {gauge: each for gauge in gauges if (each := _before(gauge, start, mark, session)) is not None}
    line = figures(known, before, days_of(month, last_of(month)), rule, zone)
    return used + line.total[-1], number


def _before(gauge: str, start: datetime, mark: Mark, session: Session) -> int | None:
    """The value that the month began with, as it was known when the month was closed."""
    row = GaugeReadingRow
    return session.scalar(
        select(row.value)
        .where(row.service == gauge, row.time < start, row.key <= mark.last_key)
        .order_by(row.time.desc(), row.value.desc())
        .limit(1)
    )
