"""The figure of a month as it stood day after day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from itertools import accumulate

from sqlalchemy import select
from sqlalchemy.orm import Session

from status_tab.domain.gauges import Figures, figures
from status_tab.domain.metered import Kind, MeteredService, measures_of
from status_tab.domain.months import Rule, days_of, first_of, last_of, moved
from status_tab.domain.pace import Path
from status_tab.storage.gauges import carried, gauge_days
from status_tab.storage.tables import UsageDayRow


def gauges_of(service: MeteredService) -> list[str]:
    """The ids of those measures of *service* that are gauges."""
    return [measure.id for measure in service.measures if measure.kind is Kind.GAUGE]


def gauge_figures(
    service: MeteredService,
    months: Sequence[date],
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    rule: Rule,
) -> dict[date, Figures]:
    """What the gauges of *service* came to in *months*, day after day.

    Args:
        service: The service.
        months: First days of months.
        session: The store.
        today: The last day that counts.
        zone: The installation's time zone.
        rule: How the figure of a month is made.

    Returns:
        The figures by month; empty where the service has no gauges.
    """
    gauges = gauges_of(service)
    if not gauges or not months:
        return {}
    month, last = min(months), max(months)
    known = gauge_days(gauges, month, last_of(last), session, zone)
    latest = carried(gauges, month, session)
    found = {}
    while month <= last:
        days = days_of(month, today)
        mine = {gauge: {day: known[gauge, day] for day in days if (gauge, day) in known} for gauge in gauges}
        if month in months:
            found[month] = figures(mine, latest, days, rule, zone)
        latest.update({gauge: each[max(each)].latest for gauge, each in mine.items() if each})
        month = moved(month, 1)
    return found


def month_paths(
    services: Sequence[MeteredService],
    months: Sequence[date],
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    rule: Rule,
) -> dict[str, list[Path]]:
    """What *services* came to in *months*, day after day up to *today*, by id of the service.

    The other arguments are as for `gauge_figures`.
    """
    measures = measures_of(services)
    counters = [id_ for id_, measure in measures.items() if measure.kind is Kind.COUNTER]
    row = UsageDayRow
    rows = session.execute(
        select(row.service, row.day, row.total).where(
            row.service.in_(counters), row.day.between(first_of(min(months)), last_of(max(months)))
        )
    )
    counted = {(measure, day): total for measure, day, total in rows}
    found: dict[str, list[Path]] = {}
    for service in services:
        stored = gauge_figures(service, months, session=session, today=today, zone=zone, rule=rule)
        mine = [measure.id for measure in service.measures if measure.id in counters]
        paths: list[Path] = []
        for month in months:
            days = days_of(month, today)
            line = list(accumulate(sum(counted.get((id_, day), 0) for id_ in mine) for day in days))
            if month in stored:
                line = [sum(pair) for pair in zip(line, stored[month].total, strict=True)]
            paths.append(line)
        found[service.id] = paths
    return found
