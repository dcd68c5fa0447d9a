"""What the metered services were used for by month, and what that costs (domain.md 1.8, formats.md 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import NotFoundError
from status_tab.domain.billing import ServiceMonth, reckon
from status_tab.domain.metered import METERED_SERVICES, Kind, MeteredService
from status_tab.domain.months import Rule, first_of, last_of, up_to
from status_tab.domain.tariff import ServiceTariff, said_of
from status_tab.storage.gauges import carried
from status_tab.storage.months import MonthTotal, closed_months, month_totals
from status_tab.storage.tables import UsageDayRow

from .past_paths import known_paths
from .paths import MonthPath, gauges_of
from .tariffs import in_force, list_tariffs
from .thresholds import MonthUsers


def known_service(id_: str, services: Sequence[MeteredService] = METERED_SERVICES) -> MeteredService:
    """The metered service *id_*, in any case.

    Raises:
        NotFoundError: There is none.
    """
    for service in services:
        if service.id == id_.lower():
            return service
    raise NotFoundError(f"There is no metered service {id_}; there are {', '.join(s.id for s in services)}.")


def service_months(
    service_id: str,
    *,
    last: date,
    number: int = 12,
    session: Session,
    today: date,
    zone: tzinfo,
    users_by_month: Mapping[date, MonthUsers],
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> list[ServiceMonth]:
    """One service in the *number* months that end with that of *last*, oldest first.

    Args:
        service_id: Id of the service.
        last: Any day of the last month.
        number: How many months.
        session: The store.
        today: The day it is, in the installation's zone: later days do not count.
        zone: That zone.
        users_by_month: The users of those months that are open (`thresholds.users_by_month`); a month
            that is missing has none known. Closed months keep theirs.
        rule: How the figure of storage is made (the setting ``storage_rule``).
        services: The metered services.

    Raises:
        NotFoundError: There is no such service.
    """
    service = known_service(service_id, services)
    return _lines(
        [service],
        up_to(last, number),
        session=session,
        today=today,
        zone=zone,
        users_by_month=users_by_month,
        rule=rule,
    )


def lines(
    month: date,
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    users: MonthUsers | None,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> list[ServiceMonth]:
    """All services in the month of *month*, in their order: the five, then those that plugins declare.

    Args:
        month: Any day of the month.
        session: The store.
        today: The day it is, in the installation's zone.
        zone: That zone.
        users: The users of that month (`thresholds.month_users`); None where nobody was asked.
        rule: How the figure of storage is made.
        services: The metered services.
    """
    first = first_of(month)
    return _lines(
        services,
        [first],
        session=session,
        today=today,
        zone=zone,
        users_by_month={first: users} if users else {},
        rule=rule,
    )


def day_totals(
    service_id: str,
    month: date,
    session: Session,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> list[tuple[date, int, int]]:
    """The days of a month that have events: (day, total, events), in order.

    The total of a counter is the day's sum, that of storage its last values: a part that was not read on a
    day counts as on the last day that it was. Late events are among them.

    Raises:
        NotFoundError: There is no such service.
    """
    service = known_service(service_id, services)
    measures = {measure.id: measure.kind for measure in service.measures}
    row = UsageDayRow
    rows = session.execute(
        select(row.service, row.day, row.total, row.events)
        .where(row.service.in_(measures), row.day.between(first_of(month), last_of(month)))
        .order_by(row.day)
    ).all()
    gauges = [id_ for id_, kind in measures.items() if kind is Kind.GAUGE]
    latest = carried(gauges, first_of(month), session) if gauges else {}
    days = []
    for day, group in groupby(rows, key=lambda found: found.day):
        new = list(group)
        latest.update((each.service, each.total) for each in new if each.service in gauges)
        counted = sum(each.total for each in new if each.service not in gauges)
        days.append((day, counted + sum(latest.values()), sum(each.events for each in new)))
    return days


def _lines(
    services: Sequence[MeteredService],
    months: Sequence[date],
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    users_by_month: Mapping[date, MonthUsers],
    rule: Rule,
) -> list[ServiceMonth]:
    measures = [measure.id for service in services for measure in service.measures]
    totals = month_totals(measures, months, session)
    closed = closed_months([service.id for service in services], months, session)
    tariffs = [each.tariff for each in list_tariffs(session)]
    found = []
    for service in services:
        open_ = [month for month in months if (service.id, month) not in closed]
        if service.gone:  # nobody reads its gauges any more: the last reading does not hold for ever
            open_ = [month for month in open_ if any((m.id, month) in totals for m in service.measures)]
        figures: dict[date, MonthPath] = {}
        if gauges_of(service) and open_:
            paths = known_paths([service], open_, session=session, today=today, zone=zone, rule=rule)
            figures = dict(zip(open_, paths[service.id], strict=True))
        for month in months:
            row, tariff = closed.get((service.id, month)), in_force(month, tariffs)
            if row is not None:
                line = _closed(service, row, said_of(service, tariff)[0])
            else:
                line = _open(service, month, totals, figures.get(month), rule, users_by_month.get(month))
                said, currency = said_of(service, tariff)
                line = reckon(line, tariff=said, currency=currency, users=line.users)
            found.append(_with_late(line, totals))
    return found


def _open(
    service: MeteredService,
    month: date,
    totals: Mapping[tuple[str, date], MonthTotal],
    gauges: MonthPath | None,
    rule: Rule,
    users: MonthUsers | None,
) -> ServiceMonth:
    """A month as far as it was used; what it costs is not reckoned yet."""
    parts = []
    for measure in service.measures:
        known = totals.get((measure.id, month))
        if measure.kind is Kind.COUNTER:
            parts.append((measure.id, known.total if known else 0))
        else:
            parts.append((measure.id, gauges.parts.get(measure.id, 0) if gauges else 0))
    return ServiceMonth(
        service=service,
        month=month,
        used=sum(figure for _, figure in parts),
        parts=tuple(parts),
        included=None,
        users=users.users if users else None,
        rule=rule if gauges_of(service) else Rule.SUM,
    )


def _closed(service: MeteredService, row: Any, tariff: ServiceTariff | None) -> ServiceMonth:
    """A month as it was closed."""
    return ServiceMonth(
        service=service,
        month=row.month,
        used=row.used,
        parts=tuple((measure, figure) for measure, figure in json.loads(row.parts)),
        included=row.included,
        users=row.users,
        overage=0 if row.included is None else max(0, row.used - row.included),
        packages=row.packages,
        unit_price=Decimal(row.unit_price),
        price=Decimal(row.price),
        currency=row.currency,
        closed=row.closed,
        tariff=tariff,
        rule=Rule(row.rule),
    )


def _with_late(line: ServiceMonth, totals: Mapping[tuple[str, date], MonthTotal]) -> ServiceMonth:
    known = [totals.get((measure.id, line.month)) for measure in line.service.measures]
    late = sum(each.late for each in known if each)
    if not late:
        return line
    return replace(line, late=late, late_total=sum(each.late_total for each in known if each))
