"""Reading and writing what gauges come to over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, cast

from sqlalchemy import BindParameter, String, Table, and_, bindparam, column, func, insert, select, values
from sqlalchemy.orm import Session

from status_tab.domain.gauges import Gap, GaugeDay, Reading, distinct, filled, span
from status_tab.domain.months import end_of, start_of
from status_tab.domain.usage import UsageEvent

from .dialect import insert_into
from .metering import GaugeDayRow, GaugeReadingRow
from .tables import UsageDayRow
from .types import UtcDateTime

DayOf = tuple[str, date]
"""A gauge and a day."""

# What pages ask for stands ready: a statement takes as long to put together as to ask.
_GAUGES, _DAYS = (cast("Table", row.__table__) for row in (GaugeDayRow, UsageDayRow))
_SERVICES: BindParameter[str] = bindparam("services", expanding=True)
_GAUGE_DAYS = (
    select(
        *(_GAUGES.c[name] for name in ("service", "day", "first", "mean", "rest", "peak")),
        *(_DAYS.c[name] for name in ("total", "last")),
    )
    .select_from(
        _GAUGES.join(_DAYS, and_(_DAYS.c.service == _GAUGES.c.service, _DAYS.c.day == _GAUGES.c.day))
    )
    .where(_GAUGES.c.service.in_(_SERVICES), _GAUGES.c.day.between(bindparam("since"), bindparam("until")))
)
_COUNTER_DAYS = select(_DAYS.c.service, _DAYS.c.day, _DAYS.c.total).where(
    _DAYS.c.service.in_(_SERVICES), _DAYS.c.day.between(bindparam("since"), bindparam("until"))
)
_LATEST = (
    select(_DAYS.c.service, func.max(_DAYS.c.day).label("day"))
    .where(_DAYS.c.service.in_(_SERVICES), _DAYS.c.day < bindparam("day"))
    .group_by(_DAYS.c.service)
    .subquery()
)
_CARRIED = select(_DAYS.c.service, _DAYS.c.total).join(
    _LATEST, and_(_DAYS.c.service == _LATEST.c.service, _DAYS.c.day == _LATEST.c.day)
)


def gauge_days(
    measures: Collection[str], first: date, last: date, session: Session, zone: tzinfo
) -> dict[DayOf, GaugeDay]:
    """What is known of *measures* for each day from *first* to *last*, both included."""
    asked = {"services": list(measures), "since": first, "until": last}
    rows = session.execute(_GAUGE_DAYS, asked)
    return {
        (service, each): GaugeDay(begun, last, mean * span(begun, end_of(each, zone)) + rest, peak, latest)
        for service, each, begun, mean, rest, peak, latest, last in rows
    }


def counter_days(measures: Collection[str], first: date, last: date, session: Session) -> dict[DayOf, int]:
    """What the counters *measures* come to on each day from *first* to *last*, both included."""
    rows = session.execute(_COUNTER_DAYS, {"services": list(measures), "since": first, "until": last})
    return {(service, day): total for service, day, total in rows}


def carried(measures: Collection[str], day: date, session: Session) -> dict[str, int]:
    """The last value of *measures* from before *day*; those without any are missing."""
    rows = session.execute(_CARRIED, {"services": list(measures), "day": day})
    return {service: total for service, total in rows}  # noqa: C416 - a row is not known to be a pair


def add_readings(
    events: Iterable[tuple[date, UsageEvent]],
    numbers: Mapping[tuple[str, str], int],
    zone: tzinfo,
    session: Session,
) -> None:
    """Keep the readings of gauges, and add them to what their days come to.

    Args:
        events: New events of gauges, with the day of each; the day totals do not know them yet.
        numbers: The numbers of their keys.
        zone: The installation's time zone.
        session: The store.
    """
    new: dict[DayOf, list[Reading]] = defaultdict(list)
    rows = []
    for day, event in events:
        new[event.service, day].append(Reading(event.time, event.value))
        rows.append(
            {
                "service": event.service,
                "time": event.time,
                "key": numbers[event.key],
                "value": event.value,
            }
        )
    if not rows:
        return
    days = [day for _, day in new]
    known = gauge_days({service for service, _ in new}, min(days), max(days), session, zone)
    gaps = _gaps({key: distinct(readings) for key, readings in new.items()}, known, zone, session)
    session.execute(insert(cast("Table", GaugeReadingRow.__table__)), rows)
    _write({key: filled(known.get(key), gaps[key], end_of(key[1], zone)) for key in new}, zone, session)


def _gaps(
    new: Mapping[DayOf, Sequence[Reading]],
    known: Mapping[DayOf, GaugeDay],
    zone: tzinfo,
    session: Session,
) -> dict[DayOf, list[Gap]]:
    """The readings of each day with their neighbours."""
    asked = [
        (service, each)
        for (service, day), readings in new.items()
        for each in readings
        if (service, day) in known and each.time < known[service, day].last
    ]
    found = _neighbours(asked, session) if asked else {}
    gaps: dict[DayOf, list[Gap]] = {}
    for (service, day), readings in new.items():
        here, start, end = known.get((service, day)), start_of(day, zone), end_of(day, zone)
        newest = Reading(here.last, here.latest) if here else None
        mine = []
        for each in readings:
            # What comes last, as most does, needs nobody to look for its neighbours.
            before, after = found.get((service, each.time), (newest, None))
            mine.append(
                Gap(
                    each,
                    before if before and before.time >= start else None,
                    after if after and after < end else None,
                )
            )
        gaps[service, day] = mine
    return gaps


def _neighbours(
    asked: Sequence[tuple[str, Reading]], session: Session
) -> dict[tuple[str, datetime], tuple[Reading | None, datetime | None]]:
    """The readings before (or at the time of) others, and the times of those after them."""
    new = (
        values(column("service", String()), column("time", UtcDateTime()))
        .data([(service, each.time) for service, each in asked])
        .cte("arriving")
    )
    row = GaugeReadingRow
    before = (row.service == new.c.service) & (row.time <= new.c.time)
    after = (row.service == new.c.service) & (row.time > new.c.time)
    latest_first = row.time.desc(), row.value.desc()
    rows = session.execute(
        select(
            new.c.service,
            new.c.time,
            select(row.time).where(before).order_by(*latest_first).limit(1).scalar_subquery(),
            select(row.value).where(before).order_by(*latest_first).limit(1).scalar_subquery(),
            select(func.min(row.time)).where(after).scalar_subquery(),
        )
    )
    return {
        (service, time): (None if then is None else Reading(then, value), following)
        for service, time, then, value, following in rows
    }


def _write(days: Mapping[DayOf, GaugeDay], zone: tzinfo, session: Session) -> None:
    rows: list[dict[str, Any]] = []
    for (service, day), each in sorted(days.items()):
        mean, rest = divmod(each.held, span(each.first, end_of(day, zone)))
        rows.append(
            {
                "service": service,
                "day": day,
                "first": each.first,
                "mean": mean,
                "rest": rest,
                "peak": each.peak,
            }
        )
    statement = insert_into(GaugeDayRow, session)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["service", "day"],
            set_={"first": new.first, "mean": new.mean, "rest": new.rest, "peak": new.peak},
        ),
        rows,
    )
