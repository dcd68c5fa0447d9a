"""What can be done: one function for each thing.

No Flask and no globals, so that each can be tested by itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from host.api import Actor, ConflictError, InputError, NotFoundError, Work

from .storage import requests


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What is asked for.

    Args:
        person: User id of who needs the licence.
        licence: Name of the licence, in people's own words.
        needed_by: The day from which it is needed.
        reason: What it is needed for.
    """

    person: str
    licence: str
    needed_by: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(NewRequest):
    """A request that is kept under a number."""

    id: int


def add_request(new: NewRequest, *, most_open: int, work: Work, actor: Actor) -> int:
    """Keep a request and return its number. The audit row belongs to the same transaction.

    Raises:
        InputError: As many requests are open as may be.
    """
    if count_open(work.session) >= most_open:
        raise InputError(f"No more than {most_open} requests may be open. Mark some of them as done first.")
    statement = insert(requests).values(**asdict(new), asked_by=actor.user_id).returning(requests.c.id)
    number: int = work.session.execute(statement).scalar_one()
    after = {**asdict(new), "needed_by": new.needed_by.isoformat()}
    work.audit("request.added", f"request {number}", after=after)
    return number


def mark_done(number: int, *, work: Work, actor: Actor) -> None:
    """Close a request.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: Somebody else was faster.
    """
    # One statement decides, so that two people who press at once cannot both be the one.
    done = work.session.execute(
        update(requests)
        .where(requests.c.id == number, requests.c.done_by.is_(None))
        .values(done_by=actor.user_id)
        .returning(requests.c.id)
    ).scalar_one_or_none()
    if done is None:
        raise _why_not(number, work.session)
    work.audit(
        "request.done", f"request {number}", before={"done_by": None}, after={"done_by": actor.user_id}
    )


def _why_not(number: int, session: Session) -> NotFoundError | ConflictError:
    by = session.execute(select(requests.c.done_by).where(requests.c.id == number)).scalar_one_or_none()
    if by is None:
        return NotFoundError(f"There is no request {number}. Nothing was changed.")
    return ConflictError(f"{by} has marked request {number} as done already. Nothing was changed.")


def count_open(session: Session) -> int:
    """How many requests nobody has dealt with."""
    found = session.execute(select(func.count()).select_from(requests).where(requests.c.done_by.is_(None)))
    return found.scalar_one()


def open_requests(session: Session) -> list[Request]:
    """The requests that nobody has dealt with, the most urgent first."""
    rows = session.execute(
        select(requests.c.id, requests.c.person, requests.c.licence, requests.c.needed_by, requests.c.reason)
        .where(requests.c.done_by.is_(None))
        .order_by(requests.c.needed_by, requests.c.id)
    )
    return [Request(**row) for row in rows.mappings()]
