"""Alerts: raised in the transaction that crosses a threshold, withdrawn when that rises above the use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import Work
from status_tab.domain.alerts import Alert, AlertKind
from status_tab.domain.installation import Reach, reach
from status_tab.domain.metered import METERED_SERVICES, MeteredService
from status_tab.domain.months import Rule, first_of, moved
from status_tab.domain.tariff import said_of
from status_tab.domain.usage import day_of
from status_tab.storage.dialect import insert_into
from status_tab.storage.metering import AlertRow, PaceLookRow
from status_tab.storage.months import marks, month_totals

from .months import lines
from .pace import forecasts
from .settling_alerts import settle
from .tariffs import in_force, list_tariffs
from .thresholds import AskUsers, users_by_month

FIRST_DAYS = 3
"""Days at the beginning of a month whose pace says too little to alert anybody."""
PACE_EVERY = timedelta(minutes=5)
"""How often usage that comes in has somebody look where its service is heading."""
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

    While the use is below 85 % of the smallest included amount, and is not heading above it, nobody is asked
    for the number of users. Where a service is heading is looked at once in `PACE_EVERY`.

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
        least = _least(concerned, month, work.session)
        expected: dict[str, int | None] = {}
        if month == first_of(today) and today.day > FIRST_DAYS:
            expected = _heading(
                concerned, least, session=work.session, now=now, today=today, zone=zone, rule=rule
            )
        near = _near(concerned, month, least, work.session)
        looked_at = [each for each in concerned if each in near or each.id in expected]
        if not looked_at:
            continue
        users = users_by_month([month], today=today, ask=ask)[month]
        found = lines(
            month, session=work.session, today=today, zone=zone, users=users, rule=rule, services=looked_at
        )
        ahead = [line for line in found if line.service.id in expected]
        settle(ahead, work=work, now=now, expected=expected)
        settle([line for line in found if line not in ahead], work=work, now=now)


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
        expected = _expected(services, session=work.session, today=today, zone=zone, rule=rule)
    settle(found, work=work, now=now, expected=expected)


def _expected(
    services: Sequence[MeteredService], *, session: Session, today: date, zone: tzinfo, rule: Rule
) -> dict[str, int | None]:
    """What *services* are heading for, by id; None where nothing can be said."""
    ahead = forecasts(services, session=session, today=today, zone=zone, rule=rule)
    return {id_: each.expected if each else None for id_, each in ahead.items()}


def _heading(
    services: Sequence[MeteredService],
    least: Mapping[str, int],
    *,
    session: Session,
    now: datetime,
    today: date,
    zone: tzinfo,
    rule: Rule,
) -> dict[str, int | None]:
    """What those of *services* are heading for that nobody looked at lately, where an alert may change."""
    ids = [each.id for each in services]
    row, alert = PaceLookRow, AlertRow
    fresh = select(row.service).where(row.service.in_(ids), row.looked > now - PACE_EVERY)
    seen = set(session.scalars(fresh))
    waiting = [each for each in services if each.id not in seen]
    if not waiting:
        return {}
    expected = _expected(waiting, session=session, today=today, zone=zone, rule=rule)
    note = insert_into(row, session).values([{"service": each.id, "looked": now} for each in waiting])
    session.execute(note.on_conflict_do_update(index_elements=["service"], set_={"looked": now}))
    standing = select(alert.service).where(
        alert.service.in_(ids),
        alert.month == first_of(today),
        alert.kind == AlertKind.PACE.value,
        alert.withdrawn.is_(None),
    )
    alerted = set(session.scalars(standing))
    return {
        id_: said
        for id_, said in expected.items()
        if id_ in alerted or (said is not None and id_ in least and said > least[id_])
    }


def _least(services: Sequence[MeteredService], month: date, session: Session) -> dict[str, int]:
    """What the tariff includes at least, by service; those that it says nothing of are missing."""
    tariff = in_force(month, [each.tariff for each in list_tariffs(session)])
    said = {each.id: said_of(each, tariff)[0] for each in services}
    return {id_: each.least for id_, each in said.items() if each}


def _near(
    services: Sequence[MeteredService], month: date, least: Mapping[str, int], session: Session
) -> list[MeteredService]:
    """Those of *services* that may be near what is included, by a glance at the month."""
    totals = month_totals([m.id for each in services for m in each.measures], [month], session)
    near = []
    for service in services:
        most = sum(totals[m.id, month].total for m in service.measures if (m.id, month) in totals)
        if service.id in least and reach(most, least[service.id]) is not Reach.PLAIN:
            near.append(service)
    return near
