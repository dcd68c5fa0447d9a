"""Which identity is whose account, as an administrator decides it."""

from __future__ import annotations

import re

from host.api.errors import ConflictError, InputError
from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.domain.openid import LONGEST_SUBJECT
from host.storage import identities as store
from host.storage import people
from host.storage.records import add_audit

from .house import House
from .people import existing


def list_identities(house: House, user_id: str) -> list[store.Identity]:
    """The identities of an account.

    Raises:
        NotFoundError: There is no such account.
    """
    with house.stores.host.reading() as session:
        account = existing(people.account(session, user_id), user_id)
        return store.identities_of(session, account.number)


def link_identity(house: House, user_id: str, *, subject: str | None, actor: Actor, issuer: str = "") -> None:
    """Let whoever the provider calls *subject* sign in as *user_id* (ASVS 6.8.1, 10.5.2).

    Args:
        house: The house.
        user_id: The account.
        subject: What the provider calls the person for ever; None for the first whom it calls *user_id*,
            which is only allowed for an account without a password.
        actor: Who decides it.
        issuer: The provider; "" for the one that is set up.

    Raises:
        InputError: The subject cannot be one, or there is no provider.
        NotFoundError: There is no such account.
        ConflictError: The identity is another's, or the account has one of that provider.
    """
    issuer = issuer or (house.provider.settings.issuer if house.provider else "")
    if not issuer or len(issuer) > LONGEST_SUBJECT:
        raise InputError("There is no identity provider. Set TABHOST_OIDC_ISSUER, or give its address.")
    if not re.fullmatch(r"https?://[^\s/]+\S*", issuer):
        raise InputError(f"{issuer!r} is no address of a provider. Expected one such as https://id.example.")
    if subject is not None and not (1 <= len(subject) <= LONGEST_SUBJECT and subject.isprintable()):
        raise InputError(f"The subject must have 1 to {LONGEST_SUBJECT} printable characters.")
    with house.stores.host.writing() as session:
        account = existing(people.account(session, user_id), user_id)
        people.standing(session, account.number)
        if subject is None and people.password_hash(session, account.number) is not None:
            raise ConflictError(
                f"{account.user_id} has a password, so it cannot wait for whoever the provider gives that "
                "user ID. Link it with a subject. Nothing was changed."
            )
        now = house.clock()
        store.add_identity(session, account=account.number, issuer=issuer, subject=subject, now=now)
        after = {"issuer": issuer, "subject": subject}
        action = "identity.expected" if subject is None else "identity.linked"
        add_audit(session, AuditEntry(now, actor.user_id, "host", action, account.user_id, None, after))


def remove_identities(house: House, user_id: str, actor: Actor) -> None:
    """Let no provider vouch for *user_id* any more, and end the account's sessions.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It has no identity.
    """
    with house.stores.host.writing() as session:
        account = existing(people.account(session, user_id), user_id)
        before = [
            {"issuer": each.issuer, "subject": each.subject}
            for each in store.identities_of(session, account.number)
        ]
        if not before:
            raise ConflictError(f"{account.user_id} is linked with no identity. Nothing was changed.")
        people.end_sessions_of(session, account.number)
        store.drop_identities(session, account.number)
        entry = AuditEntry(
            house.clock(), actor.user_id, "host", "identity.removed", account.user_id, before, None
        )
        add_audit(session, entry)
