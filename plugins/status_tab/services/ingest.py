"""Taking usage events in: each is counted once, whatever is sent again, twice, late or in another order.

Key, raw event and day total are written in one transaction, so the three always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from host.api import Work
from status_tab.domain.metered import LARGEST, MEASURES, Kind
from status_tab.domain.usage import Answer, Outcome, UsageEvent, add_up, day_of, fingerprint, refusal
from status_tab.schemas.usage import parse_batch
from status_tab.storage.dialect import take_turn
from status_tab.storage.usage import (
    Key,
    add_to_days,
    day_totals,
    fingerprints_of,
    release_keys,
    take_keys,
    write_events,
)

from .files import Item

CHUNK = 1000
"""Events that are written together."""
LONGEST_SUBJECT = 254
"""Characters of the subject of an audit row."""


def ingest(
    items: Sequence[Item],
    *,
    work: Work,
    clock: Callable[[], datetime],
    zone: tzinfo,
    backfill: bool = False,
) -> list[Answer]:
    """Take usage events in.

    Args:
        items: The entries of a file or request, as JSON held them.
        work: The unit of work; when it commits, everything accepted is durable.
        clock: The time now.
        zone: The installation's time zone, in which days are counted.
        backfill: Whether events older than 35 days are taken (formats.md 3).

    Returns:
        An answer for each item, in order.
    """
    answers: list[Answer] = []
    now = clock()
    take_turn(work.session)
    for start in range(0, len(items), CHUNK):
        chunk = items[start : start + CHUNK]
        parsed = [_checked(entry, now, backfill) for entry in parse_batch([item.content for item in chunk])]
        events = [entry for entry in parsed if isinstance(entry, UsageEvent)]
        outcomes = _count(events, work.session, now, zone)
        for item, entry in zip(chunk, parsed, strict=True):
            outcome, reason = (Outcome.REJECTED, entry) if isinstance(entry, str) else next(outcomes)
            answers.append(Answer(place=item.place, outcome=outcome, id=_id_of(item.content), reason=reason))
    return answers


def record(
    records: Sequence[Any], *, work: Work, clock: Callable[[], datetime], zone: tzinfo
) -> list[Answer]:
    """Take in what another plugin counted, as `ingest` does, and audit it if something of it counts.

    Args:
        records: CloudEvents, as JSON holds them.
        work: The unit of work.
        clock: The time now.
        zone: The installation's time zone.

    Returns:
        An answer for each record, in order.
    """
    items = [Item(f"item {number}", content) for number, content in enumerate(records, start=1)]
    answers = ingest(items, work=work, clock=clock, zone=zone)
    accepted = zip(records, answers, strict=True)
    sources = sorted({content["source"] for content, each in accepted if each.outcome is Outcome.ACCEPTED})
    if sources:
        work.audit("usage.ingested", ", ".join(sources)[:LONGEST_SUBJECT], after=counts(answers))
    return answers


def counts(answers: Iterable[Answer]) -> dict[str, int]:
    """How many items were accepted, duplicate, in conflict and rejected."""
    result = {outcome.value: 0 for outcome in Outcome}
    for answer in answers:
        result[answer.outcome.value] += 1
    return result


def _checked(entry: UsageEvent | str, now: datetime, backfill: bool) -> UsageEvent | str:
    if isinstance(entry, str):
        return entry
    return refusal(entry, now=now, backfill=backfill) or entry


def _id_of(content: Any) -> str:
    id_ = content.get("id") if isinstance(content, dict) else None
    return id_ if isinstance(id_, str) else ""


def _count(
    events: Sequence[UsageEvent], session: Session, now: datetime, zone: tzinfo
) -> Iterator[tuple[Outcome, str]]:
    """Write what is new among *events* and return, for each of them, what became of it and why."""
    firsts: dict[Key, UsageEvent] = {}
    for event in events:
        firsts.setdefault(event.key, event)
    contents = {key: fingerprint(event) for key, event in firsts.items()}
    numbers = take_keys(contents, session)
    too_much = _too_much([event for key, event in firsts.items() if key in numbers], session, zone)
    release_keys([numbers.pop(key) for key in too_much], session)

    fresh = [event for key, event in firsts.items() if key in numbers]
    write_events(fresh, numbers, now, session)
    add_to_days(add_up(fresh, zone), session)

    contents.update(fingerprints_of(contents.keys() - numbers.keys() - too_much, session))
    return iter([_outcome(event, firsts, numbers, contents, too_much) for event in events])


def _outcome(
    event: UsageEvent,
    firsts: dict[Key, UsageEvent],
    numbers: dict[Key, int],
    contents: dict[Key, bytes],
    too_much: set[Key],
) -> tuple[Outcome, str]:
    if event.key in too_much:
        return Outcome.REJECTED, f"data.value: the sum of the month would pass {LARGEST}"
    if event.key in numbers and event is firsts[event.key]:
        return Outcome.ACCEPTED, ""
    if contents[event.key] == fingerprint(event):
        return Outcome.DUPLICATE, ""
    return Outcome.CONFLICT, "an event with this source and id but other content came first; that one counts"


def _too_much(events: Sequence[UsageEvent], session: Session, zone: tzinfo) -> set[Key]:
    """The keys of those counters that would take the sum of their month past what the database can hold."""
    counters = [
        (event, day_of(event.time, zone).replace(day=1))
        for event in events
        if MEASURES[event.service].kind is Kind.COUNTER
    ]
    if not counters:
        return set()
    months = [month for _, month in counters]
    last = (max(months) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    sums: dict[tuple[str, date], int] = {}
    for (service, day), total in day_totals(
        {e.service for e, _ in counters}, min(months), last, session
    ).items():
        month = (service, day.replace(day=1))
        sums[month] = sums.get(month, 0) + total
    refused: set[Key] = set()
    for event, first in counters:
        total = sums.get((event.service, first), 0) + event.value
        if total > LARGEST:
            refused.add(event.key)
        else:
            sums[event.service, first] = total
    return refused
