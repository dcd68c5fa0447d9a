"""Months and days of the installation's calendar, and how a month's figure is made (formats.md 6)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

GRACE = timedelta(days=3)
"""How long after its end a month is closed (formats.md 6)."""


class Rule(StrEnum):
    """How the figure of a month is made of what came in (formats.md 6)."""

    SUM = "sum"
    """Counters: the sum of the month."""
    AVERAGE = "average"
    """Gauges: the average over time of the last known value."""
    PEAK = "peak"
    """Gauges: the highest day, a day being what its parts reached on it, added up."""
    LATEST = "latest"
    """Gauges: the last known value."""


STORAGE_RULES = (Rule.AVERAGE, Rule.PEAK, Rule.LATEST)
"""What the setting ``storage_rule`` can say."""


@lru_cache(maxsize=4096)  # asked for every event of a batch
def first_of(day: date) -> date:
    """The first day of the month that *day* is in."""
    return day.replace(day=1)


def moved(month: date, by: int) -> date:
    """The first day of the month that lies *by* months after (or before) that of *month*."""
    year, number = divmod(month.year * 12 + month.month - 1 + by, 12)
    return date(year, number + 1, 1)


def length(month: date) -> int:
    """How many days the month of *month* has."""
    return calendar.monthrange(month.year, month.month)[1]


def last_of(month: date) -> date:
    """The last day of the month that *month* is in."""
    return month.replace(day=length(month))


def up_to(last: date, number: int) -> list[date]:
    """The first days of the *number* months that end with the month of *last*, oldest first."""
    return [moved(last, -back) for back in range(number - 1, -1, -1)]


def days_of(month: date, until: date) -> list[date]:
    """The days of the month of *month*, up to and with *until*; none while it has not begun."""
    first = first_of(month)
    number = min((until - first).days + 1, length(month))
    return [first + timedelta(days=day) for day in range(number)]


@lru_cache(maxsize=4096)  # a year of days is walked through for every picture of storage
def start_of(day: date, zone: tzinfo) -> datetime:
    """The moment at which *day* begins in *zone*, in UTC. A day has 23 or 25 hours when clocks change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def end_of(day: date, zone: tzinfo) -> datetime:
    """The moment at which *day* is over in *zone*, in UTC: that at which the next one begins."""
    return start_of(day + timedelta(days=1), zone)


def bounds(month: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """When the month of *month* begins, and when the next one does."""
    return start_of(first_of(month), zone), start_of(moved(month, 1), zone)


def closes(month: date, zone: tzinfo) -> datetime:
    """When the month of *month* is closed: three days after its end (formats.md 6)."""
    return start_of(moved(month, 1) + GRACE, zone)
