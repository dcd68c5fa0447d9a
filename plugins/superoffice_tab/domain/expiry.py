"""Days until a date, and what a set's dates mean on a day, in the installation's zone (domain.md 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from .licences import OwnerDates


class Standing(StrEnum):
    """How an owner's licence stands, from good to bad; the values stand in the JSON API too."""

    OK = "ok"
    WARNING = "warning"
    EXPIRED = "expired"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceState:
    """What the dates of an owner's set mean on one day.

    Args:
        standing: How the licence stands.
        days_left: To the expiry date, negative once past; None where the licence never expires.
        upgrades_covered: Whether upgrades are covered that day; None where that never ends.
    """

    standing: Standing
    days_left: int | None
    upgrades_covered: bool | None


def today(now: datetime, timezone: str) -> date:
    """The calendar day of *now* (aware) in the zone named *timezone*."""
    return now.astimezone(ZoneInfo(timezone)).date()


def days_left(expiry: date, day: date) -> int:
    """Days from *day* to *expiry*: 0 on the day itself, negative once past."""
    return (expiry - day).days


def licence_state(dates: OwnerDates, day: date) -> LicenceState:
    """What *dates* mean on *day* (domain.md 1.5).

    The warning date is the first day of reminders. Expiry, grace and maintenance dates are the last good
    days; a set without a grace date has no grace after its expiry. ``read-only`` is told, here and in the
    API, and is never a reason to lock anybody out of this host.
    """
    return LicenceState(
        standing=_standing(dates, day),
        days_left=None if dates.expiry is None else days_left(dates.expiry, day),
        upgrades_covered=None if dates.maintenance is None else day <= dates.maintenance,
    )


def grace_until(dates: OwnerDates, day: date) -> date | None:
    """The last day of the grace period, where a set with *dates* is in it on *day*; None where it is not."""
    return dates.stop if _standing(dates, day) is Standing.EXPIRED else None


def _standing(dates: OwnerDates, day: date) -> Standing:
    if dates.stop is not None and day > dates.stop:
        return Standing.READ_ONLY
    if dates.expiry is None:
        return Standing.OK
    if day > dates.expiry:
        return Standing.EXPIRED
    return Standing.WARNING if dates.warning is not None and day >= dates.warning else Standing.OK
