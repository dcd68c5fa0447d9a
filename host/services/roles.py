"""Roles: which there are, and making, changing and removing those that people make."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from host.api.errors import ConflictError, NotFoundError
from host.api.values import N_, Actor, JsonValue, Permission
from host.domain.audit import AuditEntry
from host.domain.people import known_roles
from host.domain.roles import BUILT_IN, MOST_ROLES, OwnRole, Role, checked_role, roles_there_are
from host.storage import granting as store
from host.storage.people import end_sessions_of
from host.storage.records import add_audit

from .granting import check_may_give_permissions, permissions_there_are
from .house import House

NAMED = 5
"""So many people are named in a sentence before the others are counted."""


def list_roles(house: House) -> list[Role]:
    """Every role: the host's, those of plugins, those that people made."""
    with house.stores.host.reading() as session:
        return roles_there_are(permissions_there_are(house), store.own_roles(session))


def one_role(house: House, name: str) -> Role:
    """The role of that name.

    Raises:
        NotFoundError: There is none.
    """
    for each in list_roles(house):
        if each.name == name:
            return each
    raise NotFoundError(f"There is no role {name[:80]!r}.")


def permissions_by_owner(house: House) -> list[tuple[str, list[Permission]]]:
    """All permissions by who declares them: ``host``, then each plugin that declares any."""
    declared = len(house.registry.permissions())
    own = permissions_there_are(house)
    plugins = [(each.id, list(each.permissions)) for each in house.registry.admitted() if each.permissions]
    return [("host", own[: len(own) - declared]), *plugins]


def people_of(house: House, role: str) -> dict[int, str]:
    """User ids of those who have *role*, by the number of their account."""
    with house.stores.host.reading() as session:
        return store.holders(session, role)


def people_by_role(house: House) -> dict[str, int]:
    """How many accounts have each role that somebody has."""
    with house.stores.host.reading() as session:
        return store.counted_holders(session)


def add_role(house: House, *, name: str, title: str, permissions: Collection[str], actor: Actor) -> None:
    """Make a role.

    Args:
        house: The house.
        name: ``[a-z][a-z0-9_]{1,39}``; no other role's.
        title: In words, up to 60 characters.
        permissions: What it brings.
        actor: Who makes it.

    Raises:
        InputError: Name, title or a permission cannot stand.
        ConflictError: There is a role of that name, or there are too many.
        NotAllowedError: The actor does not hold one of *permissions*, and is no administrator.
    """
    role = checked_role(name, title, permissions, {each.id for each in permissions_there_are(house)})
    check_may_give_permissions(actor, role.permissions)
    with house.stores.host.writing() as session:
        store.take_turn(session, decisions=True)
        made = store.own_roles(session)
        if name in known_roles(house.registry.permissions(), made):
            raise ConflictError(N_("There is a role %(role)s already. Nothing was changed.", role=name))
        if len(made) >= MOST_ROLES:
            raise ConflictError(
                N_("There may be %(most)s roles, and they are all there. Remove one first.", most=MOST_ROLES)
            )
        store.store_role(session, role, now=house.clock(), by=actor.user_id)
        _note(house, session, actor, "role.added", name, None, _document(role))


def change_role(
    house: House,
    name: str,
    *,
    actor: Actor,
    title: str | None = None,
    permissions: Collection[str] | None = None,
) -> None:
    """Change a role that somebody made. Whoever has it signs in again if what it allows has changed.

    A permission in it that nothing declares now, because its plugin is away, may stay.

    Args:
        house: The house.
        name: Which.
        actor: Who changes it.
        title: None to leave it.
        permissions: What it is to bring from now on; None to leave that.

    Raises:
        NotFoundError: There is no such role.
        ConflictError: It is the host's or a plugin's.
        InputError: Title or a permission cannot stand.
        NotAllowedError: It brings or is to bring what the actor does not hold, who is no administrator.
    """
    known = {each.id for each in permissions_there_are(house)}
    with house.stores.host.writing() as session:
        store.take_turn(session, decisions=True)
        old = _own(house, session, name)
        wanted = old.permissions if permissions is None else frozenset(permissions)
        new = checked_role(name, old.title if title is None else title, wanted, known | old.permissions)
        if new == old:
            return
        check_may_give_permissions(actor, (old.permissions | new.permissions) & known)
        store.store_role(session, new, now=house.clock(), by=actor.user_id)
        if new.permissions != old.permissions:
            for number in store.holders(session, name):
                end_sessions_of(session, number)
        _note(house, session, actor, "role.changed", name, _document(old), _document(new))


def remove_role(house: House, name: str, *, actor: Actor, concerning: Collection[int] | None = ()) -> None:
    """Remove a role that somebody made, and take it from those who have it, whose sessions end.

    Args:
        house: The house.
        name: Which.
        actor: Who removes it.
        concerning: Numbers of the accounts that the actor knows to have it; None for whoever has it.

    Raises:
        NotFoundError: There is no such role.
        ConflictError: It is the host's or a plugin's, or others have it: the sentence says who.
        NotAllowedError: It brings what the actor does not hold, who is no administrator.
    """
    known = {each.id for each in permissions_there_are(house)}
    with house.stores.host.writing() as session:
        store.take_turn(session, decisions=True)
        old = _own(house, session, name)
        check_may_give_permissions(actor, old.permissions & known)
        having = store.holders(session, name)
        if concerning is not None and having.keys() - set(concerning):
            raise ConflictError(
                N_(
                    "The role %(role)s is in use by %(people)s. Removing it takes it from them. Nothing was "
                    "changed.",
                    role=name,
                    people=named(list(having.values())),
                )
            )
        for number in having:
            store.take_role(session, number, name)
            end_sessions_of(session, number)
        store.drop_role(session, name)
        before = {**_document(old), "people": list(having.values())}
        _note(house, session, actor, "role.removed", name, before, None)


def named(people: list[str]) -> str:
    """People in a sentence: the first few by name, the others by their number."""
    shown, more = people[:NAMED], len(people) - NAMED
    return ", ".join(shown) + (f" + {more}" if more > 0 else "")


def _own(house: House, session: Session, name: str) -> OwnRole:
    made = store.own_roles(session)
    if name in made:
        return made[name]
    if name in known_roles(house.registry.permissions()):
        brought = N_("The role %(role)s comes with the host and cannot be changed.", role=name)
        plugins = N_("The role %(role)s comes with a plugin and cannot be changed.", role=name)
        raise ConflictError(brought if name in BUILT_IN else plugins)
    raise NotFoundError(f"There is no role {name[:80]!r}. Nothing was changed.")


def _document(role: OwnRole) -> dict[str, JsonValue]:
    return {"title": role.title, "permissions": list[JsonValue](sorted(role.permissions))}


def _note(
    house: House,
    session: Session,
    actor: Actor,
    action: str,
    role: str,
    before: JsonValue,
    after: JsonValue,
) -> None:
    add_audit(session, AuditEntry(house.clock(), actor.user_id, "host", action, role, before, after))
