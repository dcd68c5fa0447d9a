"""Signing in and out: sessions, and links that work once."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.domain.errors import SignInError
from host.domain.people import LINK_LIFE, SEEN_EVERY, SignedIn
from host.domain.sessions import LINK, PASSWORD, Begun
from host.storage import people as store
from host.storage.records import add_audit

from .house import House
from .passwords import matches
from .people import actor_of, existing
from .refusals import note_failed
from .sessions import begin as begin  # noqa: PLC0414 - whoever signs people in by other means looks here
from .sessions import digest as digest_of
from .sessions import start_session as start_session  # noqa: PLC0414 - the same
from .throttling import attempt

SIGN_IN_FAILED = "User ID and password do not match."
Admit = Callable[[Actor], None]
"""Raises `ClosedError` if somebody may not be here now."""


def everybody(actor: Actor) -> None:
    """Nobody is kept out."""


def sign_in(
    house: House,
    user_id: str,
    password: str,
    admit: Admit = everybody,
    *,
    address: str = "",
    agent: str = "",
    target: str = "/",
    known: str = "",
) -> Begun:
    """Check a password, and start a session or ask for the second factor.

    Args:
        house: The house.
        user_id: Who, in any case.
        password: What they gave.
        admit: Raises if they may not be here now; asked once the password is known to be right.
        address: Where they are.
        agent: What their browser calls itself.
        target: Where they want to go.
        known: Id of their browser, if they have signed in with it before.

    Raises:
        SignInError: They do not match, or the account is disabled; it does not say which.
        ThrottledError: Too often they did not.
        ClosedError: They may not be here now.
    """
    with attempt(house, user_id, address=address, known=known) as tried:
        with house.stores.host.reading() as session:
            account = store.account(session, user_id)
            stored = store.password_hash(session, account.number) if account else None
        right = matches(stored, password)
        if account is None or not right or account.disabled_at is not None:
            raise SignInError(SIGN_IN_FAILED)
        tried.succeeded()
    admit(actor_of(house, account))
    with house.stores.host.writing() as session:
        # Checking took a while: a password that was reset meanwhile must not start a session.
        if store.standing(session, account.number) != (stored, None):
            raise SignInError(SIGN_IN_FAILED)
        return begin(house, session, account, proved=(PASSWORD,), address=address, agent=agent, target=target)


def sign_in_once(
    house: House, link_token: str, admit: Admit = everybody, *, address: str = "", agent: str = ""
) -> Begun:
    """Use a one-time link up, which is one factor, and start a session or ask for the second.

    Args:
        house: The house.
        link_token: What stood in the link.
        admit: Raises if they may not be here now; then the link is not used up.
        address: Where they are.
        agent: What their browser calls itself.

    Raises:
        SignInError: The link is unknown, used or over, or the account is disabled.
        ClosedError: They may not be here now.
    """
    with house.stores.host.writing() as session:
        number = store.take_link(session, digest_of(link_token), house.clock())
        account = None if number is None else store.account_by_number(session, number)
        if account is not None and account.disabled_at is None:
            admit(actor_of(house, account))
            return begin(house, session, account, proved=(LINK,), address=address, agent=agent)
    # Nobody guesses 256 bits; and what is counted here, any page with a picture could have people count.
    note_failed(house, "", LINK)
    raise SignInError("This link has been used or is over.")


def who(house: House, token: str) -> SignedIn | None:
    """Who holds the session with that token, if it still stands; notes that it is used."""
    now, digest = house.clock(), digest_of(token)
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
        store.end_session(session, digest_of(token))
        add_audit(session, AuditEntry(house.clock(), actor.user_id, "host", "session.ended", actor.user_id))


def show_once(house: House, token: str, toasts: tuple[str, ...]) -> None:
    """Keep sentences for the next page of a session; none to forget what was shown."""
    with house.stores.host.writing() as session:
        store.change_session(session, digest_of(token), toasts=list(toasts))


def make_link(house: House, user_id: str) -> str:
    """A token that signs *user_id* in once, within the next hour.

    Raises:
        NotFoundError: There is no such account.
    """
    token = secrets.token_urlsafe(32)
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        ends = house.clock() + LINK_LIFE
        store.add_link(session, token_hash=digest_of(token), number=account.number, ends=ends)
    return token
