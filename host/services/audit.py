"""The audit log: looking into it, checking that it is whole, and saying why it went on after a break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from host.api.errors import InputError, NotFoundError
from host.api.values import Actor
from host.domain.audit import AuditEntry, Head, Link
from host.domain.chain import ACCEPTED, BEGUN, CONTINUED, Checked, Finding, check_head, check_rows
from host.storage.audit_head import LastCheck, head_of, last_check, note_check
from host.storage.audit_rows import Wanted, actions, actors, find_links, link, raw_rows, stored_moment
from host.storage.database import Database
from host.storage.records import add_audit

from .house import House
from .notary import HeadNotary

VIEW = "host.audit.view"
"""What it takes to see the log."""
MOST = 200
"""So many entries are found at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The audit log of an installation.

    Args:
        database: The host's.
        notary: Who signs it.
        clock: The time now, in UTC.
    """

    database: Database
    notary: HeadNotary
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check of the whole log found.

    Args:
        whole: Whether nothing is wrong.
        entries: How many entries there are.
        head: Where the log is signed to end; None where that is gone.
        findings: What is wrong, the first hundred of it.
        count: How much is wrong in all.
        checked_at: When it was checked.
    """

    whole: bool
    entries: int
    head: Head | None
    findings: tuple[Finding, ...]
    count: int
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """How the log stands.

    Args:
        head: Where it ends; None where that is gone.
        signed: Whether that was signed by this installation.
        check: How it was found when it was last checked; None for never.
    """

    head: Head | None
    signed: bool
    check: LastCheck | None


def log_of(house: House) -> Log:
    """The log of *house*."""
    notary = house.stores.host.notary
    if not isinstance(notary, HeadNotary):
        raise TypeError("this house has no notary")
    return Log(database=house.stores.host, notary=notary, clock=house.clock)


def verify(log: Log) -> Report:
    """Check every entry, and where the log ends; the outcome is kept for the page."""
    remembered = log.notary.remembered()  # before the log is read: what is signed from now on is not in it
    with log.database.reading() as session:
        try:
            head: Head | None = head_of(session)
        except RuntimeError:
            head = None
        found = check_rows(raw_rows(session), stored_moment, remembered=remembered)
    check_head(found, head, signed=log.notary.is_signed, remembered=remembered)
    report = _report(found, head, log.clock())
    with log.database.writing() as session:
        note_check(session, LastCheck(at=report.checked_at, number=found.last, findings=report.count))
    if report.whole and head is not None and head.signature and remembered is None:
        log.notary.remember(head)
    return report


def _report(found: Checked, head: Head | None, now: datetime) -> Report:
    return Report(
        whole=found.whole,
        entries=found.entries,
        head=head,
        findings=tuple(found.findings),
        count=found.count,
        checked_at=now,
    )


def state_of(log: Log) -> LogState:
    """How the log stands, without checking all of it."""
    with log.database.reading() as session:
        check = last_check(session)
        try:
            head: Head | None = head_of(session)
        except RuntimeError:
            head = None
    return LogState(head=head, signed=head is not None and log.notary.is_signed(head), check=check)


def find(log: Log, wanted: Wanted, *, limit: int) -> list[Link]:
    """Entries that are *wanted*, the newest first.

    Args:
        limit: How many at most, up to `MOST`.
    """
    with log.database.reading() as session:
        return find_links(session, wanted, limit=min(limit, MOST))


def one(log: Log, number: int) -> Link:
    """One entry.

    Raises:
        NotFoundError: There is none with that number.
    """
    with log.database.reading() as session:
        found = link(session, number) if -(1 << 31) < number < (1 << 31) else None
    if found is None:
        raise NotFoundError(f"The audit log has no entry {number}.")
    return found


def choices(log: Log) -> tuple[list[str], list[tuple[str, str]]]:
    """Who did something lately, and what was done: plugin and action."""
    with log.database.reading() as session:
        return actors(session), actions(session)


def accept(log: Log, number: int, reason: str, actor: Actor) -> None:
    """Say why the log went on at *number* over a head that was not signed here: it counts as whole again.

    Args:
        number: The entry that says that it went on.
        reason: Why, such as a new secret, or a backup that was put back.

    Raises:
        NotFoundError: There is no such entry.
        InputError: It says something else, or the reason is empty or too long.
    """
    entry = one(log, number).entry
    if entry.plugin != "host" or entry.action not in (BEGUN, CONTINUED):
        raise InputError(f"Entry {number} is {entry.action}, which needs no reason. Nothing was written.")
    if not 1 <= len(reason.strip()) <= 500 or not reason.isprintable():
        raise InputError("The reason must have 1 to 500 printable characters. Nothing was written.")
    with log.database.writing() as session:
        after = {"reason": reason.strip()}
        add_audit(
            session,
            AuditEntry(log.clock(), actor.user_id, "host", ACCEPTED, str(number), None, after),
        )
