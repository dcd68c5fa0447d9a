"""Signing in and out, and looking after accounts."""

from __future__ import annotations

from host.api.errors import InputError, NotFoundError
from host.api.values import N_, Actor
from host.domain.audit import AuditEntry
from host.domain.languages import LANGUAGES, is_zone
from host.domain.people import Account, granted
from host.storage import granting as giving
from host.storage import people as store
from host.storage.records import add_audit

from .granting import check_known, check_may_give, check_may_touch, check_stays_administered
from .house import House
from .passwords import hashed, suggesting

LONGEST_NAME = 254
SIGN_IN_FAILED = "User ID and password do not match."


def actor_of(house: House, account: Account) -> Actor:
    """The account as somebody who acts, with what its roles allow."""
    return Actor(
        user_id=account.user_id,
        full_name=account.full_name,
        roles=account.roles,
        permissions=granted(account.roles, house.registry.permissions(), house.decisions.now().roles),
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
) -> int:
    """Add somebody who may sign in.

    Args:
        password: None for an account that only links sign in.

    Returns:
        The database's number of the account.

    Raises:
        InputError: User id, password or a role is not usable.
        ConflictError: The user id is taken.
        NotAllowedError: A role allows what the actor may not do, who is no administrator.
    """
    name = user_id.strip()
    if not 1 <= len(name) <= 239 or not name.isprintable():
        raise InputError(N_("The user id must have 1 to 239 printable characters."))
    roles = tuple(dict.fromkeys(roles))
    check_known(house, roles, house.decisions.now().roles)
    check_choices(full_name, language, timezone)
    stored = None if password is None else hashed(password, suggesting(house, name, full_name))
    with house.stores.host.writing() as session:
        giving.take_turn(session)
        made, now = giving.own_roles(session), house.clock()
        check_known(house, roles, made)
        check_may_give(house, actor, roles, made)
        number = store.add_account(
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
        return number


def disable_account(house: House, user_id: str, actor: Actor) -> None:
    """Let somebody no longer sign in, and end their sessions.

    Raises:
        NotFoundError: There is no such account.
        NotAllowedError: It may do more than the actor, who is no administrator.
        ConflictError: It is the last administrator's.
    """
    with house.stores.host.writing() as session:
        giving.take_turn(session)
        account = existing(store.account(session, user_id), user_id)
        check_may_touch(house, actor, account, giving.own_roles(session))
        check_stays_administered(session, account)
        now = house.clock()
        store.change_account(session, account.number, disabled_at=now)
        store.end_sessions_of(session, account.number)
        add_audit(session, AuditEntry(now, actor.user_id, "host", "account.disabled", account.user_id))


def reset_password(house: House, user_id: str, password: str, actor: Actor) -> None:
    """Give an account a new password, let it sign in again, and end its sessions.

    Raises:
        NotFoundError: There is no such account.
        InputError: The password is not usable.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    account = find(house, user_id)
    stored = hashed(password, suggesting(house, account.user_id, account.full_name))
    with house.stores.host.writing() as session:
        giving.take_turn(session)
        account = existing(store.account(session, user_id), user_id)
        check_may_touch(house, actor, account, giving.own_roles(session))
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
        return giving.any_account(session)


def check_choices(full_name: str, language: str | None, timezone: str | None) -> None:
    """Refuse a name that cannot be kept, a language that there is not, and a zone that there is not.

    Raises:
        InputError: One of them is one.
    """
    if len(full_name) > LONGEST_NAME or not full_name.isprintable():
        raise InputError(N_("The full name may have up to %(most)s printable characters.", most=LONGEST_NAME))
    if language is not None and language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InputError(
            N_(
                "There is no language %(language)s here. Expected one of %(known)s.",
                language=repr(language),
                known=known,
            )
        )
    if timezone is not None and not is_zone(timezone):
        raise InputError(
            N_(
                "There is no time zone %(zone)s. Expected an IANA name, such as Europe/Oslo.",
                zone=repr(timezone),
            )
        )


def find(house: House, user_id: str) -> Account:
    """The account known by *user_id*, whatever its case.

    Raises:
        NotFoundError: There is none.
    """
    with house.stores.host.reading() as session:
        return existing(store.account(session, user_id), user_id)


def existing(account: Account | None, user_id: str) -> Account:
    """*account*, or `NotFoundError` where there is none."""
    if account is None:
        raise NotFoundError(f"There is no account {user_id!r}. Nothing was changed.")
    return account
