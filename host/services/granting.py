"""Who may give what to whom: the rules that hold wherever people and roles are changed (ASVS 8.1.1, 8.3.1).

Nobody gives what they do not hold, nor changes an account or a role that can do more than they can, unless
they are administrator: who may only look after people could make themselves administrator else, by a link
that signs in as one. And an administrator always stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy.orm import Session

from host.api.errors import ConflictError, InputError, NotAllowedError
from host.api.values import N_, Actor, Permission
from host.domain.people import Account, every_permission, granted, known_roles
from host.domain.roles import ADMINISTRATOR, OwnRole, is_unbounded
from host.storage import granting as store

from .house import House


def permissions_there_are(house: House) -> list[Permission]:
    """Every permission, the host's own first, then those of plugins in the order they came in."""
    return every_permission(house.registry.permissions())


def held_by(house: House, roles: Iterable[str], made: Mapping[str, OwnRole]) -> frozenset[str]:
    """What *roles* bring.

    Args:
        house: The house.
        roles: Names of roles.
        made: Roles that people made, as the caller's transaction sees them.
    """
    return granted(roles, house.registry.permissions(), made)


def check_known(house: House, roles: Collection[str], made: Mapping[str, OwnRole]) -> None:
    """Refuse a role that there is not.

    Raises:
        InputError: One is not known; the sentence has all that are.
    """
    known = known_roles(house.registry.permissions(), made)
    unknown = sorted(set(roles) - known)
    if unknown:
        there = ", ".join(sorted(known))
        raise InputError(
            N_("There is no role %(role)s. Known roles: %(known)s.", role=repr(unknown[0][:80]), known=there)
        )


def check_may_give(house: House, actor: Actor, roles: Collection[str], made: Mapping[str, OwnRole]) -> None:
    """Refuse to have *actor* give a role that brings more than they hold.

    Raises:
        NotAllowedError: One does.
    """
    if is_unbounded(actor):
        return
    for role in sorted(roles):
        if role == ADMINISTRATOR or not held_by(house, [role], made) <= actor.permissions:
            raise NotAllowedError(
                N_(
                    "The role %(role)s allows more than you may do yourself, so only an administrator can "
                    "give it. Nothing was changed.",
                    role=role,
                )
            )


def check_may_give_permissions(actor: Actor, permissions: Collection[str]) -> None:
    """Refuse to have *actor* put into a role, or keep in one that they change, what they do not hold.

    Raises:
        NotAllowedError: One of *permissions* is not theirs.
    """
    missing = sorted(set(permissions) - actor.permissions)
    if missing and not is_unbounded(actor):
        raise NotAllowedError(
            N_(
                "You do not hold the permission %(permission)s yourself, so only an administrator can give "
                "or take it. Nothing was changed.",
                permission=missing[0],
            )
        )


def check_may_touch(house: House, actor: Actor, account: Account, made: Mapping[str, OwnRole]) -> None:
    """Refuse to have *actor* change an account that can do more than they can.

    Raises:
        NotAllowedError: It can.
    """
    if is_unbounded(actor):
        return
    if ADMINISTRATOR in account.roles or not held_by(house, account.roles, made) <= actor.permissions:
        raise NotAllowedError(
            N_(
                "%(user_id)s may do more here than you, so only an administrator can change that account. "
                "Nothing was changed.",
                user_id=account.user_id,
            )
        )


def check_stays_administered(session: Session, account: Account) -> None:
    """Refuse to take the last administrator away, whoever asks. The caller has taken their turn.

    Raises:
        ConflictError: Nobody else is administrator and may sign in.
    """
    counts = ADMINISTRATOR in account.roles and account.disabled_at is None
    if counts and not store.other_administrator(session, account.number):
        raise ConflictError(
            N_(
                "%(user_id)s is the last administrator who may sign in. Make somebody else administrator "
                "first. Nothing was changed.",
                user_id=account.user_id,
            )
        )
