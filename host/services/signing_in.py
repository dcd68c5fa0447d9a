"""Signing in and out: sessions, and links that work once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from sqlalchemy.orm import Session

from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.domain.errors import SignInError
from host.domain.people import LINK_LIFE, SEEN_EVERY, SESSION_LIFE, Account, SignedIn
from host.storage import people as store
from host.storage.records import add_audit

from .house import House
from .passwords import matches
from .people import actor_of, existing

SIGN_IN_FAILED = "User ID and password do not match."
Admit = Callable[[Actor], None]
"""Raises `ClosedError` if somebody may not be here now."""


def everybody(actor: Actor) -> None:
    """Nobody is kept out."""


def _digest(token: str) -> str:
    # A token has 256 bits of chance: a fast hash is enough, and the database never learns the token.
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(house: House, user_id: str, password: str, admit: Admit = everybody) -> str:
    """Check a password and start a session.

    Args:
        house: The house.
        user_id: Who, in any case.
        password: What they gave.
        admit: Raises if they may not be here now; asked once the password is known to be right.

    Returns:
        The session's token, for the cookie.

    Raises:
        SignInError: They do not match, or the account is disabled; it does not say which.
        ClosedError: They may not be here now.
    """
    with house.stores.host.reading() as session:
        account = store.account(session, user_id)
        stored = store.password_hash(session, account.number) if account else None
    right = matches(stored, password)
    if account is None or not right or account.disabled_at is not None:
        raise SignInError(SIGN_IN_FAILED)
    admit(actor_of(house, account))
    with house.stores.host.writing() as session:
        # Checking took a while: a password that was reset meanwhile must not start a session.
        if store.standing(session, account.number) != (stored, None):
            raise SignInError(SIGN_IN_FAILED)
        return _start_session(house, session, account, "session.started")


def sign_in_once(house: House, link_token: str, admit: Admit = everybody) -> str:
    """Use a one-time link up and start a session.

    Args:
        house: The house.
        link_token: What stood in the link.
        admit: Raises if they may not be here now; then the link is not used up.

    Returns:
        The session's token, for the cookie.

    Raises:
        SignInError: The link is unknown, used or over, or the account is disabled.
        ClosedError: They may not be here now.
    """
    with house.stores.host.writing() as session:
        number = store.take_link(session, _digest(link_token), house.clock())
        account = None if number is None else store.account_by_number(session, number)
        if account is not None and account.disabled_at is None:
            admit(actor_of(house, account))
            return _start_session(house, session, account, "session.started_by_link")
    raise SignInError("This link has been used or is over.")


def _start_session(house: House, session: Session, account: Account, action: str) -> str:
    token, now = secrets.token_urlsafe(32), house.clock()
    store.drop_expired(session, now)
    store.add_session(
        session,
        token_hash=_digest(token),
        number=account.number,
        csrf_token=secrets.token_urlsafe(32),
        now=now,
        ends=now + SESSION_LIFE,
    )
    add_audit(session, AuditEntry(now, account.user_id, "host", action, account.user_id))
    return token


def who(house: House, token: str) -> SignedIn | None:
    """Who holds the session with that token, if it still stands; notes that it is used."""
    now, digest = house.clock(), _digest(token)
    signed_in = house.decisions.signed_in(digest)
    if signed_in is not None and not signed_in.counts(now):
        house.decisions.forget(digest)  # that it was used since then may be known to another worker only
        signed_in = house.decisions.signed_in(digest)
    if signed_in is None or not signed_in.counts(now):
        return None
    if now - signed_in.seen_at >= SEEN_EVERY:
        with house.stores.host.writing() as session:
            store.change_session(session, digest, seen_at=now)
        house.decisions.forget(digest)
    return signed_in


def sign_out(house: House, token: str, actor: Actor) -> None:
    """End one session."""
    with house.stores.host.writing() as session:
        store.end_session(session, _digest(token))
        add_audit(session, AuditEntry(house.clock(), actor.user_id, "host", "session.ended", actor.user_id))


def show_once(house: House, token: str, toasts: tuple[str, ...]) -> None:
    """Keep sentences for the next page of a session; none to forget what was shown."""
    with house.stores.host.writing() as session:
        store.change_session(session, _digest(token), toasts=list(toasts))


def make_link(house: House, user_id: str) -> str:
    """A token that signs *user_id* in once, within the next hour.

    Raises:
        NotFoundError: There is no such account.
    """
    token = secrets.token_urlsafe(32)
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        ends = house.clock() + LINK_LIFE
        store.add_link(session, token_hash=_digest(token), number=account.number, ends=ends)
    return token
