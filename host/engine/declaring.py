"""Asking a plugin for everything it declares, in the process it lives in."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask
from marshmallow import ValidationError

from host.api.hooks import HostSpec
from host.api.schemas import JobSchema, PermissionSchema, RouteSchema, SettingSchema, TabSchema, ValueSchema
from host.api.settings import Setting
from host.api.values import HookSpecs, Job, Permission, Storage, Tab
from host.domain.errors import RejectedError

from .answers import ask_once
from .checks import checked_storage
from .declarations import COMMAND, Command, Declarations
from .loading import managed, told
from .plugin import Plugin
from .plugin_app import description_of, make_plugin_app, routes_of

Value = TypeVar("Value")
PrepareStore = Callable[[Plugin, Storage], None]
"""Opens the plugin's store and runs its migrations; may raise anything."""
Opening = Callable[[Plugin], AbstractContextManager[Any]]
"""Makes a plugin the one being served, reading only, for as long as the block lasts."""

BUILTINS_ONLY = ("host_banners", "host_hookspecs", "host_jobs", "host_login_allowed", "host_run_job")
"""Hooks of the host that a third party may not implement."""

# Bound now: the plugin, which is imported later, may put something else in their place.
_dumps, _loads = json.dumps, json.loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a plugin is asked in.

    Args:
        published: What built-in plugins publish.
        prepare: How to open a plugin's store.
        opening: How to give it `current_host` while it is asked for its tabs.
    """

    prepare: PrepareStore
    opening: Opening
    published: list[HookSpecs] = field(default_factory=list)

    @property
    def specs(self) -> list[Any]:
        """Every specification there is."""
        return [HostSpec, *(each.specs for each in self.published if each.specs is not None)]

    @property
    def closed(self) -> tuple[str, ...]:
        """Hooks that only built-in plugins may implement."""
        return (*BUILTINS_ONLY, *(name for each in self.published for name in each.builtins_only))


def declare(plugin: Plugin, target: object, around: Surroundings) -> None:
    """Ask *plugin* for what it declares, and bring its store to the newest version.

    Raises:
        RejectedError: Something of it may not stand.
        Exception: Whatever its code raises.
    """
    plugin.manager = managed(plugin.id, target, around.specs)
    for name in around.closed:
        if not plugin.builtin and plugin.implements(name):
            raise RejectedError(f"{name}() is for built-in plugins only.")
    plugin.permissions = _declared(plugin, "host_permissions", Permission, PermissionSchema())
    plugin.settings = _declared(plugin, "host_settings", Setting, SettingSchema())
    plugin.jobs = _declared(plugin, "host_jobs", Job, JobSchema())
    if plugin.jobs and not plugin.implements("host_run_job"):
        raise RejectedError("host_jobs() announces jobs, but there is no host_run_job() that does them.")
    ask_once(plugin, around.published)
    plugin.app = _app_of(plugin)
    if plugin.app:
        plugin.routes = through_json(routes_of(plugin.id, plugin.app), RouteSchema())
        plugin.description = description_of(plugin.id, plugin.app)
        plugin.keep_addresses()
    if plugin.implements("host_storage"):
        plugin.storage = checked_storage(plugin, plugin.call("host_storage"))
        around.prepare(plugin, plugin.storage)
    plugin.tabs = ask_for_tabs(plugin, around.opening)


def furnish(plugin: Plugin, target: object, prepare: PrepareStore) -> None:
    """Make *plugin* ready to serve what it declared when it was asked. Its tabs come with each call."""
    plugin.manager = managed(plugin.id, target, [HostSpec], check=False)
    plugin.app = _app_of(plugin)
    if plugin.implements("host_storage"):
        plugin.storage = checked_storage(plugin, plugin.call("host_storage"))
        prepare(plugin, plugin.storage)


def _app_of(plugin: Plugin) -> Flask | None:
    """The application that serves its pages and its API; None if it has neither."""
    hooks = [each for each in ("host_pages", "host_api") if plugin.implements(each)]
    blueprints = {each: plugin.call(each) for each in hooks}
    return make_plugin_app(plugin.id, plugin.package, blueprints) if blueprints else None


def ask_for_tabs(plugin: Plugin, opening: Opening) -> list[Tab]:
    """The plugin's tabs, as they are now.

    Raises:
        RejectedError: What it returned is not valid.
    """
    with opening(plugin):
        return _declared(plugin, "host_tabs", Tab, TabSchema())


def declarations_of(plugin: Plugin, published: list[HookSpecs]) -> Declarations:
    """What an admitted plugin declared, to be carried to where the host is."""
    hooks = tuple(sorted(each.name for each in _callers(plugin)))
    schemas = {name: schema for each in published for name, schema in each.schemas.items()}
    commands, trouble = _commands(plugin)
    return Declarations(
        package=plugin.package,
        folder=str(plugin.folder) if plugin.folder else None,
        hooks=hooks,
        tabs=tuple(plugin.tabs),
        permissions=tuple(plugin.permissions),
        settings=tuple(plugin.settings),
        routes=tuple(plugin.routes),
        stores=plugin.storage is not None,
        commands=commands,
        trouble=trouble,
        description=plugin.description,
        answers={name: _answer(plugin, name, schemas[name]) for name in hooks if name in schemas},
    )


def _commands(plugin: Plugin) -> tuple[tuple[Command, ...], str]:
    """The groups of commands it brings, and why some are missing, or all."""
    try:
        groups = plugin.call("host_cli") or []
        if not isinstance(groups, list):
            return (), "host_cli() returned no list."
        good = [each for each in groups if each.name and COMMAND.match(each.name)]
        bad = [each.name for each in groups if each not in good]
        trouble = f"A group of commands cannot be named {bad[0]!r}."[:300] if bad else ""
        return tuple(Command(name=each.name, help=(each.help or "")[:1000]) for each in good), trouble
    except BaseException as error:  # its tabs may still be good
        return (), told(error)


def _callers(plugin: Plugin) -> list[Any]:
    manager = plugin.manager
    if manager is None:
        return []
    return [each for object_ in manager.get_plugins() for each in manager.get_hookcallers(object_) or []]


def _answer(plugin: Plugin, hook: str, schema: Any) -> Any:
    """What a remote plugin says to a published hook is asked once: there is nobody to ask later."""
    caller = getattr(plugin.manager.hook, hook) if plugin.manager else None
    spec = getattr(caller, "spec", None)
    if spec is not None and spec.argnames:
        raise RejectedError(f"{hook}() takes arguments: a plugin that runs in a runner cannot answer it.")
    value = plugin.call(hook)
    return None if value is None else schema.dump(value)


def _declared(plugin: Plugin, hook: str, kind: type[Value], schema: ValueSchema) -> list[Value]:
    if not plugin.implements(hook):
        return []
    answer = plugin.call(hook)
    if not isinstance(answer, list):
        raise RejectedError(f"{hook}() returned {type(answer).__name__}, expected list[{kind.__name__}].")
    for each in answer:
        if not isinstance(each, kind):
            raise RejectedError(
                f"{hook}() returned a {type(each).__name__} in its list, expected {kind.__name__}."
            )
    values = through_json(answer, schema, hook)
    ids = [each.id for each in values]
    doubles = sorted({each for each in ids if ids.count(each) > 1})
    if doubles:
        raise RejectedError(f"{hook}() names {doubles[0]!r} twice.")
    return values


def through_json(values: list[Any], schema: ValueSchema, hook: str = "host_pages") -> list[Any]:
    """Declarations cross the border as JSON, whether there is a border yet or not.

    Raises:
        RejectedError: One of them cannot.
    """
    try:
        return list(schema.load(_loads(_dumps(schema.dump(values, many=True))), many=True))
    except (ValidationError, ValueError, TypeError) as error:
        raise RejectedError(f"{hook}() returned a value that is not valid: {error}") from error
