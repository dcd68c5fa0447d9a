"""Reading and changing sessions as their holders do. Who locks what first: see `storage.people`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from host.domain.people import SESSION_IDLE
from host.domain.sessions import SessionView

from .declared import PEOPLE, next_generation
from .models import SessionRow


def sessions_of(session: Session, number: int, now: datetime, current: str) -> list[SessionView]:
    """Every session of an account that stands, the one used last first.

    Args:
        number: The account's number.
        now: Which of them are over goes by that.
        current: Public id of the one that asks.
    """
    rows = session.scalars(
        select(SessionRow)
        .where(
            SessionRow.account_id == number,
            SessionRow.expires_at > now,
            SessionRow.seen_at > now - SESSION_IDLE,
        )
        .order_by(SessionRow.seen_at.desc(), SessionRow.created_at.desc(), SessionRow.public_id)
    )
    return [
        SessionView(
            id=row.public_id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            address=row.address,
            agent=row.agent,
            proved=tuple(row.proved.split()),
            current=row.public_id == current,
        )
        for row in rows
    ]


def end_one(session: Session, number: int, public_id: str) -> bool:
    """End one session of an account; False if it has no such session."""
    next_generation(session, PEOPLE)
    here = SessionRow.account_id == number, SessionRow.public_id == public_id
    return session.scalar(delete(SessionRow).where(*here).returning(SessionRow.public_id)) is not None


def end_others(session: Session, number: int, public_id: str) -> int:
    """End all sessions of an account but one; how many those were."""
    next_generation(session, PEOPLE)
    here = SessionRow.account_id == number, SessionRow.public_id != public_id
    return len(session.scalars(delete(SessionRow).where(*here).returning(SessionRow.public_id)).all())


def renew(session: Session, old: str, /, **values: object) -> bool:
    """Give the session with the hash *old* another, and other columns; False if it has ended meanwhile."""
    next_generation(session, PEOPLE)
    changed = update(SessionRow).where(SessionRow.token_hash == old).values(**values)
    return session.scalar(changed.returning(SessionRow.public_id)) is not None
