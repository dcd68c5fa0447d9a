"""Roles: names under which permissions are given. Some are the host's, some plugins', some made by people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from host.api.errors import InputError
from host.api.values import N_, Actor, Permission, Plain, Text

ADMINISTRATOR, VIEWER, AUDITOR = "administrator", "viewer", "auditor"
BUILT_IN: dict[str, Text] = {
    ADMINISTRATOR: N_("administrator"),
    VIEWER: N_("viewer"),
    AUDITOR: N_("auditor"),
}
"""The host's own roles, in words."""

DESCRIBED: tuple[Permission, ...] = (
    Permission(
        id="host.plugins.view",
        title=N_("See plugins"),
        description=N_("The Plugins page: what is installed, and how it behaves."),
        default_roles=(ADMINISTRATOR,),
    ),
    Permission(
        id="host.plugins.manage",
        title=N_("Manage plugins"),
        description=N_("Switch plugins on and off."),
        default_roles=(ADMINISTRATOR,),
    ),
    Permission(
        id="host.errors.view",
        title=N_("See tracebacks"),
        description=N_("What a plugin was at when it failed; there may be in it what it was working on."),
        default_roles=(ADMINISTRATOR,),
    ),
    Permission(
        id="host.people.view",
        title=N_("See people"),
        description=N_("Who may sign in here, what their roles are, and what those allow."),
        default_roles=(ADMINISTRATOR,),
    ),
    Permission(
        id="host.people.manage",
        title=N_("Manage people"),
        description=N_(
            "Add people, disable them, and give and take roles, as far as one's own permissions go."
        ),
        default_roles=(ADMINISTRATOR,),
    ),
    Permission(
        id="host.audit.view",
        title=N_("See the audit log"),
        description=N_("Who did what, on what, and when; everybody's."),
        default_roles=(ADMINISTRATOR, AUDITOR),
    ),
    Permission(
        id="host.tokens.manage",
        title=N_("Manage API tokens"),
        description=N_("See and revoke everybody's API tokens."),
        default_roles=(ADMINISTRATOR,),
    ),
)
"""The host's own permissions, declared like those of a plugin."""

LONGEST_TITLE, MOST_PERMISSIONS, MOST_ROLES = 60, 500, 200
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Origin(StrEnum):
    """Who brought a role."""

    HOST = "host"
    PLUGIN = "plugin"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRole:
    """A role that somebody made here.

    Args:
        name: ``[a-z][a-z0-9_]{1,39}``; no other role's.
        title: What it is called on pages, 1 to 60 characters.
        permissions: What it brings. One that nothing declares any more allows nothing, and is kept.
    """

    name: str
    title: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Any role.

    Args:
        name: What it is called in data.
        title: In words; a plugin's has its name only.
        permissions: What it brings now.
        origin: Who brought it; only one's own can be changed.
    """

    name: str
    title: Text | Plain
    permissions: frozenset[str]
    origin: Origin


def title_of(name: str, own: Mapping[str, OwnRole]) -> Text | Plain:
    """A role in words; one that a plugin brought by its own name."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    return Plain(own[name].title) if name in own else Plain(name.replace("_", " "))


def roles_there_are(declared: Iterable[Permission], own: Mapping[str, OwnRole]) -> list[Role]:
    """Every role: the host's first, then those of plugins, then those that people made, each by name.

    Where a plugin that came later brings a role of the same name as one's own, what both bring counts.

    Args:
        declared: All permissions, the host's among them.
        own: Roles that people made, by name.
    """
    every = list(declared)
    brought = {role for each in every for role in each.default_roles} - BUILT_IN.keys()
    named = [(each, Origin.HOST) for each in BUILT_IN]
    named += [(each, Origin.PLUGIN) for each in sorted(brought - own.keys())]
    named += [(each, Origin.OWN) for each in sorted(own)]
    return [
        Role(
            name=name,
            title=title_of(name, own),
            permissions=permissions_of([name], every, own),
            origin=origin,
        )
        for name, origin in named
    ]


def permissions_of(
    roles: Iterable[str], declared: Iterable[Permission], own: Mapping[str, OwnRole]
) -> frozenset[str]:
    """All permissions that *roles* bring of those that are *declared*. Default deny (ASVS 8.2.1)."""
    held = frozenset(roles)
    given = frozenset[str]().union(*(own[each].permissions for each in held if each in own))
    return frozenset(each.id for each in declared if each.id in given or held & set(each.default_roles))


def is_unbounded(actor: Actor) -> bool:
    """Whether *actor* may give and take what they do not hold: an administrator, and not a token of one.

    A token that holds a part of what its administrator may do is bound to that part.
    """
    own = {each.id for each in DESCRIBED if ADMINISTRATOR in each.default_roles}
    return ADMINISTRATOR in actor.roles and own <= actor.permissions


def checked_role(name: str, title: str, permissions: Iterable[str], known: Iterable[str]) -> OwnRole:
    """A role as it may be kept.

    Args:
        name: As in `OwnRole`.
        title: As in `OwnRole`; blanks around it are taken off.
        permissions: What it is to bring.
        known: Every permission there is.

    Raises:
        InputError: One of them cannot stand; the sentence says what was expected.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            N_(
                "The name of a role has 2 to 40 small letters a to z, digits and underscores, and begins "
                "with a letter. Nothing was changed."
            )
        )
    shown = title.strip()
    if not 1 <= len(shown) <= LONGEST_TITLE or not shown.isprintable():
        raise InputError(
            N_(
                "The title of a role has 1 to %(most)s printable characters. Nothing was changed.",
                most=LONGEST_TITLE,
            )
        )
    wanted = frozenset(permissions)
    unknown = sorted(wanted - frozenset(known))
    if unknown:
        raise InputError(
            N_("There is no permission %(name)s. Nothing was changed.", name=repr(unknown[0][:80]))
        )
    return OwnRole(name=name, title=shown, permissions=wanted)
