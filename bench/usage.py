"""Usage events for a benchmark: batches of a thousand, as JSON and as rows."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

BATCH = 1_000
COUNTERS = ("mailings", "customer-center-logins", "chat-sessions", "form-submissions")
SOURCES = 4
SPREAD = timedelta(days=2)
"""How far apart the times of a batch lie."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event as a hand-written program would have it before it writes it.

    Args:
        source: Who sent it.
        id: Its name there.
        time: When the use happened.
        service: What was used.
        value: How many.
    """

    source: str
    id: str
    time: datetime
    service: str
    value: int

    @property
    def content(self) -> bytes:
        """32 bytes that tell whether two events of one key have the same content."""
        return hashlib.sha256(f"{self.time.isoformat()} {self.service} {self.value}".encode()).digest()

    @property
    def month(self) -> date:
        """First day of its month in UTC."""
        return self.time.date().replace(day=1)


def batch(number: int, now: datetime) -> list[Row]:
    """The events of one batch, no two of one id; the same for the same *number*."""
    dice = random.Random(number)
    rows = []
    for place in range(BATCH):
        id_ = f"{number:05}-{place:04}"
        time = now - timedelta(seconds=dice.randrange(int(SPREAD.total_seconds())))
        source, service = f"urn:bench:{place % SOURCES}", COUNTERS[place % len(COUNTERS)]
        rows.append(Row(source, id_, time, service, dice.randrange(1, 6)))
    return rows


def body(rows: list[Row]) -> bytes:
    """The batch as CloudEvents."""
    return json.dumps([_event(row) for row in rows]).encode()


def _event(row: Row) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": row.id,
        "source": row.source,
        "type": "tabhost.usage.recorded",
        "time": row.time.astimezone(UTC).isoformat(),
        "data": {"service": row.service, "value": row.value},
    }


def add_up(rows: list[Row]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What they come to by day, and by month: (service, first day, total, events, last)."""
    days: dict[tuple[str, date], list[Any]] = {}
    for row in rows:
        _add(days, (row.service, row.time.date()), row.value, 1, row.time)
    months: dict[tuple[str, date], list[Any]] = {}
    for (service, day), (total, events, last) in days.items():
        _add(months, (service, day.replace(day=1)), total, events, last)
    return [(*key, *sums) for key, sums in sorted(days.items())], [
        (*key, *sums) for key, sums in sorted(months.items())
    ]


def _add(
    sums: dict[tuple[str, date], list[Any]], key: tuple[str, date], value: int, number: int, last: datetime
) -> None:
    known = sums.get(key)
    if known is None:
        sums[key] = [value, number, last]
        return
    known[0] += value
    known[1] += number
    known[2] = max(known[2], last)
