"""Setting a second factor up, and taking it away again."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from host.api.errors import ConflictError, InputError
from host.api.values import N_, Actor
from host.domain.audit import AuditEntry
from host.domain.errors import ConfigurationError
from host.domain.people import Account, SignedIn
from host.domain.sessions import CODE, RECOVERY
from host.storage import factors
from host.storage import people as store
from host.storage import sessions as rows
from host.storage.records import add_audit

from .house import House
from .people import existing
from .second_factor import DIGITS, STEP, hash_of, plain, step_used
from .sessions import renewed

SETTING_UP = timedelta(minutes=15)
"""For how long a secret is shown before the first code of it has to come."""
RECOVERY_CODES, RECOVERY_BYTES = 10, 15
"""120 bits each: so much chance that a fast hash is enough (ASVS 6.5.2)."""
ISSUER = "Tabhost"
WRONG = N_("This is not the code that your app shows now, or it was used before. Wait for the next one.")
TAKEN = N_("There is a second factor already. Remove it before you set up another. Nothing was changed.")
NONE_BEGUN = N_("Setting up took too long, or was not begun. Begin again. Nothing was changed.")
NONE_THERE = N_("There is no second factor. Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A secret that waits for its first code.

    Args:
        secret: In base 32, to type into an app.
        uri: The same as an app scans it.
    """

    secret: str
    uri: str


def begin_setup(house: House, account: Account) -> Setup:
    """Make a secret for an app; it counts once `confirm` is given a code of it.

    Raises:
        ConflictError: There is a second factor already.
    """
    from pyotp import random_base32  # noqa: PLC0415 - only who sets one up has use for it

    with house.stores.host.writing() as session:
        store.standing(session, account.number)
        kept = factors.factor(session, account.number)
        if kept is not None and kept.confirmed_at is not None:
            raise ConflictError(TAKEN)
        secret = random_base32()
        factors.add_factor(session, account.number, house.keys.seal(secret), house.clock())
        _note(house, session, account, "second_factor.begun")
    return _setup(house, account, secret)


def waiting_setup(house: House, account: Account) -> Setup | None:
    """The secret that waits for its first code; None if there is none, or it waited for too long."""
    with house.stores.host.reading() as session:
        kept = factors.factor(session, account.number)
    if kept is None or kept.confirmed_at is not None or house.clock() >= kept.made_at + SETTING_UP:
        return None
    try:
        return _setup(house, account, house.keys.unseal(kept.secret))
    except ConfigurationError:
        return None  # it was sealed with another secret: it has to be begun again


def confirm(house: House, person: SignedIn, token: str, code: str) -> tuple[str, list[str]]:
    """Have the app's codes count from now on, and end the other sessions.

    Args:
        person: Who does it.
        token: Of their session.
        code: What the app shows.

    Returns:
        The session's new token, and the recovery codes.

    Raises:
        InputError: It is not the code, or none was asked for.
        ConflictError: There is a second factor already.
    """
    number, now = person.account.number, house.clock()
    with house.stores.host.writing() as session:
        fresh = renewed(house, session, token, _also(person, CODE))
        store.standing(session, number)
        kept = factors.factor(session, number)
        if kept is not None and kept.confirmed_at is not None:
            raise ConflictError(TAKEN)
        if kept is None or now >= kept.made_at + SETTING_UP:
            raise InputError(NONE_BEGUN)
        if not step_used(house, session, number, kept, plain(code)):
            raise InputError(WRONG)
        factors.confirm_factor(session, number, now)
        codes = _new_codes(session, number)
        rows.end_others(session, number, person.public_id)
        _note(house, session, person.account, "second_factor.set_up")
    return fresh, codes


def new_codes(house: House, account: Account) -> list[str]:
    """Recovery codes in the place of all before.

    Raises:
        ConflictError: There is no second factor.
    """
    with house.stores.host.writing() as session:
        store.standing(session, account.number)
        kept = factors.factor(session, account.number)
        if kept is None or kept.confirmed_at is None:
            raise ConflictError(NONE_THERE)
        codes = _new_codes(session, account.number)
        _note(house, session, account, "second_factor.recovery_renewed")
    return codes


def remove(house: House, person: SignedIn, token: str) -> str:
    """Take one's own second factor away, and end the other sessions; the session's new token.

    Raises:
        ConflictError: There is none.
    """
    with house.stores.host.writing() as session:
        proved = tuple(each for each in person.proved if each not in {CODE, RECOVERY})
        fresh = renewed(house, session, token, proved)
        _remove(session, person.account)
        rows.end_others(session, person.account.number, person.public_id)
        _note(house, session, person.account, "second_factor.removed")
    return fresh


def remove_for(house: House, user_id: str, actor: Actor) -> None:
    """Take somebody's second factor away who has lost it, and end their sessions.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It has no second factor.
    """
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        _remove(session, account)
        store.end_sessions_of(session, account.number)
        _note(house, session, account, "second_factor.removed", actor.user_id)


def _remove(session: Session, account: Account) -> None:
    kept = factors.factor(session, account.number)
    if kept is None or kept.confirmed_at is None:
        raise ConflictError(NONE_THERE)
    factors.remove_factor(session, account.number)


def _new_codes(session: Session, number: int) -> list[str]:
    raw = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    factors.set_codes(session, number, [hash_of(each) for each in raw])
    return ["-".join(each[at : at + 4] for at in range(0, len(each), 4)) for each in raw]


def _setup(house: House, account: Account, secret: str) -> Setup:
    from pyotp import TOTP  # noqa: PLC0415 - the same

    uri = TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(
        name=account.user_id, issuer_name=house.title or ISSUER
    )
    return Setup(secret=secret, uri=uri)


def _also(person: SignedIn, proof: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*person.proved, proof)))


def _note(house: House, session: Session, account: Account, action: str, by: str = "") -> None:
    actor = by or account.user_id
    add_audit(session, AuditEntry(house.clock(), actor, "host", action, account.user_id))
