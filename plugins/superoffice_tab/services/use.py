"""How the use of a licence, and the number of users, went: what the samples say (formats.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from superoffice_tab.storage.changing import Sample, UserSample

from .denials import denied

__all__ = ["DayUse", "MonthUse", "daily", "denied", "months", "user_counts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayUse:
    """One day of a licence.

    Args:
        in_use: The highest use of the day.
        bought: How many there were; None where any number could be held.
    """

    day: date
    in_use: int
    bought: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUse:
    """One month of a licence.

    Args:
        month: Its first day.
        peak: The highest use; None where there is no sample.
        bought: How many there were at its end; None where there is no sample, or any number could be held.
    """

    month: date
    peak: int | None
    bought: int | None


def daily(owner_id: int, code: str, session: Session, *, since: date) -> list[DayUse]:
    """The samples of a licence from the day *since* on, in order."""
    query = (
        select(Sample.day, Sample.in_use, Sample.bought)
        .where(Sample.owner_id == owner_id, Sample.name == code, Sample.day >= since)
        .order_by(Sample.day)
    )
    return [DayUse(day=day, in_use=in_use, bought=bought) for day, in_use, bought in session.execute(query)]


def months(owner_id: int, code: str, session: Session, *, today: date, months: int = 12) -> list[MonthUse]:
    """The last *months* months of a licence, that of *today* last."""
    asked = list(_months(today, months))
    days: dict[date, list[DayUse]] = {month: [] for month in asked}
    for each in daily(owner_id, code, session, since=asked[0]):
        days.get(each.day.replace(day=1), []).append(each)
    return [
        MonthUse(
            month=month,
            peak=max((each.in_use for each in found), default=None),
            bought=found[-1].bought if found else None,
        )
        for month, found in days.items()
    ]


def user_counts(session: Session, since: date) -> list[tuple[date, int]]:
    """How many users there were, by day, from the day *since* on; days without a sample are missing."""
    query = select(UserSample.day, UserSample.users).where(UserSample.day >= since).order_by(UserSample.day)
    return [(day, users) for day, users in session.execute(query)]


def _months(today: date, number: int) -> Iterator[date]:
    """The first days of the last *number* months, oldest first."""
    for back in range(number - 1, -1, -1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield date(year, month + 1, 1)
