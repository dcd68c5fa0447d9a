"""Sessions: begun, renewed, seen and ended. They are kept on the server; a browser has a token alone."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy.orm import Session

from host.api.errors import NotFoundError
from host.domain.audit import AuditEntry, shortened
from host.domain.errors import SignInError
from host.domain.people import SESSION_LIFE, Account, SignedIn
from host.domain.sessions import LINK, PENDING_LIFE, SECOND_FACTORS, Begun, SessionView
from host.storage import factors
from host.storage import people as store
from host.storage import sessions as rows
from host.storage.records import add_audit

from .house import House

ENDED = "This session has ended. Sign in again."


def digest(token: str) -> str:
    """The form in which a token is kept.

    It has 256 bits of chance: a fast hash is enough, and the database never learns the token (ASVS 7.2.3).
    """
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    house: House,
    session: Session,
    account: Account,
    *,
    proved: tuple[str, ...],
    address: str = "",
    agent: str = "",
    target: str = "/",
) -> Begun:
    """Go on after somebody proved who they are: a session, or the question for their second factor.

    Whoever signs people in by another means calls this, so that nobody passes by the second factor.

    Args:
        house: The house.
        session: The caller's transaction, which holds the account (`storage.people.standing`).
        account: Who it is; it is not disabled.
        proved: By what, such as ``("password",)``; words of `domain.sessions`.
        address: Where they are.
        agent: What their browser calls itself.
        target: Where they want to go.
    """
    kept = factors.factor(session, account.number)
    if kept is None or kept.confirmed_at is None or SECOND_FACTORS & set(proved):
        started = start_session(house, session, account, proved=proved, address=address, agent=agent)
        return Begun(token=started)
    token, now = secrets.token_urlsafe(32), house.clock()
    factors.add_pending(
        session,
        token_hash=digest(token),
        number=account.number,
        proved=proved,
        target=target,
        now=now,
        ends=now + PENDING_LIFE,
    )
    return Begun(token=token, waiting=True)


def start_session(
    house: House,
    session: Session,
    account: Account,
    *,
    proved: tuple[str, ...],
    address: str = "",
    agent: str = "",
) -> str:
    """Start a session in the caller's transaction; the token for its cookie. It asks nothing: see `begin`."""
    token, now = secrets.token_urlsafe(32), house.clock()
    store.drop_expired(session, now)
    store.add_session(
        session,
        token_hash=digest(token),
        number=account.number,
        csrf_token=secrets.token_urlsafe(32),
        now=now,
        ends=now + SESSION_LIFE,
        public_id=secrets.token_hex(8),
        address=shortened(address, 64),
        agent=shortened(agent, 200),
        proved=" ".join(proved),
        proved_at=now,
    )
    action = "session.started_by_link" if proved[:1] == (LINK,) else "session.started"
    after = {"proved": list(proved)}
    add_audit(session, AuditEntry(now, account.user_id, "host", action, account.user_id, None, after))
    return token


def renewed(house: House, session: Session, token: str, proved: tuple[str, ...]) -> str:
    """A new token for a session whose holder has just proved who they are; the old one is worth nothing.

    Args:
        house: The house.
        session: The caller's transaction.
        token: The one so far.
        proved: By what; it takes the place of what was known.

    Raises:
        SignInError: The session has ended meanwhile.
    """
    fresh = secrets.token_urlsafe(32)
    values = {
        "token_hash": digest(fresh),
        "csrf_token": secrets.token_urlsafe(32),
        "proved": " ".join(proved),
        "proved_at": house.clock(),
    }
    if not rows.renew(session, digest(token), **values):
        raise SignInError(ENDED)
    return fresh


def list_sessions(house: House, account: Account, current: str = "") -> list[SessionView]:
    """Where somebody is signed in; the session that asks is marked."""
    with house.stores.host.reading() as session:
        return rows.sessions_of(session, account.number, house.clock(), current)


def end_session(house: House, account: Account, public_id: str, by: str = "") -> None:
    """End one of somebody's sessions.

    Args:
        by: User id of whoever does it; "" for the holder.

    Raises:
        NotFoundError: They have no such session, or not any more.
    """
    with house.stores.host.writing() as session:
        if not rows.end_one(session, account.number, public_id):
            raise NotFoundError("There is no such session, or it has ended already. Nothing was changed.")
        _note_end(house, session, account, by, {"session": public_id})


def end_other_sessions(house: House, person: SignedIn) -> int:
    """End all of somebody's sessions but the one that asks; how many those were."""
    with house.stores.host.writing() as session:
        ended = rows.end_others(session, person.account.number, person.public_id)
        if ended:
            _note_end(house, session, person.account, "", {"sessions": ended})
    return ended


def end_all_sessions(house: House, account: Account, by: str) -> int:
    """End every session of somebody; how many those were.

    Args:
        by: User id of whoever does it.
    """
    with house.stores.host.writing() as session:
        ended = rows.end_others(session, account.number, "")
        if ended:
            _note_end(house, session, account, by, {"sessions": ended})
    return ended


def _note_end(
    house: House, session: Session, account: Account, by: str, before: dict[str, str | int]
) -> None:
    actor = by or account.user_id
    add_audit(
        session, AuditEntry(house.clock(), actor, "host", "session.ended", account.user_id, dict(before))
    )
