"""Where the audit log ends: one row, signed anew with every entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, String, bindparam, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from host.domain.audit import Head

from .base import Base, UtcDateTime

_HEAD = "SELECT number, hash, signed_at, signature FROM host_audit_head WHERE id = 1"
MOVE = "UPDATE host_audit_head SET number = ?, hash = ?, signed_at = ?, signature = ? WHERE id = 1"
"""Puts `moved` in the place of the old head; with the marks of SQLite's driver."""
_LAST_CHECK = text("SELECT checked_at, checked_number, findings FROM host_audit_head WHERE id = 1").columns(
    checked_at=UtcDateTime
)
_CHECKED = text(
    "UPDATE host_audit_head SET checked_at = :at, checked_number = :number, findings = :findings WHERE id = 1"
).bindparams(bindparam("at", type_=UtcDateTime))


class AuditHeadRow(Base):
    """Where the log ends: its last number and hash, signed. There is one row, number 1."""

    __tablename__ = "host_audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[str] = mapped_column(String(32))
    """As it was signed: a text, so that no database can give it back in another form."""
    signature: Mapped[str] = mapped_column(String(128))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the whole log was last checked; None for never."""
    checked_number: Mapped[int | None] = mapped_column(BigInteger)
    findings: Mapped[int | None] = mapped_column()
    """What that found: how much is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """How the log was found when all of it was last checked.

    Args:
        at: When.
        number: Where it ended then.
        findings: How much was wrong.
    """

    at: datetime
    number: int
    findings: int


def head_of(session: Session, *, locked: bool = False) -> Head:
    """Where the log ends.

    Args:
        session: On the host's database.
        locked: Whether nobody else may go on until this transaction ends; SQLite's writers queue anyway.

    Raises:
        RuntimeError: Somebody has taken the row away.
    """
    postgresql = session.get_bind().dialect.name == "postgresql"
    query = f"{_HEAD} FOR UPDATE" if locked and postgresql else _HEAD
    found = session.connection().exec_driver_sql(query).one_or_none()
    if found is None:
        raise RuntimeError("the audit log has lost its head, so nothing can be added to it")
    number, hash_, signed_at, signature = found
    return Head(number=number, hash=hash_, signed_at=signed_at, signature=signature)


def moved(head: Head) -> tuple[int, str, str, str]:
    """The values for `MOVE`."""
    return head.number, head.hash, head.signed_at, head.signature


def last_check(session: Session) -> LastCheck | None:
    """The last check of the whole log; None if there was none."""
    found = session.execute(_LAST_CHECK).one_or_none()
    if found is None or found.checked_at is None:
        return None
    return LastCheck(at=found.checked_at, number=found.checked_number, findings=found.findings)


def note_check(session: Session, check: LastCheck) -> None:
    """Keep how the log was found."""
    session.execute(_CHECKED, {"at": check.at, "number": check.number, "findings": check.findings})
