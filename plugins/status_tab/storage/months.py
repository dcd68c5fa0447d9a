"""Reading and writing what months add up to, and which of them are closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import BindParameter, Insert, Table, bindparam, case, func, select
from sqlalchemy.orm import Session

from status_tab.domain.metered import Kind, Measure
from status_tab.domain.months import first_of
from status_tab.domain.usage import DayTotal, UsageEvent

from .dialect import insert_for
from .metering import ClosedMonthRow, MonthMarkRow, UsageMonthRow

Signs = tuple[tuple[str, date, int, int, datetime], ...]
"""Measure, month, what it comes to, how many events that are, and the time of the latest."""

# What pages ask for stands ready: a statement takes as long to put together as to ask.
_MONTHS, _CLOSED_MONTHS = (cast("Table", row.__table__) for row in (UsageMonthRow, ClosedMonthRow))
_SERVICES: BindParameter[str] = bindparam("services", expanding=True)
_TOTALS = select(
    *(_MONTHS.c[name] for name in ("service", "month", "total", "events", "last", "late", "late_total"))
).where(_MONTHS.c.service.in_(_SERVICES), _MONTHS.c.month.in_(bindparam("months", expanding=True)))
_SIGNS = (
    select(*(_MONTHS.c[name] for name in ("service", "month", "total", "events", "last")))
    .where(_MONTHS.c.service.in_(_SERVICES), _MONTHS.c.month <= bindparam("until"))
    .order_by(_MONTHS.c.service, _MONTHS.c.month)
)
_CLOSED = select(_CLOSED_MONTHS).where(
    _CLOSED_MONTHS.c.service.in_(_SERVICES), _CLOSED_MONTHS.c.month.in_(bindparam("months", expanding=True))
)
FIRST_MONTH = select(func.min(_MONTHS.c.month))
"""The first month with usage."""


@dataclass(slots=True)
class MonthTotal:
    """What the events of one month add up to for one measure.

    Args:
        total: Counter: their sum; gauge: the latest value.
        events: How many there are.
        last: Time of the latest.
        late: How many of them came after the month was closed.
        late_total: Counter: the sum of those; gauge: the largest of them.
    """

    total: int
    events: int
    last: datetime
    late: int = 0
    late_total: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """That a month has been closed.

    Args:
        closed: When.
        last_key: The largest number of a key then.
        pruned: When its raw events were deleted; None while they are kept.
    """

    closed: datetime
    last_key: int
    pruned: datetime | None


def marks(session: Session, months: Collection[date] | None = None) -> dict[date, Mark]:
    """The marks of those of *months* that are closed; of all closed months for None."""
    query = select(MonthMarkRow.month, MonthMarkRow.closed, MonthMarkRow.last_key, MonthMarkRow.pruned)
    if months is not None:
        query = query.where(MonthMarkRow.month.in_(months))
    return {month: Mark(closed, key, pruned) for month, closed, key, pruned in session.execute(query)}


def month_totals(
    measures: Collection[str], months: Collection[date], session: Session
) -> dict[tuple[str, date], MonthTotal]:
    """What *measures* come to in *months*; those without an event are missing."""
    rows = session.execute(_TOTALS, {"services": list(measures), "months": list(months)})
    return {(service, month): MonthTotal(*rest) for service, month, *rest in rows}


def month_signs(measures: Collection[str], until: date, session: Session) -> Signs:
    """What tells whether any day of *measures* up to the end of the month *until* has got a further event.

    Args:
        measures: Ids of measures.
        until: First day of the last month.
        session: The store.
    """
    rows = session.execute(_SIGNS, {"services": list(measures), "until": until})
    return tuple((service, month, total, events, last) for service, month, total, events, last in rows)


def closed_months(
    services: Collection[str], months: Collection[date], session: Session
) -> dict[tuple[str, date], Any]:
    """The closed figures (`ClosedMonthRow`) of *services* for those of *months* that are closed."""
    rows = session.execute(_CLOSED, {"services": list(services), "months": list(months)})
    return {(row.service, row.month): row for row in rows}


def by_month(
    days: Mapping[tuple[str, date], DayTotal],
    late: Iterable[tuple[date, UsageEvent]],
    measures: Mapping[str, Measure],
) -> dict[tuple[str, date], MonthTotal]:
    """What new events come to by month, in any order.

    Args:
        days: What they come to by day (`add_up`).
        late: Those of them whose month is closed, with that month.
        measures: Every measure by its id.
    """
    found: dict[tuple[str, date], MonthTotal] = {}
    for (service, day), new in days.items():
        key = (service, first_of(day))
        known = found.get(key)
        if known is None:
            found[key] = MonthTotal(new.total, new.events, new.last)
            continue
        known.events += new.events
        if measures[service].kind is Kind.COUNTER:
            known.total += new.total
        elif new.last > known.last:  # two days have no moment in common
            known.total = new.total
        known.last = max(known.last, new.last)
    for month, event in late:
        total = found[event.service, month]
        counted = measures[event.service].kind is Kind.COUNTER
        total.late += 1
        total.late_total = total.late_total + event.value if counted else max(total.late_total, event.value)
    return found


def add_to_months(
    months: Mapping[tuple[str, date], MonthTotal], measures: Mapping[str, Measure], session: Session
) -> None:
    """Add what new events come to (`by_month`) to the months."""
    rows: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in Kind}
    for (service, month), total in sorted(months.items(), key=lambda entry: entry[0]):
        rows[measures[service].kind].append(
            {
                "service": service,
                "month": month,
                "total": total.total,
                "events": total.events,
                "last": total.last,
                "late": total.late,
                "late_total": total.late_total,
            }
        )
    for kind in Kind:
        if rows[kind]:
            session.execute(_upsert(kind, session.get_bind().dialect.name), rows[kind])


@lru_cache(maxsize=8)  # it takes a millisecond to put together, and is the same every time
def _upsert(kind: Kind, dialect: str) -> Insert:
    statement = insert_for(UsageMonthRow, dialect)
    new, old = statement.excluded, UsageMonthRow
    counted = kind is Kind.COUNTER
    later = (new.last > old.last) | ((new.last == old.last) & (new.total > old.total))
    larger = case((new.late_total > old.late_total, new.late_total), else_=old.late_total)
    return statement.on_conflict_do_update(
        index_elements=["service", "month"],
        set_={
            "total": old.total + new.total if counted else case((later, new.total), else_=old.total),
            "events": old.events + new.events,
            "last": case((new.last > old.last, new.last), else_=old.last),
            "late": old.late + new.late,
            "late_total": old.late_total + new.late_total if counted else larger,
        },
    )
