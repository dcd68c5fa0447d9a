"""Whose account it is whom the identity provider vouches for, and with which roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from host.api.values import N_
from host.domain.audit import AuditEntry
from host.domain.errors import OpenIdError
from host.domain.openid import OpenIdSettings
from host.domain.people import ADMINISTRATOR, VIEWER, Account
from host.storage import identities as store
from host.storage import people
from host.storage.declared import PEOPLE, next_generation
from host.storage.granting import other_administrator
from host.storage.records import add_audit

from .house import House

if TYPE_CHECKING:
    from .openid_provider import Vouched  # httpx comes with it, only where there is a provider

NO_USER_ID = N_(
    "The identity provider does not say what you are called in a way that can be a user ID here. "
    "Ask an administrator."
)
NO_ACCOUNT = N_(
    "You have no account here. Ask an administrator for one that is called %(user_id)s.", user_id=""
)
TAKEN = N_(
    "There is an account %(user_id)s here already, and it is not known to be yours. "
    "Ask an administrator to link it with your identity.",
    user_id="",
)
NOT_HERE = N_("Your account may not sign in here. Ask an administrator.")


def account_of(house: House, session: Session, settings: OpenIdSettings, vouched: Vouched) -> Account:
    """Whose account it is, made or claimed where that is allowed, with the roles that the provider gives.

    It goes by the provider and its word for the person alone, never by a name (ASVS 6.8.1, 10.5.2).
    """
    subject, now = str(vouched.claims["sub"]), house.clock()
    next_generation(session, PEOPLE)  # before the account is locked: see `storage.people`
    known = store.identity(session, settings.issuer, subject)
    number = known.account if known else _newcomer(house, session, settings, vouched)
    standing = people.standing(session, number)
    account = people.account_by_number(session, number)
    if standing is None or account is None or account.disabled_at is not None:
        raise OpenIdError("account disabled", NOT_HERE, 403)
    store.use_identity(session, settings.issuer, subject, id_token=house.keys.seal(vouched.id_token), now=now)
    return _with_roles(house, session, settings, vouched, account)


def _newcomer(house: House, session: Session, settings: OpenIdSettings, vouched: Vouched) -> int:
    user_id, subject = settings.user_id(vouched.claims), str(vouched.claims["sub"])
    if not user_id:
        raise OpenIdError("no user id", NO_USER_ID, 403)
    account = people.account(session, user_id)
    if account is not None:
        kept = store.identity_of(session, account.number, settings.issuer)
        free = kept is not None and kept.subject is None
        if not free or kept is None or people.password_hash(session, account.number) is not None:
            raise OpenIdError("user id taken", replace(TAKEN, args={"user_id": user_id}), 403)
        if not store.claim_identity(session, kept.number, subject):
            raise OpenIdError("user id taken", replace(TAKEN, args={"user_id": user_id}), 403)
        _note(house, session, account.user_id, "identity.linked", None, _shown(settings, subject))
        return account.number
    if not settings.create:
        raise OpenIdError("no account", replace(NO_ACCOUNT, args={"user_id": user_id}), 403)
    return _made(house, session, settings, vouched, user_id)


def _made(house: House, session: Session, settings: OpenIdSettings, vouched: Vouched, user_id: str) -> int:
    roles = () if settings.roles else (VIEWER,)
    number = people.add_account(
        session,
        user_id=user_id,
        full_name=settings.full_name(vouched.claims),
        password_hash=None,
        roles=roles,
        language=None,
        timezone=None,
        now=house.clock(),
    )
    subject = str(vouched.claims["sub"])
    store.add_identity(session, account=number, issuer=settings.issuer, subject=subject, now=house.clock())
    after = {"full_name": settings.full_name(vouched.claims), "roles": list(roles)}
    _note(house, session, user_id, "account.added", None, after)
    _note(house, session, user_id, "identity.linked", None, _shown(settings, subject))
    return number


def _with_roles(
    house: House, session: Session, settings: OpenIdSettings, vouched: Vouched, account: Account
) -> Account:
    """Give and take the roles that the provider decides about, and leave all others alone."""
    given = settings.roles_of(vouched.claims)
    held = frozenset(account.roles)
    take, give = (held & settings.mapped) - given, given - held
    if ADMINISTRATOR in take and not other_administrator(session, account.number):
        take -= {ADMINISTRATOR}  # the last one stays, whatever a provider says
    if not take and not give:
        return account
    store.set_roles(session, account.number, take=take, give=give)
    before, after = {"roles": sorted(held)}, {"roles": sorted((held - take) | give)}
    _note(house, session, account.user_id, "account.roles_changed", before, after)
    return people.account_by_number(session, account.number) or account


def _shown(settings: OpenIdSettings, subject: str) -> dict[str, str]:
    return {"issuer": settings.issuer, "subject": subject}


def _note(house: House, session: Session, user_id: str, action: str, before: Any, after: Any) -> None:
    add_audit(session, AuditEntry(house.clock(), user_id, "host", action, user_id, before, after))
