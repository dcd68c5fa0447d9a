"""Permissions in words, by who declares them."""

from __future__ import annotations

from dataclasses import dataclass

from host.api.values import N_, Permission
from host.domain.people import Account
from host.services.looking_after import permissions_by_role
from host.services.roles import permissions_by_owner

from .rendering import HOST
from .shell import role_name, say
from .visitor import household

OWN = N_("This host")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A permission in the reader's language."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The permissions that one plugin declares, or the host."""

    owner: str
    title: str
    permissions: list[Worded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Something that somebody may do.

    Args:
        permission: What.
        owner: Title of who declares it.
        roles: Through which roles, in words.
    """

    permission: Worded
    owner: str
    roles: list[str]


def groups() -> list[Group]:
    """All permissions, the host's own first, then those of plugins."""
    return [
        Group(owner=owner, title=_title(owner), permissions=[_worded(each, owner) for each in several])
        for owner, several in permissions_by_owner(household().house)
    ]


def grants_of(account: Account) -> list[Grant]:
    """What an account's roles allow, in the order of `groups`."""
    held = permissions_by_role(household().house, account)
    return [
        Grant(
            permission=each,
            owner=group.title,
            roles=[say(role_name(role)) for role in held[each.id]],
        )
        for group in groups()
        for each in group.permissions
        if each.id in held
    ]


def _title(owner: str) -> str:
    """What people know a plugin as: its first tab."""
    if owner == HOST:
        return say(OWN)
    found = household().house.registry.get(owner)
    return say(found.tabs[0].title, owner) if found and found.tabs else owner


def _worded(permission: Permission, owner: str) -> Worded:
    described = say(permission.description, owner) if permission.description else ""
    return Worded(id=permission.id, title=say(permission.title, owner), description=described)
