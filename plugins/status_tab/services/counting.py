"""Counting a batch of usage events: key, raw event, day and month are written in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from sqlalchemy.orm import Session

from status_tab.domain.metered import LARGEST, Kind, Measure
from status_tab.domain.months import first_of
from status_tab.domain.usage import Outcome, UsageEvent, add_up, day_of, fingerprint
from status_tab.storage.gauges import add_readings
from status_tab.storage.months import Mark, add_to_months, by_month, marks, month_totals
from status_tab.storage.partitions import make_partitions
from status_tab.storage.usage import (
    Key,
    add_to_days,
    fingerprints_of,
    release_keys,
    take_keys,
    write_events,
)

OTHER_CONTENT = "an event with this source and id but other content came first; that one counts"
Dated = tuple[date, UsageEvent]
"""An event and the day it belongs to."""


@dataclass(slots=True)
class Counted:
    """What became of a batch.

    Args:
        outcomes: For each event, in order, what became of it and why.
        touched: The measures and months that it changed.
    """

    outcomes: list[tuple[Outcome, str]]
    touched: set[tuple[str, date]] = field(default_factory=set)


def count(
    events: Sequence[UsageEvent],
    *,
    session: Session,
    now: datetime,
    zone: tzinfo,
    measures: Mapping[str, Measure],
) -> Counted:
    """Write what is new among *events*.

    Args:
        events: Events that may be taken; those of months whose raw events were deleted are not.
        session: The store; its transaction makes everything durable together.
        now: The time now.
        zone: The installation's time zone.
        measures: What is counted.
    """
    dated = [(day_of(event.time, zone), event) for event in events]
    known = marks(session, {first_of(day) for day, _ in dated}) if dated else {}
    firsts = _firsts(dated, known)
    contents = {key: fingerprint(event) for key, (_, event) in firsts.items()}
    numbers = take_keys(contents, session)
    too_much = _too_much([firsts[key] for key in firsts if key in numbers], session, measures)
    release_keys([numbers.pop(key) for key in too_much], session)
    fresh = [firsts[key] for key in firsts if key in numbers]
    touched = _write(fresh, numbers, known, session, now, zone, measures)
    contents.update(fingerprints_of(contents.keys() - numbers.keys() - too_much, session))
    accepted = {id(event) for _, event in fresh}

    def became(day: date, event: UsageEvent) -> tuple[Outcome, str]:
        if _pruned(day, known):
            return Outcome.REJECTED, f"time: the raw events of {day:%Y-%m} were deleted; it may count already"
        if event.key in too_much:
            return Outcome.REJECTED, f"data.value: the sum of the month would pass {LARGEST}"
        if id(event) in accepted:
            return Outcome.ACCEPTED, ""
        same = contents[event.key] == fingerprint(event)
        return (Outcome.DUPLICATE, "") if same else (Outcome.CONFLICT, OTHER_CONTENT)

    return Counted([became(day, event) for day, event in dated], touched)


def _firsts(dated: Iterable[Dated], known: Mapping[date, Mark]) -> dict[Key, Dated]:
    """The first event with each key, in order of arrival; without those whose month was pruned."""
    firsts: dict[Key, Dated] = {}
    for day, event in dated:
        if not _pruned(day, known):
            firsts.setdefault(event.key, (day, event))
    return firsts


def _pruned(day: date, known: Mapping[date, Mark]) -> bool:
    mark = known.get(first_of(day)) if known else None
    return mark is not None and mark.pruned is not None


def _write(
    fresh: Sequence[Dated],
    numbers: Mapping[Key, int],
    closed: Mapping[date, Mark],
    session: Session,
    now: datetime,
    zone: tzinfo,
    measures: Mapping[str, Measure],
) -> set[tuple[str, date]]:
    """Write new events and what they add to; the measures and months that they change."""
    make_partitions({first_of(day) for day, _ in fresh}, session)
    write_events(fresh, numbers, now, session)
    gauges = [each for each in fresh if measures[each[1].service].kind is Kind.GAUGE]
    if gauges:
        add_readings(gauges, numbers, zone, session)
    days = add_up(fresh, measures)
    add_to_days(days, measures, session)
    late = [(first_of(day), event) for day, event in fresh if first_of(day) in closed] if closed else []
    months = by_month(days, late, measures)
    add_to_months(months, measures, session)
    return set(months)


def _too_much(events: Iterable[Dated], session: Session, measures: Mapping[str, Measure]) -> set[Key]:
    """The keys of those counters that would take the sum of their month past what the database can hold."""
    counters = [
        (event, first_of(day)) for day, event in events if measures[event.service].kind is Kind.COUNTER
    ]
    if not counters:
        return set()
    # Most batches stay so far below that nobody needs to look at each event.
    known = month_totals({event.service for event, _ in counters}, {month for _, month in counters}, session)
    sums = {key: month.total for key, month in known.items()}
    if max(sums.values(), default=0) + sum(event.value for event, _ in counters) <= LARGEST:
        return set()
    refused: set[Key] = set()
    for event, month in counters:
        total = sums.get((event.service, month), 0) + event.value
        if total > LARGEST:
            refused.add(event.key)
        else:
            sums[event.service, month] = total
    return refused
