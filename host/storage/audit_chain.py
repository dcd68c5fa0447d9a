"""The audit log as a chain: entries are gathered in a session and written when it is committed.

The head of the log is the last thing that a transaction locks, so writers wait for one another only while
they commit, and nobody who holds it waits for anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session, SessionTransaction

from host.domain.audit import (
    LONGEST,
    NOWHERE,
    AuditEntry,
    Head,
    Notary,
    canonical,
    hash_of,
    linked,
    moment,
    without_secrets,
)
from host.domain.chain import BEGUN, CONTINUED

from .audit_head import MOVE, head_of, moved
from .base import unconverted

_HASH = text("SELECT hash FROM host_audit WHERE id = :number")
_FOUND = text("SELECT 1 FROM host_audit WHERE plugin = :plugin AND outbox_id = :outbox_id")
_WRITE = (
    "INSERT INTO host_audit (id, at, actor, plugin, action, subject, before, after, outbox_id, origin, "
    "previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_BOTH = f"WITH written AS ({_WRITE}) {MOVE}".replace("?", "%s")
"""On PostgreSQL one entry and the head are one way to the server and back."""
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An entry on its way, with its states as they will be stored."""

    entry: AuditEntry
    before: str | None
    after: str | None
    once: bool


class AuditingSession(Session):
    """A session that writes its audit entries as the last thing before it commits.

    Args:
        notary: Who signs the log; None where nobody may write in it.
        options: SQLAlchemy's.
    """

    def __init__(self, *bind: Any, notary: Notary | None = None, **options: Any) -> None:
        super().__init__(*bind, **options)
        self.notary = notary
        self.waiting: list[_Waiting] = []
        self.marks: dict[SessionTransaction, int] = {}
        self.signed: Head | None = None

    def gather(self, entry: AuditEntry, *, once: bool = False) -> None:
        """Have *entry* written when this session commits; if it cannot be, nothing of the session is kept.

        Args:
            entry: What is to be said.
            once: Whether it is left out where an entry of its plugin with its outbox id is there already.

        Raises:
            ValueError: It cannot be stored.
            TypeError: What was before or after is no JSON.
        """
        for name, most in LONGEST.items():
            _check(name, getattr(entry, name) or "", most)
        before, after = (canonical(without_secrets(each)) for each in (entry.before, entry.after))
        self.waiting.append(_Waiting(entry, before, after, once))

    def close(self) -> None:
        """End the session; what it has not committed was not done."""
        super().close()
        self.forget()

    def forget(self) -> None:
        """Nothing waits any more, and nothing is signed that is to be committed."""
        self.waiting.clear()
        self.marks.clear()
        self.signed = None


def _check(name: str, value: str, most: int) -> None:
    """Refuse here what a database would refuse at the end, where nobody knows any more who said it."""
    whole = value.isascii() or value.encode("utf-8", "replace").decode() == value
    if len(value) > most or "\0" in value or not whole:
        raise ValueError(f"the {name} of an audit entry must be Unicode text of at most {most} characters")


