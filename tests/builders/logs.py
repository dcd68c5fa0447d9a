"""Logs that are written, looked at and tampered with, on either database."""

from __future__ import annotations

import sqlalchemy as sa
import sqlalchemy.orm

from builders.notaries import NOON
from host.domain.audit import NOWHERE, AuditEntry, Head, hash_of, linked
from host.services.audit import Log, verify
from host.storage.audit_head import head_of
from host.storage.audit_rows import raw_rows, stored_moment
from host.storage.database import Database
from host.storage.records import add_audit, audit_log


def entry(subject: object, **more: object) -> AuditEntry:
    """Something that somebody did."""
    values: dict[str, object] = {"before": {"on": True}, "after": {"on": False, "name": "æøå"}, **more}
    return AuditEntry(NOON, "KAAN", "acme", "note.written", str(subject), **values)  # type: ignore[arg-type] # as the test says


def write(database: Database, *subjects: object) -> None:
    """An entry for each, in a transaction of its own."""
    for each in subjects:
        with database.writing() as session:
            add_audit(session, entry(each))


def log_of(database: Database) -> Log:
    """The log in it."""
    return Log(database=database, notary=database.notary, clock=lambda: NOON)


def wrong(database: Database) -> list[tuple[int, str]]:
    """What a check finds: number and kind."""
    return [(each.number, each.wrong) for each in verify(log_of(database)).findings]


def subjects(database: Database) -> list[str]:
    """Of the log, the oldest first."""
    with database.reading() as session:
        return [each.subject for each in reversed(audit_log(session))]


def disarm(session: sa.orm.Session) -> None:
    """What somebody does first who wants to change the log."""
    if session.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            session.execute(sa.text(f"drop trigger if exists host_audit_no_{verb}"))
    else:
        session.execute(sa.text("alter table host_audit disable trigger all"))


def tamper(database: Database, *statements: str, **values: object) -> None:
    """Change the log past the host."""
    with database.writing() as session:
        disarm(session)
        for each in statements:
            session.execute(sa.text(each), values)


def chain_anew(database: Database) -> None:
    """Give every entry the hash that it should have as it stands now, as anybody can who knows how."""
    with database.writing() as session:
        disarm(session)
        previous = NOWHERE
        for number, _, at, *said, _ in list(raw_rows(session)):
            hash_ = hash_of(linked(number, previous, stored_moment(at), *said))
            values = {"id": number, "previous": previous, "hash": hash_}
            session.execute(
                sa.text("update host_audit set previous = :previous, hash = :hash where id = :id"), values
            )
            previous = hash_
        session.execute(
            sa.text("update host_audit_head set number = :number, hash = :hash"),
            {"number": number, "hash": previous},
        )


def head_in(database: Database) -> Head:
    """Where the log ends."""
    with database.reading() as session:
        return head_of(session)


def numbers(database: Database) -> list[int]:
    """Of all entries."""
    with database.reading() as session:
        return list(session.scalars(sa.text("select id from host_audit order by id")))


def put_back(database: Database, head: Head) -> None:
    """Put an older head in the place of the newest."""
    tamper(
        database,
        "update host_audit_head set number = :number, hash = :hash, signed_at = :at, signature = :signature",
        number=head.number,
        hash=head.hash,
        at=head.signed_at,
        signature=head.signature,
    )
