"""Alerts: raised in the transaction that crosses a threshold, withdrawn when that rises above the use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from host.api import Work
from status_tab.domain.alerts import Alert, AlertKind, due
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.installation import Reach, reach
from status_tab.domain.metered import LARGEST, METERED_SERVICES, MeteredService
from status_tab.domain.months import Rule, first_of, moved
from status_tab.domain.usage import day_of
from status_tab.storage.dialect import insert_into
from status_tab.storage.metering import AlertRow
from status_tab.storage.months import marks, month_totals

from .months import lines
from .pace import forecasts
from .tariffs import in_force, list_tariffs
from .thresholds import AskUsers, users_by_month

_STRENGTH = (AlertKind.REACHED, AlertKind.NEAR, AlertKind.PACE)


def open_alerts(session: Session, month: date) -> list[Alert]:
    """The alerts that stand in the month of *month*: one for each service, the most pressing.

    Args:
        session: The store.
        month: Any day of the month.
    """
    rows = session.execute(
        select(*AlertRow.__table__.columns)
        .where(AlertRow.month == first_of(month), AlertRow.withdrawn.is_(None))
        .order_by(AlertRow.service, AlertRow.threshold.desc())
    ).mappings()
    found = [Alert(**{**row, "kind": AlertKind(row["kind"])}) for row in rows]
    return [
        min((each for each in found if each.service == service), key=lambda each: _STRENGTH.index(each.kind))
        for service in dict.fromkeys(each.service for each in found)
    ]


def watch(
    touched: Iterable[tuple[str, date]],
    *,
    work: Work,
    clock: Callable[[], datetime],
    zone: tzinfo,
    ask: AskUsers,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> None:
    """Raise the alerts that usage which was just taken in gives cause for, in the same transaction.

    While the use is below 85 % of the smallest included amount, nobody is asked for the number of users.

    Args:
        touched: Measures and months that usage was taken in for.
        work: The unit of work that took it in.
        clock: The time now.
        zone: The installation's time zone.
        ask: Where the number of users comes from (`thresholds.samples_since`).
        rule: How the figure of storage is made.
        services: The metered services.
    """
    now = clock()
    today = day_of(now, zone)
    # The month before may still be open; what is older came by a backfill and surprises nobody.
    months = {first_of(today), moved(today, -1)}
    mine: dict[date, set[str]] = {}
    for measure, month in touched:
        if month in months:
            mine.setdefault(month, set()).add(measure)
    for month in sorted(mine.keys() - marks(work.session, mine).keys()):
        concerned = [each for each in services if not mine[month].isdisjoint(m.id for m in each.measures)]
        near = _near(concerned, month, work.session)
        if near:
            users = users_by_month([month], today=today, ask=ask)[month]
            found = lines(
                month, session=work.session, today=today, zone=zone, users=users, rule=rule, services=near
            )
            settle(found, work=work, now=now)


def review(
    *,
    work: Work,
    clock: Callable[[], datetime],
    zone: tzinfo,
    ask: AskUsers,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> None:
    """Look at all services in this month: raise what is due, also for pace; withdraw what is not any more.

    For what time and the number of users change by themselves; arguments as for `watch`.
    """
    now = clock()
    today = day_of(now, zone)
    users = users_by_month([first_of(today)], today=today, ask=ask)[first_of(today)]
    found = lines(
        today, session=work.session, today=today, zone=zone, users=users, rule=rule, services=services
    )
    expected: dict[str, int | None] = {}
    if today.day > FIRST_DAYS:
        ahead = forecasts(services, session=work.session, today=today, zone=zone, rule=rule)
        expected = {id_: each.expected if each else None for id_, each in ahead.items()}
    settle(found, work=work, now=now, expected=expected)


FIRST_DAYS = 3
"""Days at the beginning of a month whose pace says too little to alert anybody."""


def settle(
    months: Sequence[ServiceMonth],
    *,
    work: Work,
    now: datetime,
    expected: Mapping[str, int | None] | None = None,
) -> None:
    """Bring the alerts of services in line with their use.

    An alert that was withdrawn and has cause again stands again; it is not raised twice.

    Args:
        months: Services, in months that are open.
        work: The unit of work.
        now: The time now.
        expected: What each service is heading for; None where pace is not looked at, and its alerts stay.
    """
    for line in months:
        wanted = due(line, (expected or {}).get(line.service.id))
        row = AlertRow
        mine = (row.service == line.service.id) & (row.month == line.month)
        known = {
            (AlertKind(kind), threshold): withdrawn
            for kind, threshold, withdrawn in work.session.execute(
                select(row.kind, row.threshold, row.withdrawn).where(mine)
            )
        }
        for kind, used in wanted.items():
            if line.included is not None and known.get((kind, line.included), now) is not None:
                _raise(line, kind, used, known=(kind, line.included) in known, work=work, now=now)
        for (kind, threshold), withdrawn in known.items():
            if withdrawn is None and not _stands(kind, threshold, line, wanted, expected is not None):
                one = mine & (row.kind == kind.value) & (row.threshold == threshold)
                work.session.execute(update(row).where(one).values(withdrawn=now))
                _audit(work, "usage.alert_withdrawn", line, kind, threshold, line.used)


def _stands(
    kind: AlertKind,
    threshold: int,
    line: ServiceMonth,
    wanted: Mapping[AlertKind, int],
    pace: bool,
) -> bool:
    if kind is AlertKind.PACE and not pace:
        return threshold == line.included and AlertKind.REACHED not in wanted
    return kind in wanted and threshold == line.included


def _raise(line: ServiceMonth, kind: AlertKind, used: int, *, known: bool, work: Work, now: datetime) -> None:
    threshold = line.included or 0
    statement = insert_into(AlertRow, work.session).values(
        service=line.service.id,
        month=line.month,
        kind=kind.value,
        threshold=threshold,
        used=min(used, LARGEST),  # the sum of two gauges may pass what a column holds
        raised=now,
        withdrawn=None,
    )
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["service", "month", "kind", "threshold"], set_={"withdrawn": None}
        )
    )
    if not known:
        _audit(work, "usage.alert_raised", line, kind, threshold, used)


def _audit(work: Work, action: str, line: ServiceMonth, kind: AlertKind, threshold: int, used: int) -> None:
    work.audit(
        action,
        line.service.id,
        after={
            "month": f"{line.month:%Y-%m}",
            "kind": kind.value,
            "included": threshold,
            "expected" if kind is AlertKind.PACE else "used": used,
        },
    )


def _near(services: Sequence[MeteredService], month: date, session: Session) -> list[MeteredService]:
    """Those of *services* that may be near what the tariff includes at least, by a glance at the month."""
    tariff = in_force(month, [each.tariff for each in list_tariffs(session)])
    totals = month_totals([m.id for each in services for m in each.measures], [month], session)
    near = []
    for service in services:
        said = tariff.services.get(service.id)
        most = sum(totals[m.id, month].total for m in service.measures if (m.id, month) in totals)
        if said and reach(most, said.least) is not Reach.PLAIN:
            near.append(service)
    return near
