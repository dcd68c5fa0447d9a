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
from .domain.usage import BACK
from .schemas.usage import USAGE_TYPE

FILES = Path(__file__).parent / "demo_files"

SO_FAR = {"mailings": 12_840, "customer-center-logins": 412, "chat-sessions": 688, "form-submissions": 203}
"""What this month has counted until now."""
BEFORE = {"mailings": 480, "customer-center-logins": 16, "chat-sessions": 27, "form-submissions": 8}
"""What an ordinary day of last month counted."""
STORED = {"storage.database": 22_900_000_000, "storage.documents": 8_300_000_000}
"""Bytes that are stored now: 31.2 GB."""
GROWTH = BYTES_PER_GB // 20
"""Bytes by which each part was smaller a day earlier."""


def commands(folder: Path) -> list[list[str]]:
    """Write the demo's files to *folder* and say how they are loaded, relative to now."""
    now, zone = current_host.clock(), ZoneInfo(current_host.installation_timezone)
    installation, usage = folder / "installation.json", folder / "usage.ndjson"
    shutil.copyfile(FILES / "installation.json", installation)
    with usage.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in usage_events(now, zone))
    return [
        ["status", "load-installation", str(installation)],
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
    first = today.replace(day=1)
    day = (now - BACK).astimezone(zone).date() + timedelta(days=1)
    while day <= today:
        moment = min(datetime(day.year, day.month, day.day, 8, tzinfo=zone).astimezone(UTC), now)
        if moment.astimezone(zone).date() != day:  # now is before 8 o'clock, in the first moments of the day
            moment = now
        for service, total in SO_FAR.items():
            value = _share(total, day, first, today) if day >= first else BEFORE[service] * _weight(day) // 5
            yield _event(day, service, value, moment)
        for service, stored in STORED.items():
            yield _event(day, service, stored - (today - day).days * GROWTH, moment)
        day += timedelta(days=1)


def _weight(day: date) -> int:
    """How busy a day is: a weekend is quiet."""
    return 1 if day.weekday() >= 5 else 6


def _share(total: int, day: date, first: date, today: date) -> int:
    """The part of *total* that falls on *day*, so that the days from *first* to *today* add up to it."""
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    weights = [_weight(each) for each in days]
    until = sum(weights[: days.index(day) + 1])
    before = until - _weight(day)
    return total * until // sum(weights) - total * before // sum(weights)


def _event(day: date, service: str, value: int, moment: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{day.isoformat()}/{service}",
        "source": "urn:tabhost:demo",
        "type": USAGE_TYPE,
        "time": moment.isoformat(),
        "data": {"service": service, "value": value},
    }
