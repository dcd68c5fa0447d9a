"""Closing months: their figures are kept, and what arrives later changes nothing (formats.md 6)."""

from __future__ import annotations

import calendar
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from host.api import Work
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.metered import LARGEST, METERED_SERVICES, MeteredService
from status_tab.domain.months import Rule, closes, first_of, last_of, moved
from status_tab.domain.usage import day_of
from status_tab.storage.dialect import take_turn
from status_tab.storage.metering import ClosedMonthRow, MonthMarkRow, UsageMonthRow
from status_tab.storage.months import marks, month_totals
from status_tab.storage.partitions import make_partitions
from status_tab.storage.pruning import prune_month
from status_tab.storage.tables import UsageKeyRow

from .months import lines
from .thresholds import AskUsers, MonthUsers, users_by_month

MADE_AHEAD = 2
"""Months after this one whose partitions are made ahead (PostgreSQL)."""


def close_due(
    *,
    work: Work,
    clock: Callable[[], datetime],
    zone: tzinfo,
    ask: AskUsers,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> list[date]:
    """Close the months that are over for three days and not closed yet, from the first with usage on.

    Args:
        work: The unit of work: each month's figures and its mark are written in its transaction.
        clock: The time now.
        zone: The installation's time zone.
        ask: Where the number of users comes from (`thresholds.samples_since`).
        rule: How the figure of storage is made.
        services: The metered services.

    Returns:
        The first days of the months that were closed, oldest first.
    """
    now, session = clock(), work.session
    take_turn(session)  # what is being taken in is either before the mark or late
    due = due_months(session, now, zone)
    users = users_by_month(due, today=day_of(now, zone), ask=ask)
    for month in due:
        _close(month, users[month], work=work, now=now, zone=zone, rule=rule, services=services)
    return due


def make_ready(*, work: Work, clock: Callable[[], datetime], zone: tzinfo) -> None:
    """See that raw events of this month and the next ones find their partition made.

    Args:
        work: The unit of work.
        clock: The time now.
        zone: The installation's time zone.
    """
    take_turn(work.session)
    today = day_of(clock(), zone)
    make_partitions([moved(today, ahead) for ahead in range(MADE_AHEAD + 1)], work.session)


def next_closing(now: datetime, zone: tzinfo) -> datetime:
    """When the next month is to be closed, seen from *now*."""
    month = moved(day_of(now, zone), -1)
    while closes(month, zone) <= now:
        month = moved(month, 1)
    return closes(month, zone)


def prune(*, work: Work, clock: Callable[[], datetime], zone: tzinfo, months: int) -> list[date]:
    """Delete the raw events of months that were closed long ago; their figures and days stay.

    Args:
        work: The unit of work.
        clock: The time now.
        zone: The installation's time zone.
        months: How many months after its closing a month's events are kept (the setting
            ``usage_retention_months``); 0 for ever.

    Returns:
        The first days of the months whose events were deleted.
    """
    if months <= 0:
        return []
    now, session = clock(), work.session
    take_turn(session)
    known = marks(session)
    pruned = []
    for month, mark in sorted(known.items()):
        if mark.pruned or day_of(now, zone) <= _later(day_of(mark.closed, zone), months):
            continue
        following = known.get(moved(month, 1))
        deleted = prune_month(month, following.last_key if following else None, now, session, zone)
        work.audit("month.pruned", f"{month:%Y-%m}", after={"events": deleted})
        pruned.append(month)
    return pruned


def _later(day: date, months: int) -> date:
    """The same day *months* months later, or the last of that month."""
    month = moved(day, months)
    return month.replace(day=min(day.day, calendar.monthrange(month.year, month.month)[1]))


def due_months(session: Session, now: datetime, zone: tzinfo) -> list[date]:
    """The first days of the months that are to be closed at *now*, oldest first."""
    month = session.scalar(select(func.min(UsageMonthRow.month)))
    known = marks(session)
    due = []
    while month is not None and closes(month, zone) <= now:
        if month not in known:
            due.append(month)
        month = moved(month, 1)
    return due


def _close(
    month: date,
    users: MonthUsers,
    *,
    work: Work,
    now: datetime,
    zone: tzinfo,
    rule: Rule,
    services: Sequence[MeteredService],
) -> None:
    session = work.session
    totals = month_totals([m.id for each in services for m in each.measures], [month], session)
    services = [  # what a plugin that is gone was not used for is no line of this month
        each for each in services if not each.gone or any((m.id, month) in totals for m in each.measures)
    ]
    found = lines(
        month, session=session, today=last_of(month), zone=zone, users=users, rule=rule, services=services
    )
    rows = [
        _row(line, sum(totals[m.id, month].events for m in line.service.measures if (m.id, month) in totals))
        for line in found
    ]
    session.execute(insert(ClosedMonthRow), [{**row, "closed": now} for row in rows])
    last_key = session.scalar(select(func.max(UsageKeyRow.number))) or 0
    session.execute(insert(MonthMarkRow).values(month=first_of(month), closed=now, last_key=last_key))
    work.audit(
        "month.closed",
        f"{month:%Y-%m}",
        after={row["service"]: {k: row[k] for k in ("used", "packages", "price", "events")} for row in rows},
    )


def _row(line: ServiceMonth, events: int) -> dict[str, Any]:
    return {
        "service": line.service.id,
        "month": line.month,
        "used": min(line.used, LARGEST),  # of two gauges, each may be as large as the database holds
        "included": line.included,
        "packages": line.packages,
        "unit_price": str(line.unit_price),
        "price": str(line.price),
        "currency": line.currency,
        "users": line.users,
        "parts": json.dumps(line.parts),
        "rule": line.rule.value,
        "events": events,
    }
