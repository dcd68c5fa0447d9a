"""Declarations: what a plugin says about itself, as values that survive JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marshmallow import Schema
    from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message of the plugin's catalogue, translated when it is drawn.

    Args:
        id: The English text; it is the key in the catalogue (the plugin's first, then the host's).
        args: Values for ``%(name)s`` and ``%(name)d`` in the text; nothing else is filled in.
        n: The number that chooses between singular and plural; None where there is no plural.
        plural: The English plural, used together with ``n``.
    """

    id: str
    args: Mapping[str, str | int] = field(default_factory=dict)
    n: int | None = None
    plural: str | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """A text that is shown as it is in every language, such as a proper name."""

    text: str


def N_(message: str, **args: str | int) -> Text:  # noqa: N802 - gettext's own name, known to extractors
    """Mark *message* for translation and return it as a `Text`."""
    return Text(id=message, args=args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab in the row.

    Args:
        id: First path segment below ``/tabs/<plugin>/``; ``[a-z0-9-]{1,40}``.
        title: What stands on the tab, up to 60 characters; no other tab's, and no page's of the host.
        view: Permission to see the tab.
        manage: Permission to change things in it; None where nothing can be changed.
        order: Smaller stands further to the left; equal ones are sorted by plugin and tab id.
        icon: Name of a picture in the host's icon set, or "" for none.
        scripts: Whether the tab's pages bring scripts of their own; shown before installing.
    """

    id: str
    title: Text | Plain
    view: str
    manage: str | None = None
    order: int = 100
    icon: str = ""
    scripts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What needs attention on a tab.

    Args:
        text: A number or one short word, up to 8 characters.
        title: What it means, for those who hear it, up to 60 characters: ``3 open requests``.
        kind: ``info``, or ``warn`` for what will become a problem.

    .. versionadded:: 0.1
    """

    text: str
    title: Text | Plain
    kind: str = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Something a person may or may not do.

    Args:
        id: Name in the form ``area.verb``; a third party's start with its plugin id and a dot.
        title: What stands beside it in a list of permissions, up to 200 characters.
        description: One sentence on what it allows, up to 1000 characters.
        default_roles: Roles that hold it unless an administrator decides otherwise. A role that
            no one else named comes into being by standing here.
    """

    id: str
    title: Text | Plain
    description: Text | Plain | None = None
    default_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that the host has a plugin do by the clock, once in the whole installation.

    Args:
        id: ``[a-z][a-z0-9_]{0,39}``, unique in the plugin.
        title: What stands beside it in a list of jobs, up to 200 characters.
        every: Seconds from the end of one run to the next, from 60 to 31,622,400 (366 days).
        timeout: Seconds after which a run is ended and nothing of it is kept, from 1 to 3,600.

    .. versionadded:: 0.1
    """

    id: str
    title: Text | Plain
    every: int
    timeout: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address of a plugin, as it is reported at admission.

    Args:
        rule: Werkzeug rule, with the prefix ``/tabs/<plugin>`` or ``/api/v1/<plugin>``.
        methods: HTTP methods, upper case and sorted; HEAD and OPTIONS left out.
        permission: The permission that the route declares with `requires`.
    """

    rule: str
    methods: tuple[str, ...]
    permission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What a plugin keeps: its tables, and the way from one version of them to the next.

    Args:
        metadata: SQLAlchemy tables, each named ``<plugin id>_…``.
        migrations: Folder with Alembic's ``versions/``; no ``env.py`` is needed.
    """

    metadata: MetaData
    migrations: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSpecs:
    """Hooks and functions that a built-in plugin publishes for others.

    Args:
        specs: Class or module with functions marked `hookspec`; None for none.
        schemas: For each hook the marshmallow schema *instance* of what one implementation returns;
            ``many=True`` where it returns a list.
        builtins_only: Names of those hooks that only built-in plugins may implement.
        functions: Functions marked `published`, which other plugins may call.
        declared: Those hooks, without arguments, that a plugin is asked once, when it is loaded. Each with
            what judges an answer of the right form: it takes the plugin's id and the answer, and returns what
            is wrong with that, "" for nothing. A plugin that answers wrongly is rejected with the reason.
    """

    specs: type | ModuleType | None = None
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    builtins_only: tuple[str, ...] = ()
    functions: tuple[Callable[..., Any], ...] = ()
    declared: Mapping[str, Callable[[str, Any], str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is acting: a signed-in person, the command line, or the host itself in a job.

    Args:
        user_id: Initials the account is known by; ``cli`` for the command line, ``system`` in a job.
        full_name: The person's name.
        permissions: Names of all permissions held.
        roles: Names of the roles they come from.
    """

    user_id: str
    full_name: str = ""
    permissions: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()

    def may(self, permission: str) -> bool:
        """Whether this actor holds *permission*."""
        return permission in self.permissions


JsonValue = Any
"""What `json` can write: the form of ``before`` and ``after`` in an audit row."""
