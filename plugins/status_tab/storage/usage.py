"""Reading and writing usage: keys, raw events and day totals. Written in one transaction, the three agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, case, delete, select, tuple_
from sqlalchemy.orm import Session

from status_tab.domain.metered import Kind, Measure
from status_tab.domain.months import first_of
from status_tab.domain.usage import DayTotal, UsageEvent

from .bulk import insert_missing, insert_rows
from .dialect import insert_for
from .tables import UsageDayRow, UsageEventRow, UsageKeyRow

Key = tuple[str, str]
"""Source and id of an event: its idempotency key."""


def take_keys(contents: Mapping[Key, bytes], session: Session) -> dict[Key, int]:
    """Take the keys that nobody has taken yet.

    Args:
        contents: The fingerprint for each key.
        session: The store; two that take one key wait for each other.

    Returns:
        The numbers of the keys that were free until now.
    """
    # In one order everywhere, so that two writers cannot each wait for the other.
    keys = sorted(contents)
    taken = insert_missing(
        UsageKeyRow,
        {
            "source": [source for source, _ in keys],
            "event_id": [id_ for _, id_ in keys],
            "content": [contents[key] for key in keys],
        },
        unique=("source", "event_id"),
        returning=("source", "event_id", "number"),
        session=session,
    )
    return {(source, id_): number for source, id_, number in taken}


def release_keys(numbers: Collection[int], session: Session) -> None:
    """Give keys back that were taken in this transaction."""
    if numbers:
        session.execute(delete(UsageKeyRow).where(UsageKeyRow.number.in_(numbers)))


def fingerprints_of(keys: Collection[Key], session: Session) -> dict[Key, bytes]:
    """The fingerprints that stand for those of *keys* that are taken."""
    if not keys:
        return {}
    rows = session.execute(
        select(UsageKeyRow.source, UsageKeyRow.event_id, UsageKeyRow.content).where(
            tuple_(UsageKeyRow.source, UsageKeyRow.event_id).in_(keys)
        )
    )
    return {(source, id_): content for source, id_, content in rows}


def write_events(
    dated: Sequence[tuple[date, UsageEvent]],
    numbers: Mapping[Key, int],
    received: datetime,
    session: Session,
) -> None:
    """Keep events as they came in.

    Args:
        dated: The events with the day that each belongs to; their months have partitions.
        numbers: The numbers of their keys.
        received: When they came.
        session: The store.
    """
    events = [event for _, event in dated]
    insert_rows(
        UsageEventRow,
        {
            "month": [first_of(day) for day, _ in dated],
            "key": [numbers[event.key] for event in events],
            "time": [event.time for event in events],
            "service": [event.service for event in events],
            "value": [event.value for event in events],
            "subject": [event.subject for event in events],
            "received": [received] * len(events),
        },
        session,
    )


def add_to_days(
    days: Mapping[tuple[str, date], DayTotal], measures: Mapping[str, Measure], session: Session
) -> None:
    """Add what new events come to (`add_up`) to the day totals."""
    rows: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in Kind}
    for (service, day), total in sorted(days.items(), key=lambda entry: entry[0]):
        rows[measures[service].kind].append(
            {"service": service, "day": day, "total": total.total, "events": total.events, "last": total.last}
        )
    for kind in Kind:
        if rows[kind]:
            session.execute(_upsert(kind, session.get_bind().dialect.name), rows[kind])


@lru_cache(maxsize=8)  # it takes a millisecond to put together, and is the same every time
def _upsert(kind: Kind, dialect: str) -> Insert:
    statement = insert_for(UsageDayRow, dialect)
    new, old = statement.excluded, UsageDayRow
    later = (new.last > old.last) | ((new.last == old.last) & (new.total > old.total))
    return statement.on_conflict_do_update(
        index_elements=["service", "day"],
        set_={
            "total": old.total + new.total
            if kind is Kind.COUNTER
            else case((later, new.total), else_=old.total),
            "events": old.events + new.events,
            "last": case((new.last > old.last, new.last), else_=old.last),
        },
    )
