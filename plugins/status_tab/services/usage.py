"""Reading what the metered services have been used for."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from status_tab.domain.metered import MEASURES, METERED_SERVICES, Kind, MeteredService
from status_tab.storage.tables import UsageDayRow


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """What one metered service has been used for in a month.

    Args:
        service: The service.
        used: Counter: how many so far; storage: bytes at last sight.
    """

    service: MeteredService
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUse:
    """What the metered services have been used for in a month, up to a day.

    Args:
        first: The first day of the month.
        day: The day of the month it is.
        days: The days that the month has.
        services: The use, in the order of the list; empty while nothing has ever been counted.
    """

    first: date
    day: int
    days: int
    services: tuple[ServiceUse, ...]


def month_use(session: Session, *, today: date) -> MonthUse:
    """What has been used in the month of *today*, a day in the installation's time zone, up to that day.

    Storage stays what it was until it is measured again, also over the turn of a month.
    """
    first = today.replace(day=1)
    used = _counted(session, first, today) | _measured(session, today)
    services = tuple(
        ServiceUse(service, sum(used.get(measure.id, 0) for measure in service.measures))
        for service in METERED_SERVICES
    )
    return MonthUse(
        first=first,
        day=today.day,
        days=calendar.monthrange(today.year, today.month)[1],
        services=services if used or _anything(session) else (),
    )


def _ids(kind: Kind) -> list[str]:
    return [measure.id for measure in MEASURES.values() if measure.kind is kind]


def _counted(session: Session, first: date, last: date) -> dict[str, int]:
    rows = session.execute(
        select(UsageDayRow.service, func.sum(UsageDayRow.total))
        .where(UsageDayRow.service.in_(_ids(Kind.COUNTER)), UsageDayRow.day.between(first, last))
        .group_by(UsageDayRow.service)
    )
    return {service: int(total) for service, total in rows}


def _measured(session: Session, last: date) -> dict[str, int]:
    latest = (
        select(UsageDayRow.service, func.max(UsageDayRow.day).label("day"))
        .where(UsageDayRow.service.in_(_ids(Kind.GAUGE)), UsageDayRow.day <= last)
        .group_by(UsageDayRow.service)
        .subquery()
    )
    rows = session.execute(
        select(UsageDayRow.service, UsageDayRow.total).join(
            latest, and_(UsageDayRow.service == latest.c.service, UsageDayRow.day == latest.c.day)
        )
    )
    return dict(rows.all())


def _anything(session: Session) -> bool:
    return session.execute(select(UsageDayRow.service).limit(1)).first() is not None
