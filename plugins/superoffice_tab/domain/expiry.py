"""Days until a date, counted in the installation's zone (domain.md 1.2, 1.5)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def today(now: datetime, timezone: str) -> date:
    """The calendar day of *now* (aware) in the zone named *timezone*."""
    return now.astimezone(ZoneInfo(timezone)).date()


def days_left(expiry: date, day: date) -> int:
    """Days from *day* to *expiry*: 0 on the day itself, negative once past."""
    return (expiry - day).days