@event.listens_for(AuditingSession, "after_transaction_create")
def _mark(session: AuditingSession, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.marks[transaction] = len(session.waiting)


@event.listens_for(AuditingSession, "after_soft_rollback")
def _forget(session: AuditingSession, transaction: SessionTransaction) -> None:
    """What was undone was not done: what came after the savepoint, or all of it where there is none.

    A flush that failed has a transaction of its own, and undoes the savepoint around it.
    """
    undone: SessionTransaction | None = transaction
    while undone is not None and not undone.nested:
        undone = undone.parent
    if undone is None:
        session.forget()
    else:
        del session.waiting[session.marks.get(undone, 0) :]


@event.listens_for(AuditingSession, "before_commit")
def _write(session: AuditingSession) -> None:
    if session.in_nested_transaction() or not session.waiting:
        return
    session.flush()  # it may lock rows, and nothing is locked once the head is
    signed = write(session, session.waiting, session.notary)
    session.forget()
    session.signed = signed


@event.listens_for(AuditingSession, "after_commit")
def _remember(session: AuditingSession) -> None:
    if session.signed is not None and session.notary is not None and not session.in_nested_transaction():
        session.notary.remember(session.signed)
        session.signed = None


def write(session: Session, waiting: Iterable[_Waiting], notary: Notary | None) -> Head | None:
    """Put entries at the end of the log, and sign where it ends now.

    Returns:
        Where that is; None where nothing was added: then nobody has looked whether the old end is good.

    Raises:
        RuntimeError: Nobody may write in this process, or the log has no head.
    """
    if notary is None:
        raise RuntimeError("the audit log cannot be signed in this process, so nothing is changed")
    head = head_of(session, locked=True)
    wanted = [each for each in waiting if not (each.once and _is_there(session, each.entry))]
    if not wanted:
        return None
    found = _trouble(session, head, notary)
    if found is not None:
        wanted.insert(0, _said(head, found, notary, wanted[0].entry))
    rows, number, previous = _chained(wanted, head)
    signed = notary.signed(number, previous)
    _put(session, rows, signed)
    return signed


def _chained(wanted: list[_Waiting], head: Head) -> tuple[list[_Row], int, str]:
    """Rows that follow on *head*, the number of the last, and its hash."""
    number, previous = head.number, head.hash
    rows: list[_Row] = []
    arrived: set[tuple[str, str | None]] = set()
    for each in wanted:
        key = each.entry.plugin, each.entry.outbox_id
        if each.once and key in arrived:
            continue
        if each.once:
            arrived.add(key)
        number += 1
        rows.append(_row(each, number, previous))
        previous = str(rows[-1][-1])
    return rows, number, previous


def _put(session: Session, rows: list[_Row], head: Head) -> None:
    """Past SQLAlchemy's own forms of statements: they cost more than all the rest."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_WRITE, [_in_sqlite(*row) for row in rows])
        connection.exec_driver_sql(MOVE, moved(head))
    elif len(rows) == 1:
        connection.exec_driver_sql(_BOTH, (*rows[0], *moved(head)))
    else:
        connection.exec_driver_sql(_WRITE.replace("?", "%s"), rows)
        connection.exec_driver_sql(MOVE.replace("?", "%s"), moved(head))


def _in_sqlite(number: int, at: str, *said: str | None) -> tuple[int | str | bytes | None, ...]:
    """A row as SQLite keeps it: the moment in SQLAlchemy's form, a state that is a number by its bytes."""
    *named, before, after, outbox_id, origin, previous, hash_ = said
    states = unconverted(before), unconverted(after)
    return number, at[:-1].replace("T", " "), *named, *states, outbox_id, origin, previous, hash_


def _is_there(session: Session, entry: AuditEntry) -> bool:
    values = {"plugin": entry.plugin, "outbox_id": entry.outbox_id}
    return session.scalar(_FOUND, values) is not None


def _row(each: _Waiting, number: int, previous: str) -> _Row:
    entry, at = each.entry, moment(each.entry.at)
    said = linked(
        number, previous, at, entry.actor, entry.plugin, entry.action, entry.subject,
        each.before, each.after, entry.outbox_id, entry.origin,
    )  # fmt: skip
    return (
        number, at, entry.actor, entry.plugin, entry.action, entry.subject,
        each.before, each.after, entry.outbox_id, entry.origin, previous, hash_of(said),
    )  # fmt: skip


def _trouble(session: Session, head: Head, notary: Notary) -> str | None:
    """What is wrong with the head that is to be written over; None for nothing.

    Whoever can write into the database could make a new chain, and leave the next head to the host.
    """
    last = notary.remembered()
    if last is not None and last.number > head.number:
        return "cut-off"
    if last is not None and last.number and last.hash != _hash_at(session, head, last.number):
        return "changed"
    if head == Head(number=0, hash=NOWHERE):
        return None
    if not notary.is_signed(head):
        return "unsigned" if head.signature or last is not None else ""
    return None


def _hash_at(session: Session, head: Head, number: int) -> str | None:
    return head.hash if number == head.number else session.scalar(_HASH, {"number": number})


def _said(head: Head, trouble: str, notary: Notary, beside: AuditEntry) -> _Waiting:
    """The entry that says so; without any trouble it is the first of the chain, after entries without one."""
    last = notary.remembered()
    entry = AuditEntry(
        beside.at, "system", "host", CONTINUED if trouble else BEGUN, str(head.number), origin="host"
    )
    before = {"trouble": trouble, "remembered": last.number if last else None} if trouble else None
    after = {"number": head.number, "hash": head.hash}
    entry = replace(entry, before=before, after=after)
    return _Waiting(entry, canonical(entry.before), canonical(entry.after), once=False)
