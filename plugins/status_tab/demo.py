"""The demo company's part of the Status tab: files and commands.

It comes in by the same doors as anything else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from host.api import current_host

from .domain.metered import BYTES_PER_GB
from .domain.months import days_of, first_of, moved
from .domain.usage import BACK
from .schemas.usage import USAGE_TYPE

FILES = Path(__file__).parent / "demo_files"

PAST = {
    "mailings": (8_400, 73_000, 14_200, 9_800, 30_600, 22_600, 3_900, 8_400, 11_700, 30_500, 14_900),
    "customer-center-logins": (388, 421, 395, 440, 462, 431, 297, 305, 402, 455, 448),
    "chat-sessions": (702, 655, 641, 728, 690, 715, 480, 502, 688, 741, 731),
    "form-submissions": (171, 188, 196, 240, 215, 223, 134, 151, 209, 231, 218),
}
"""What the eleven months before this one counted, oldest first."""
SO_FAR = {"mailings": 12_840, "customer-center-logins": 412, "chat-sessions": 688, "form-submissions": 203}
"""What this month has counted until now."""
ENDS = (13, 11, 18, 13, 15, 12, 17, 14, 10, 15, 13)
"""How busy the last week of those months was, in tenths of the other weeks: no two months go alike."""
LAST_WEEK = 24
"""The day that it begins on."""
STORED = {"storage.database": 22_900_000_000, "storage.documents": 8_300_000_000}
"""Bytes that have been stored since this month began: 31.2 GB."""
GROWTH = BYTES_PER_GB // 100
"""Bytes by which each part grew a day before that."""


def commands(folder: Path) -> list[list[str]]:
    """Write the demo's files to *folder* and say how they are loaded, relative to now."""
    now, zone = current_host.clock(), ZoneInfo(current_host.installation_timezone)
    installation, history = folder / "installation.json", folder / "history.ndjson"
    usage = folder / "usage.ndjson"
    shutil.copyfile(FILES / "installation.json", installation)
    for path, events in ((history, old_events(now, zone)), (usage, usage_events(now, zone))):
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)
    return [
        ["status", "load-installation", str(installation)],
        ["status", "ingest", "--backfill", str(history)],
        ["status", "ingest", str(usage)],
        *(_add_event(event, now, zone) for event in json.loads((FILES / "events.json").read_text("utf-8"))),
    ]


def _add_event(event: dict[str, Any], now: datetime, zone: ZoneInfo) -> list[str]:
    """One event as a command, with its times seen from now."""
    moments = {name: _moment(event[name], now, zone) for name in ("starts", "finished") if name in event}
    weekday = f"{moments['finished'].astimezone(zone):%A}" if "finished" in moments else ""
    arguments = ["status", "add-event"]
    for option, value in event.items():
        if value is True:
            arguments.append(f"--{option}")
        elif option in moments:
            arguments += [f"--{option}", moments[option].isoformat()]
        else:
            arguments += [f"--{option}", str(value).replace("{weekday}", weekday)]
    return arguments


def _moment(told: int | str, now: datetime, zone: ZoneInfo) -> datetime:
    """``-40``: minutes from now, to five minutes; ``+2 16:00``: a time of day, days from today."""
    if isinstance(told, int):
        return now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + timedelta(minutes=told)
    days, clock = told.split()
    day = now.astimezone(zone).date() + timedelta(days=int(days))
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def usage_events(now: datetime, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Usage of this month and of the part of the last that is not too old, one event a day for each measure.

    Args:
        now: The time now.
        zone: The installation's time zone.
    """
    today = now.astimezone(zone).date()
    yield from _events(_newer(now, zone), today, now, zone)


def old_events(now: datetime, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """The same of the days before those, back to the first of the twelve months: for a backfill."""
    first = moved(now.astimezone(zone).date(), -len(ENDS))
    yield from _events(first, _newer(now, zone) - timedelta(days=1), now, zone)


def _newer(now: datetime, zone: ZoneInfo) -> date:
    """The first day that is taken in without a backfill (formats.md 3)."""
    return (now - BACK).astimezone(zone).date() + timedelta(days=1)


def _events(day: date, last: date, now: datetime, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    today = now.astimezone(zone).date()
    while day <= last:
        moment = min(datetime(day.year, day.month, day.day, 8, tzinfo=zone).astimezone(UTC), now)
        if moment.astimezone(zone).date() != day:  # now is before 8 o'clock, in the first moments of the day
            moment = now
        for service in SO_FAR:
            yield _event(day, service, _share(service, day, today), moment)
        for service, stored in STORED.items():
            grown = max(0, (first_of(today) - day).days) * GROWTH
            yield _event(day, service, stored - grown, moment)
        day += timedelta(days=1)


def _share(service: str, day: date, today: date) -> int:
    """The part of a month's figure that falls on *day*, so that all days of the month add up to it."""
    back = (today.year - day.year) * 12 + today.month - day.month
    total = PAST[service][-back] if back else SO_FAR[service]
    weights = [_weight(each, ENDS[-back] if back else 10) for each in days_of(day, today)]
    until = sum(weights[: day.day])
    before = until - weights[day.day - 1]
    return total * until // sum(weights) - total * before // sum(weights)


def _weight(day: date, end: int) -> int:
    """How busy a day is: a weekend is quiet, and *end* says how the last week is."""
    return (1 if day.weekday() >= 5 else 6) * (end if day.day >= LAST_WEEK else 10)


def _event(day: date, service: str, value: int, moment: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{day.isoformat()}/{service}",
        "source": "urn:tabhost:demo",
        "type": USAGE_TYPE,
        "time": moment.isoformat(),
        "data": {"service": service, "value": value},
    }
