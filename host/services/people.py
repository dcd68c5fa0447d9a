"""Signing in and out, and looking after accounts."""

from __future__ import annotations

from host.api.errors import InputError, NotFoundError
from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.domain.languages import LANGUAGES, is_zone
from host.domain.people import Account, granted, known_roles
from host.storage import people as store
from host.storage.records import add_audit

from .house import House
from .passwords import hashed

LONGEST_NAME = 254
SIGN_IN_FAILED = "User ID and password do not match."


def actor_of(house: House, account: Account) -> Actor:
    """The account as somebody who acts, with what its roles allow."""
    return Actor(
        user_id=account.user_id,
        full_name=account.full_name,
        roles=account.roles,
        permissions=granted(account.roles, house.registry.permissions()),
    )


def add_account(
    house: House,
    *,
    user_id: str,
    full_name: str,
    password: str | None,
    roles: tuple[str, ...],
    actor: Actor,
    language: str | None = None,
    timezone: str | None = None,
) -> None:
    """Add somebody who may sign in.

    Args:
        password: None for an account that only links sign in.

    Raises:
        InputError: User id, password or a role is not usable.
        ConflictError: The user id is taken.
    """
    name = user_id.strip()
    if not 1 <= len(name) <= 239 or not name.isprintable():
        raise InputError("The user id must have 1 to 239 printable characters.")
    unknown = sorted(set(roles) - known_roles(house.registry.permissions()))
    if unknown:
        known = ", ".join(sorted(known_roles(house.registry.permissions())))
        raise InputError(f"There is no role {unknown[0]!r}. Known roles: {known}.")
    _check_choices(full_name, language, timezone)
    stored = None if password is None else hashed(password)
    with house.stores.host.writing() as session:
        now = house.clock()
        store.add_account(
            session,
            user_id=name,
            full_name=full_name,
            password_hash=stored,
            roles=roles,
            language=language,
            timezone=timezone,
            now=now,
        )
        after = {"full_name": full_name, "roles": list(roles)}
        add_audit(session, AuditEntry(now, actor.user_id, "host", "account.added", name, None, after))


def disable_account(house: House, user_id: str, actor: Actor) -> None:
    """Let somebody no longer sign in, and end their sessions.

    Raises:
        NotFoundError: There is no such account.
    """
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        now = house.clock()
        store.change_account(session, account.number, disabled_at=now)
        store.end_sessions_of(session, account.number)
        add_audit(session, AuditEntry(now, actor.user_id, "host", "account.disabled", account.user_id))


def reset_password(house: House, user_id: str, password: str, actor: Actor) -> None:
    """Give an account a new password, let it sign in again, and end its sessions.

    Raises:
        NotFoundError: There is no such account.
        InputError: The password is not usable.
    """
    stored = hashed(password)
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        store.change_account(session, account.number, password_hash=stored, disabled_at=None)
        store.end_sessions_of(session, account.number)
        now = house.clock()
        add_audit(session, AuditEntry(now, actor.user_id, "host", "account.password_reset", account.user_id))


def choose_language(house: House, account: Account, language: str) -> None:
    """Remember the language somebody wants to read."""
    with house.stores.host.writing() as session:
        store.change_account(session, account.number, language=language)
        now, was = house.clock(), {"language": account.language}
        entry = AuditEntry(
            now,
            account.user_id,
            "host",
            "account.language_chosen",
            account.user_id,
            was,
            {"language": language},
        )
        add_audit(session, entry)


def anybody(house: House) -> bool:
    """Whether there is an account at all."""
    with house.stores.host.reading() as session:
        return store.any_account(session)


def _check_choices(full_name: str, language: str | None, timezone: str | None) -> None:
    if len(full_name) > LONGEST_NAME or "\0" in full_name:
        raise InputError(f"The full name may have up to {LONGEST_NAME} printable characters.")
    if language is not None and language not in LANGUAGES:
        raise InputError(f"There is no language {language!r} here. Expected one of {', '.join(LANGUAGES)}.")
    if timezone is not None and not is_zone(timezone):
        raise InputError(f"There is no time zone {timezone!r}. Expected an IANA name, such as Europe/Oslo.")


def existing(account: Account | None, user_id: str) -> Account:
    """*account*, or `NotFoundError` where there is none."""
    if account is None:
        raise NotFoundError(f"There is no account {user_id!r}. Nothing was changed.")
    return account
