"""Looking after people: the list of them, and changing names, roles, and whether and how they may sign in."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from host.api.errors import ConflictError, NotFoundError
from host.api.values import N_, Actor, JsonValue
from host.domain.people import LINK_LIFE, Account, folded
from host.domain.roles import ADMINISTRATOR
from host.storage import granting as store
from host.storage.granting import Listed
from host.storage.people import account as account_by_name
from host.storage.people import add_link, end_sessions_of

from .changing import Change, changing, note
from .granting import check_known, check_may_give, check_stays_administered, held_by
from .house import House
from .people import check_choices, existing
from .sessions import digest

STATES = ("all", "active", "disabled")
"""Which people to list: those who may sign in, those who may not, or both."""


def list_people(house: House) -> list[Listed]:
    """Everybody who has an account, by user id."""
    with house.stores.host.reading() as session:
        return store.listed(session, house.clock())


def one_of(house: House, number: int) -> Listed:
    """The account with that number.

    Raises:
        NotFoundError: There is none.
    """
    with house.stores.host.reading() as session:
        found = store.listed(session, house.clock(), number=number)
    if not found:
        raise NotFoundError(f"There is no account with the number {number}.")
    return found[0]


def number_of(house: House, user_id: str) -> int:
    """The number of the account known by *user_id*, whatever its case.

    Raises:
        NotFoundError: There is none.
    """
    with house.stores.host.reading() as session:
        return existing(account_by_name(session, user_id), user_id).number


def chosen(people: list[Listed], q: str = "", state: str = "all", role: str = "") -> list[Listed]:
    """Those of *people* to be listed.

    Args:
        people: Everybody.
        q: A part of the user id or the name, whatever its case; "" for any.
        state: One of `STATES`.
        role: A role that they have; "" for any.
    """
    part = folded(q)
    return [
        each
        for each in people
        if (part in folded(each.account.user_id) or part in folded(each.account.full_name))
        and (state == "all" or (state == "disabled") == (each.account.disabled_at is not None))
        and (not role or role in each.account.roles)
    ]


def change_person(
    house: House, number: int, *, full_name: str, language: str | None, timezone: str | None, actor: Actor
) -> None:
    """Change what somebody is called, and the language and zone they read in.

    Args:
        house: The house.
        number: Whose account.
        full_name: Up to 254 characters.
        language: None to follow the browser.
        timezone: None for the installation's.
        actor: Who changes it.

    Raises:
        NotFoundError: There is no such account.
        InputError: One of them cannot be used.
        NotAllowedError: The account may do more than the actor, who is no administrator.
    """
    check_choices(full_name, language, timezone)
    after: dict[str, JsonValue] = {"full_name": full_name, "language": language, "timezone": timezone}
    with changing(house, number, actor) as change:
        old = change.account
        before: dict[str, JsonValue] = {
            "full_name": old.full_name,
            "language": old.language,
            "timezone": old.timezone,
        }
        if before != after:
            store.set_values(change.session, number, **after)
            note(house, change, actor, "account.changed", before, after)


def change_roles(house: House, number: int, roles: Collection[str], actor: Actor) -> None:
    """Give somebody these roles and no others. If that changes anything, their sessions end (ASVS 7.4.3).

    A role that they have may stay although nothing brings it any more.

    Raises:
        NotFoundError: There is no such account.
        InputError: There is no such role.
        ConflictError: It would leave no administrator.
        NotAllowedError: The account, or a new role, may do more than the actor, who is no administrator.
    """
    wanted = frozenset(roles)
    with changing(house, number, actor) as change:
        had = frozenset(change.account.roles)
        if wanted == had:
            return
        check_known(house, wanted - had, change.made)
        check_may_give(house, actor, wanted - had, change.made)
        if ADMINISTRATOR in had - wanted:
            check_stays_administered(change.session, change.account)
        store.set_roles(change.session, number, wanted)
        end_sessions_of(change.session, number)
        before: JsonValue = {"roles": list[JsonValue](sorted(had))}
        after: JsonValue = {"roles": list[JsonValue](sorted(wanted))}
        note(house, change, actor, "account.roles_changed", before, after)


def disable(house: House, number: int, actor: Actor) -> None:
    """Let somebody no longer sign in, and end their sessions, everywhere with the next request.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It is the last administrator's, or the actor's own.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    with changing(house, number, actor, own=False) as change:
        if change.account.disabled_at is not None:
            return
        check_stays_administered(change.session, change.account)
        store.set_values(change.session, number, disabled_at=house.clock())
        end_sessions_of(change.session, number)
        note(house, change, actor, "account.disabled")


def enable(house: House, number: int, actor: Actor) -> None:
    """Let somebody sign in again as they did before.

    Raises:
        NotFoundError: There is no such account.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    with changing(house, number, actor) as change:
        if change.account.disabled_at is not None:
            store.set_values(change.session, number, disabled_at=None)
            note(house, change, actor, "account.enabled")


def end_sessions(house: House, number: int, actor: Actor) -> None:
    """Sign somebody out everywhere, and void the links that would sign them in.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It is the actor's own.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    with changing(house, number, actor, own=False) as change:
        end_sessions_of(change.session, number)
        note(house, change, actor, "account.sessions_ended")


def reset(house: House, number: int, actor: Actor) -> str:
    """Forget somebody's password, end their sessions, and make a link that signs them in once.

    Returns:
        What stands in the link after ``/login/once/``; it is not kept, and works for an hour.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It is disabled, or the actor's own.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    with changing(house, number, actor, own=False) as change:
        store.set_values(change.session, number, password_hash=None)
        end_sessions_of(change.session, number)
        note(house, change, actor, "account.reset")
        return _link(house, change)


def give_link(house: House, number: int, actor: Actor) -> str:
    """Make a link that signs somebody in once; all else stays.

    Returns:
        As `reset`.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It is disabled.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    with changing(house, number, actor) as change:
        note(house, change, actor, "account.link_made")
        return _link(house, change)


def _link(house: House, change: Change) -> str:
    """A new link's token."""
    account, token = change.account, secrets.token_urlsafe(32)
    if account.disabled_at is not None:
        raise ConflictError(
            N_(
                "%(user_id)s is disabled. Enable the account first. Nothing was changed.",
                user_id=account.user_id,
            )
        )
    ends = house.clock() + LINK_LIFE
    add_link(change.session, token_hash=digest(token), number=account.number, ends=ends)
    return token


def permissions_by_role(house: House, account: Account) -> dict[str, list[str]]:
    """What somebody may do, and through which of their roles.

    Returns:
        Permission → names of roles.
    """
    made = house.decisions.now().roles
    found: dict[str, list[str]] = {}
    for role in account.roles:
        for permission in held_by(house, [role], made):
            found.setdefault(permission, []).append(role)
    return found
