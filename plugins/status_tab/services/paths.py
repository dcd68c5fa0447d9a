"""The figure of a month as it stood day after day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from itertools import accumulate
from typing import NamedTuple

from sqlalchemy.orm import Session

from status_tab.domain.gauges import Figures, figures
from status_tab.domain.metered import Kind, MeteredService, measures_of
from status_tab.domain.months import Rule, days_of, last_of, moved
from status_tab.domain.pace import Path
from status_tab.storage.gauges import carried, counter_days, gauge_days


def gauges_of(service: MeteredService) -> list[str]:
    """The ids of those measures of *service* that are gauges."""
    return [measure.id for measure in service.measures if measure.kind is Kind.GAUGE]


class MonthPath(NamedTuple):
    """How a month went.

    Args:
        path: Its figure day after day.
        parts: What each gauge has in the last of those, by id of the measure; empty without any use.
    """

    path: Path
    parts: Mapping[str, int]


def month_paths(
    services: Sequence[MeteredService],
    months: Sequence[date],
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    rule: Rule,
) -> dict[str, list[MonthPath]]:
    """What *services* came to in *months*, day after day up to *today*, by id of the service.

    Args:
        services: The services.
        months: First days of months.
        session: The store.
        today: The last day that counts.
        zone: The installation's time zone.
        rule: How the figure of a month is made of gauges.
    """
    if not months:
        return {service.id: [] for service in services}
    counters = [id_ for id_, measure in measures_of(services).items() if measure.kind is Kind.COUNTER]
    counted = counter_days(counters, min(months), last_of(max(months)), session) if counters else {}
    stored = _figures(services, months, session=session, today=today, zone=zone, rule=rule)
    found: dict[str, list[MonthPath]] = {}
    for service in services:
        mine = [measure.id for measure in service.measures if measure.kind is Kind.COUNTER]
        found[service.id] = []
        for month in months:
            days = days_of(month, today)
            line = list(accumulate(sum(counted.get((id_, day), 0) for id_ in mine) for day in days))
            parts: Mapping[str, int] = {}
            if figures_ := stored.get((service.id, month)):
                line = [sum(pair) for pair in zip(line, figures_.total, strict=True)]
                parts = {id_: part[-1] for id_, part in figures_.parts.items() if part}
            found[service.id].append(MonthPath(line, parts))
    return found


def _figures(
    services: Sequence[MeteredService],
    months: Sequence[date],
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    rule: Rule,
) -> dict[tuple[str, date], Figures]:
    """What the gauges of each service came to in each month; services without gauges are missing."""
    gauges = {service.id: gauges_of(service) for service in services}
    every = [id_ for ids in gauges.values() for id_ in ids]
    if not every:
        return {}
    month, last = min(months), max(months)
    known = gauge_days(every, month, last_of(last), session, zone)
    latest = carried(every, month, session)
    found = {}
    while month <= last:
        days = days_of(month, today)
        month_days = {id_: {day: known[id_, day] for day in days if (id_, day) in known} for id_ in every}
        for service, ids in gauges.items():
            if ids and month in months:
                mine = {id_: month_days[id_] for id_ in ids}
                found[service, month] = figures(mine, latest, days, rule, zone)
        latest.update({id_: each[max(each)].latest for id_, each in month_days.items() if each})
        month = moved(month, 1)
    return found
