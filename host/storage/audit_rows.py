"""Reading the audit log: piece by piece for those who look, and as it is stored for those who check it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from host.api.values import JsonValue
from host.domain.audit import AuditEntry, Link

from .models import AuditRow

PIECE = 5_000
OFFERED = 5_000
"""So many of the newest entries are looked through for names to choose from."""
_ENTRY = (
    AuditRow.at, AuditRow.actor, AuditRow.plugin, AuditRow.action, AuditRow.subject,
    cast(AuditRow.before, Text), cast(AuditRow.after, Text), AuditRow.outbox_id, AuditRow.origin,
)  # fmt: skip
_RAW = (
    "SELECT id, previous, {at}, actor, plugin, action, subject, {before}, {after}, outbox_id, origin, hash "
    "FROM host_audit ORDER BY id"
)
_SQLITE = _RAW.format(at="at", before="CAST(before AS TEXT)", after="CAST(after AS TEXT)")
_POSTGRESQL = _RAW.format(
    at="to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    before="before::text",
    after="after::text",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries to find; "" and None take all.

    Args:
        actor: Who acted, in any case.
        action: What was done, or with a dot at its end all of an area.
        plugin: Whose words they are.
        subject: Some text that the subject has in it, in any case.
        since: The first moment.
        until: The moment after the last.
        below: The number that they are below; None for the newest.
        above: The number that they are above.
    """

    actor: str = ""
    action: str = ""
    plugin: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    below: int | None = None
    above: int | None = None


def find_links(session: Session, wanted: Wanted, *, limit: int, oldest_first: bool = False) -> list[Link]:
    """Entries that are *wanted*, the newest first, or the oldest.

    Args:
        limit: How many at most.
    """
    order = AuditRow.id.asc() if oldest_first else AuditRow.id.desc()
    query = _where(select(AuditRow.id, AuditRow.previous, AuditRow.hash, *_ENTRY), wanted)
    return [_link(row) for row in session.execute(query.order_by(order).limit(limit))]


def numbers_between(session: Session, wanted: Wanted) -> tuple[int, int] | None:
    """The first and the last number of what is *wanted*; None for nothing."""
    first, last = session.execute(_where(select(func.min(AuditRow.id), func.max(AuditRow.id)), wanted)).one()
    return None if first is None else (first, last)


def link(session: Session, number: int) -> Link | None:
    """The entry with that number."""
    query = select(AuditRow.id, AuditRow.previous, AuditRow.hash, *_ENTRY).where(AuditRow.id == number)
    row = session.execute(query).one_or_none()
    return None if row is None else _link(row)


def actors(session: Session) -> list[str]:
    """Who stands in the newest entries, by name."""
    return sorted(session.scalars(select(_newest(AuditRow.actor).c.actor).distinct()))


def actions(session: Session) -> list[tuple[str, str]]:
    """What was done in the newest entries: plugin and action, by name."""
    newest = _newest(AuditRow.plugin, AuditRow.action)
    return sorted((row.plugin, row.action) for row in session.execute(select(newest).distinct()))


def _newest(*columns: Any) -> Any:
    """Some columns of the newest entries: a page must not look through all of a log for what to offer."""
    return select(*columns).order_by(AuditRow.id.desc()).limit(OFFERED).subquery()


def _where(query: Any, wanted: Wanted) -> Any:
    if wanted.actor:
        # SQLite's `lower` knows ASCII only.
        folded = func.lower(AuditRow.actor) == wanted.actor.lower()
        query = query.where(or_(folded, AuditRow.actor == wanted.actor))
    if wanted.action.endswith("."):
        query = query.where(AuditRow.action.startswith(wanted.action, autoescape=True))
    elif wanted.action:
        query = query.where(AuditRow.action == wanted.action)
    if wanted.plugin:
        query = query.where(AuditRow.plugin == wanted.plugin)
    if wanted.subject:
        query = query.where(AuditRow.subject.icontains(wanted.subject, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditRow.at < wanted.until)
    if wanted.below is not None:
        query = query.where(AuditRow.id < wanted.below)
    if wanted.above is not None:
        query = query.where(AuditRow.id > wanted.above)
    return query


def _link(row: Any) -> Link:
    number, previous, hash_, at, actor, plugin, action, subject, before, after, outbox_id, origin = row
    states = (_state(before), _state(after))
    entry = AuditEntry(at, actor, plugin, action, subject, *states, outbox_id, origin)
    return Link(number=number, previous=previous, hash=hash_, entry=entry)


def _state(stored: str | None) -> JsonValue:
    """A state from its text; one that somebody has edited may be no JSON any more, and is shown as it is."""
    try:
        return None if stored is None else json.loads(stored)
    except ValueError:
        return stored


def raw_rows(session: Session) -> Iterator[tuple[Any, ...]]:
    """The whole log as it is stored, in the order of the chain, within one moment of the database.

    Yields:
        Number, hash of the entry before, moment, actor, plugin, action, subject, before and after as text,
        outbox id, origin, hash. `stored_moment` makes of the moment what was hashed.
    """
    driver: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        yield from driver.execute(_SQLITE)
        return
    with driver.cursor(
        "host_audit"
    ) as cursor:  # kept by the server, which hands over some thousand at a time
        cursor.itersize = PIECE
        yield from cursor.execute(_POSTGRESQL)


def stored_moment(stored: str) -> str:
    """A moment as it is stored in UTC, in the form that is hashed."""
    whole = stored if len(stored) > 19 else f"{stored}.000000"
    return f"{whole[:10]}T{whole[11:]}Z"
