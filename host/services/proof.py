"""Proving once more who one is, and what needs that: the answer is always a session with a new token."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from host.api.errors import ConflictError, InputError
from host.api.values import N_, Actor
from host.domain.audit import AuditEntry
from host.domain.errors import PendingOverError, SignInError
from host.domain.people import SignedIn
from host.domain.sessions import CODE, MOST_TRIES, OPENID, PASSWORD
from host.storage import factors
from host.storage import people as store
from host.storage import sessions as rows
from host.storage.records import add_audit

from .house import House
from .passwords import hashed, matches, suggesting
from .people import actor_of
from .second_factor import check
from .sessions import digest, renewed, start_session
from .throttling import attempt

WRONG_PASSWORD = N_("This is not your present password. Nothing was changed.")
NOT_PROVED = N_("That is not right. Try again.")
NOT_HERE = N_(
    "You sign in with your company's account, which has its own password. Change it there. "
    "Nothing was changed."
)
STALE = N_("Sign in once more before you set a password. Nothing was changed.")


def finish(
    house: House,
    token: str,
    code: str,
    admit: Callable[[Actor], None],
    *,
    address: str = "",
    agent: str = "",
) -> tuple[str, str]:
    """Take the second factor of somebody who gave the first, and start a session.

    Args:
        house: The house.
        token: From the cookie that `Begun.token` was for.
        code: Of their app, or a recovery code.
        admit: Raises if they may not be here now; then the code is not used up.
        address: Where they are.
        agent: What their browser calls itself.

    Returns:
        The session's token, and where they wanted to go.

    Raises:
        PendingOverError: Their time is over, or too many codes were wrong: they have to begin again.
        SignInError: The code is wrong.
        ClosedError: They may not be here now.
    """
    kept = digest(token)
    with house.stores.host.writing() as session:
        number = who_waits(house, session, token)
        stands = number is not None and store.standing(session, number)
        found = factors.pending(session, kept, house.clock())  # again: the account is held only now
        account = store.account_by_number(session, found.number) if found and stands else None
        if found is None or account is None or account.disabled_at is not None:
            raise PendingOverError
        proof = check(house, session, account.number, code)
        if proof is not None:
            admit(actor_of(house, account))
            factors.drop_pending(session, kept)
            proved = (*found.proved, proof)
            started = start_session(house, session, account, proved=proved, address=address, agent=agent)
            return started, found.target
        over = found.tries + 1 >= MOST_TRIES
        factors.drop_pending(session, kept) if over else factors.count_try(session, kept)
    raise PendingOverError if over else SignInError(NOT_PROVED.id)


def who_waits(house: House, session: Session, token: str) -> int | None:
    """The number of the account that is asked for its second factor; None if nobody holds that token."""
    found = factors.pending(session, digest(token), house.clock())
    return found.number if found else None


def waiting(house: House, token: str) -> str | None:
    """User id of whoever is asked for the second factor; None if nobody holds that token, or not any more."""
    with house.stores.host.reading() as session:
        number = who_waits(house, session, token)
        account = None if number is None else store.account_by_number(session, number)
    return account.user_id if account else None


def prove(house: House, person: SignedIn, token: str, *, password: str = "", code: str = "") -> str:
    """Prove by the password, or else by a code, that it is still *person* who sits there.

    Returns:
        The session's new token.

    Raises:
        SignInError: It is not right, or the session has ended meanwhile.
        ThrottledError: Too often it was not.
    """
    kind, session = PASSWORD if password else CODE, f"session {person.public_id}"
    with attempt(house, person.account.user_id, kind=kind, known=session) as tried:
        fresh = _proved(house, person, token, password, code)
        tried.succeeded()
    return fresh


def _proved(house: House, person: SignedIn, token: str, password: str, code: str) -> str:
    number = person.account.number
    stored = _right(house, number, password) if password else None
    with house.stores.host.writing() as session:
        fresh = renewed(house, session, token, person.proved)
        stands = store.standing(session, number)
        if password and stored is not None and stands == (stored, None):
            proof: str | None = PASSWORD
        else:
            proof = None if password else check(house, session, number, code)
        if proof is None:
            raise SignInError(NOT_PROVED.id)
        _note(house, session, person.account.user_id, "session.proved", {"by": proof})
    return fresh


def change_password(house: House, person: SignedIn, token: str, present: str, new: str) -> str:
    """Give oneself another password, and end all other sessions and links (ASVS 6.2.2, 6.2.3, 7.4.3).

    Args:
        house: The house.
        person: Who does it.
        token: Of their session.
        present: The password so far; who has none, since a link signed them in, must have done so just now.
        new: The one from now on.

    Returns:
        The session's new token.

    Raises:
        InputError: The present one is wrong, or the new one cannot be used.
        ConflictError: They sign in by other means, or not just now.
        ThrottledError: Too often the present one was wrong.
    """
    account = person.account
    if not person.has_password and OPENID in person.proved:
        raise ConflictError(NOT_HERE)
    if not person.has_password and not person.is_fresh(house.clock()):
        raise ConflictError(STALE)
    stored = None
    if person.has_password:
        with attempt(house, account.user_id, known=f"session {person.public_id}") as tried:
            stored = _right(house, account.number, present)
            if stored is None:
                raise InputError(WRONG_PASSWORD)
            tried.succeeded()
    fresh_hash = hashed(new, suggesting(house, account.user_id, account.full_name))
    with house.stores.host.writing() as session:
        fresh = renewed(house, session, token, tuple(dict.fromkeys((*person.proved, PASSWORD))))
        if store.standing(session, account.number) != (stored, None):
            raise InputError(WRONG_PASSWORD)  # somebody was quicker
        store.change_account(session, account.number, password_hash=fresh_hash)
        rows.end_others(session, account.number, person.public_id)
        store.void_links_of(session, account.number)
        _note(house, session, account.user_id, "account.password_changed")
    return fresh


def _right(house: House, number: int, password: str) -> str | None:
    """The stored hash, if *password* is the one that it was made from."""
    with house.stores.host.reading() as session:
        stored = store.password_hash(session, number)
    return stored if matches(stored, password) else None


def _note(
    house: House, session: Session, user_id: str, action: str, after: dict[str, str] | None = None
) -> None:
    add_audit(
        session,
        AuditEntry(house.clock(), user_id, "host", action, user_id, None, dict(after) if after else None),
    )
