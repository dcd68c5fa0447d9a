"""What the tests of metering share: sending usage, reading it back, and adding it up the slow way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from status_tab.domain.billing import ServiceMonth
from status_tab.domain.months import Rule
from status_tab.services.files import Item
from status_tab.services.ingest import ingest
from status_tab.services.months import lines
from status_tab.services.thresholds import month_users
from status_tab.storage.tables import UsageEventRow

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 24, 12, 31, tzinfo=UTC)
GB = 10**9


def event(id_: str = "1", **changes: Any) -> dict[str, Any]:
    """A usage event; ``service``, ``value`` and ``time`` can be given like any attribute."""
    data = {"service": changes.pop("service", "mailings"), "value": changes.pop("value", 10)}
    time = changes.pop("time", NOW)
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "urn:test",
        "type": "tabhost.usage.recorded",
        "time": time.isoformat() if isinstance(time, datetime) else time,
        "data": data,
        **changes,
    }


def send(work: Any, *events: Any, now: datetime = NOW, zone: tzinfo = OSLO, **options: Any) -> list[str]:
    """Send *events* as one batch; what became of each."""
    items = [Item(f"item {number}", content) for number, content in enumerate(events, start=1)]
    answers = ingest(items, work=work, clock=lambda: now, zone=zone, backfill=True, **options)
    return [answer.outcome.value for answer in answers]


def used(session: Any, today: date, zone: tzinfo = OSLO) -> list[int]:
    """What each service was used for in the month of *today*, up to that day; storage as it was last."""
    found = lines(today, session=session, today=today, zone=zone, users=None, rule=Rule.LATEST)
    return [line.used for line in found]


def staff(users: int, day: date = date(2020, 1, 1)) -> Any:
    """Somebody who says that there have been *users* users since *day*."""
    return lambda since: [(max(day, since), users)]


def month(
    work: Any,
    first: date,
    *,
    users: int | None = None,
    rule: Rule = Rule.AVERAGE,
    today: date = date(2026, 11, 24),
    zone: tzinfo = OSLO,
) -> dict[str, ServiceMonth]:
    """The services of a month, by id."""
    counted = month_users(first, today=today, samples=[] if users is None else [(first, users)])
    found = lines(first, session=work.session, today=today, zone=zone, users=counted, rule=rule)
    return {line.service.id: line for line in found}


def raw(work: Any) -> list[tuple[str, datetime, int, int]]:
    """The raw events: measure, time, value, key."""
    rows = work.session.execute(
        select(UsageEventRow.service, UsageEventRow.time, UsageEventRow.value, UsageEventRow.key)
    )
    return [tuple(row) for row in rows]


def value_at(readings: Iterable[tuple[datetime, int]], moment: datetime) -> int | None:
    """The last known value of a gauge at a moment, by looking at every reading."""
    known = [(time, value) for time, value in readings if time <= moment]
    return max(known)[1] if known else None


def average(readings: Sequence[tuple[datetime, int]], start: datetime, end: datetime) -> int:
    """The average over time of the last known value from *start* to *end*, step by step."""
    moments = sorted({start, *(time for time, _ in readings if start < time < end)})
    held = known = 0
    for begin, until in zip(moments, [*moments[1:], end], strict=True):
        value = value_at(readings, begin)
        if value is not None:
            held += value * ((until - begin) // timedelta(microseconds=1))
            known += (until - begin) // timedelta(microseconds=1)
    return held // known if known else 0
