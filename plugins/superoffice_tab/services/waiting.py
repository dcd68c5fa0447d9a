"""The set of an owner that waits to be activated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.domain import envelope
from superoffice_tab.domain.licences import Claims
from superoffice_tab.schemas.claims import parse
from superoffice_tab.storage.changing import PendingSet, PlannedChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A signed file that was accepted and waits.

    Args:
        id: Its row.
        content: The file as it came.
        source: Name of the file, or the address it was fetched from.
    """

    id: int
    owner: str
    serial: str
    company: str
    seq: int
    content: bytes
    issued_at: datetime
    received_at: datetime
    received_by: str
    source: str

    def claims(self) -> Claims:
        """Read what it says. It was verified when it came, and is again before it is activated.

        Raises:
            VerdictError: Its row was altered and can no longer be read.
        """
        return parse(envelope.read(self.content).payload)


_SOURCE = 254  # characters of its column
_COLUMNS = tuple(getattr(PendingSet, name) for name in Waiting.__dataclass_fields__)


def waiting(owner: str, session: Session) -> Waiting | None:
    """The set of the owner called *owner*, in any case, that waits; None where none does."""
    row = session.execute(select(*_COLUMNS).where(PendingSet.owner == owner.upper())).mappings().one_or_none()
    return None if row is None else Waiting(**row)


def known_waiting(owner: str, session: Session) -> Waiting:
    """The set of the owner called *owner* that waits.

    Raises:
        NotFoundError: None does.
    """
    found = waiting(owner, session)
    if found is None:
        raise NotFoundError(f"No new licence of “{owner.upper()}” waits to be activated.")
    return found


def keep(claims: Claims, content: bytes, *, source: str, by: str, now: datetime, session: Session) -> int:
    """Have the set in *content* wait, in the place of the one that does; what is planned stays.

    Returns:
        The id of its row.
    """
    values = {
        "owner": claims.issuer,
        "serial": claims.audience,
        "company": claims.licence.company,
        "seq": claims.seq,
        "content": content,
        "issued_at": claims.issued_at,
        "received_at": now,
        "received_by": by,
        "source": source[:_SOURCE],
    }
    number = session.scalar(select(PendingSet.id).where(PendingSet.owner == claims.issuer))
    if number is None:
        return session.execute(insert(PendingSet).values(values).returning(PendingSet.id)).scalar_one()
    session.execute(update(PendingSet).where(PendingSet.id == number).values(values))
    return number


def forget(number: int, session: Session) -> None:
    """Delete the waiting set with this id, and what was planned for it."""
    session.execute(delete(PlannedChange).where(PlannedChange.pending_id == number))
    session.execute(delete(PendingSet).where(PendingSet.id == number))
