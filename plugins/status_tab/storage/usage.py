"""Reading and writing usage: keys, raw events and day totals. Written in one transaction, the three agree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Insert, Table, case, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from status_tab.domain.metered import Kind, Measure
from status_tab.domain.usage import DayTotal, UsageEvent

from .dialect import insert_into
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
    if not contents:
        return {}
    # In one order everywhere, so that two writers cannot each wait for the other.
    rows = [
        {"source": source, "event_id": id_, "content": contents[source, id_]}
        for source, id_ in sorted(contents)
    ]
    statement = (
        insert_into(UsageKeyRow, session)
        .on_conflict_do_nothing(index_elements=["source", "event_id"])
        .returning(UsageKeyRow.source, UsageKeyRow.event_id, UsageKeyRow.number)
    )
    return {(source, id_): number for source, id_, number in session.execute(statement, rows)}


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
    events: Iterable[UsageEvent], numbers: Mapping[Key, int], received: datetime, session: Session
) -> None:
    """Keep *events* as they came in, under the *numbers* of their keys."""
    rows = [
        {
            "key": numbers[event.key],
            "time": event.time,
            "service": event.service,
            "value": event.value,
            "subject": event.subject,
            "received": received,
        }
        for event in events
    ]
    if rows:
        # The table, not the class: nobody needs objects of these, and a thousand rows take half the time.
        session.execute(insert(cast("Table", UsageEventRow.__table__)), rows)


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
            session.execute(_upsert(kind, session), rows[kind])


def _upsert(kind: Kind, session: Session) -> Insert:
    statement = insert_into(UsageDayRow, session)
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
