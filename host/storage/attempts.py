"""Attempts to sign in that failed, for all workers and across restarts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from host.domain.throttling import Tried

from .base import Base, UtcDateTime, insert_into


class AttemptRow(Base):
    """How often something was tried in vain: by an account's name, a browser or an address."""

    __tablename__ = "host_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A hash: what was typed as a name may have been a password."""
    failures: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    last: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def tried(session: Session, key: str) -> Tried | None:
    """What failed so far under *key*, locked until the transaction ends."""
    columns = AttemptRow.failures, AttemptRow.until, AttemptRow.last
    row = session.execute(select(*columns).where(AttemptRow.key == key).with_for_update()).one_or_none()
    return None if row is None else Tried(*row)


def keep(session: Session, key: str, what: Tried, *, first: bool) -> None:
    """Remember *what* failed under *key*.

    Args:
        first: Whether nothing was there before: of two that were first at the same time both count.
    """
    values = {"failures": what.failures, "until": what.until, "last": what.last}
    statement = insert_into(session, AttemptRow).values(key=key, **values)
    seen = {**values, "failures": AttemptRow.failures + 1} if first else values
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=seen))


def forgive(session: Session, key: str) -> None:
    """Forget all that failed under *key*."""
    session.execute(delete(AttemptRow).where(AttemptRow.key == key))


def take_back(session: Session, key: str, until: datetime) -> None:
    """Take the newest attempt under *key* back: it did not fail."""
    changes = {"failures": AttemptRow.failures - 1, "until": until}
    session.execute(update(AttemptRow).where(AttemptRow.key == key).values(**changes))


def prune(session: Session, before: datetime) -> None:
    """Forget what nobody has tried since *before*; what somebody is at is left for the next time."""
    old = select(AttemptRow.key).where(AttemptRow.last < before).with_for_update(skip_locked=True)
    session.execute(
        delete(AttemptRow).where(AttemptRow.key.in_(old)), execution_options={"synchronize_session": False}
    )
