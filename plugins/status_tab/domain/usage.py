"""What a usage event is, when it is accepted, and what it adds to (formats.md 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from json.encoder import encode_basestring_ascii as _quoted

from .metered import LARGEST, MEASURES, Kind, Measure

AHEAD = timedelta(minutes=5)
"""How far an event's time may lie ahead of ours: clocks differ."""
BACK = timedelta(days=35)
"""How far back an event is taken without asking; older ones go through a backfill."""
BACKFILL_FROM = datetime(1970, 1, 1, tzinfo=UTC)
"""The earliest time a backfill takes; before it a time is a mistake."""


class Outcome(StrEnum):
    """What became of one event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageEvent:
    """One usage event that has the right form.

    Args:
        source: Who sent it; with ``id`` the idempotency key.
        id: Its name at the source.
        time: When the use happened, in UTC.
        service: Id of a measure, lower case.
        value: Counter: how many more; gauge: how much now (bytes for storage).
        subject: Who or what used it; "" if not told.
    """

    source: str
    id: str
    time: datetime
    service: str
    value: int
    subject: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The idempotency key."""
        return self.source, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one item of a file or request.

    Args:
        place: Where it stood, such as ``line 7`` or ``item 3``.
        outcome: What became of it.
        id: The event's own id; "" if it has none that can be read.
        reason: Why it is in conflict or rejected, and what was expected; "" otherwise.
    """

    place: str
    outcome: Outcome
    id: str = ""
    reason: str = ""


@dataclass(slots=True)
class DayTotal:
    """What some events of one day add up to for one measure.

    Args:
        total: Counter: their sum; gauge: the value of the latest.
        events: How many there were.
        last: Time of the latest.
    """

    total: int
    events: int
    last: datetime


def fingerprint(event: UsageEvent) -> bytes:
    """The 32 bytes that tell whether two events with one key have the same content.

    Only what is counted goes in, in one spelling, so that a retry through another program that writes
    the time in another zone or adds a trace attribute is still the same event.
    """
    moment = event.time if event.time.tzinfo is UTC else event.time.astimezone(UTC)
    time = moment.isoformat()
    service, subject = _quoted(event.service), _quoted(event.subject)
    # A JSON array, put together by hand: the encoder takes five times as long to begin.
    return hashlib.sha256(f'["{time}", {service}, {event.value}, {subject}]'.encode()).digest()


def refusal(
    event: UsageEvent,
    *,
    now: datetime,
    backfill: bool,
    measures: Mapping[str, Measure] = MEASURES,
    recorder: str = "",
) -> str:
    """Why *event* is not taken, or "" if it is.

    Args:
        event: An event of the right form.
        now: The time now, aware.
        backfill: Whether events older than 35 days are taken.
        measures: What is counted.
        recorder: Id of the plugin that counted it; "" for a person or program, who may count everything.
    """
    if event.service not in measures:
        return f"data.service: no such service; expected one of {', '.join(measures)}"
    measure = measures[event.service]
    if measure.plugin and recorder not in ("", measure.plugin):  # it would be on the neighbour's invoice
        return f"data.service: {measure.id} is counted by {measure.plugin} alone, not by {recorder}"
    if measure.changed:
        return (
            f"data.service: {measure.id} was counted as a {measure.kind} and is declared as a "
            f"{measure.changed} now, which needs another id; {measure.plugin} has to give it one"
        )
    if event.value < 0:
        return "data.value: must be 0 or more"
    if event.value > LARGEST:
        return f"data.value: must be {LARGEST} or less"
    if event.time > now + AHEAD:
        return "time: lies more than 5 minutes ahead"
    if backfill:
        return "" if event.time >= BACKFILL_FROM else "time: lies before 1970"
    if event.time < now - BACK:
        return "time: lies more than 35 days back; such events are taken by a backfill only"
    return ""


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day that *moment* belongs to in *zone*, the installation's time zone."""
    return moment.astimezone(zone).date()


def add_up(
    events: Iterable[tuple[date, UsageEvent]], measures: Mapping[str, Measure] = MEASURES
) -> dict[tuple[str, date], DayTotal]:
    """What *events* add up to, by measure and day.

    The answer does not depend on the order of the events: of two gauge values at one time the larger counts.

    Args:
        events: The events, with the day that each belongs to (`day_of`).
        measures: What is counted.
    """
    days: dict[tuple[str, date], DayTotal] = {}
    for date_, event in events:
        key = (event.service, date_)
        day = days.get(key)
        if day is None:
            days[key] = DayTotal(event.value, 1, event.time)
            continue
        day.events += 1
        if measures[event.service].kind is Kind.COUNTER:
            day.total += event.value
        elif (event.time, event.value) > (day.last, day.total):
            day.total = event.value
        day.last = max(day.last, event.time)
    return days
