"""Admitting a plugin, or rejecting it with the reason. The host starts whatever plugins do."""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pluggy
from marshmallow import ValidationError

from host.api.errors import TabhostError
from host.api.hooks import PROJECT, HostSpec
from host.api.schemas import PermissionSchema, RouteSchema, SettingSchema, TabSchema, ValueSchema
from host.api.values import HookSpecs, Permission, Setting, Storage, Tab
from host.domain.errors import RejectedError

from .checks import check_names, check_permissions, checked_storage
from .discovery import Found
from .plugin import Plugin
from .plugin_app import make_plugin_app, routes_of

Value = TypeVar("Value")
PrepareStore = Callable[[Plugin, Storage], None]
"""Opens the plugin's store and runs its migrations; may raise anything."""


def admit_all(found: list[Found], prepare: PrepareStore) -> list[Plugin]:
    """Load and check every plugin that was found, one after the other.

    Built-in plugins come first, since they publish hooks that others are checked against.

    Args:
        found: What discovery found, built-in ones first.
        prepare: How to open a plugin's store.
    """
    plugins: list[Plugin] = []
    loaded = [_loaded(each) for each in found]
    published = _publishers(loaded)
    specs = [HostSpec, *(item.specs for item in published)]
    closed = ("host_hookspecs", *(name for item in published for name in item.builtins_only))
    for plugin, target in loaded:
        if not plugin.reason:
            _try(plugin, lambda: _admit(plugin, target, specs, closed, plugins, prepare))  # noqa: B023 - called at once
        plugins.append(plugin)
    return plugins


def _publishers(loaded: list[tuple[Plugin, object]]) -> list[HookSpecs]:
    """Ask built-in plugins for the hooks they publish."""
    for plugin, target in loaded:
        if plugin.builtin and not plugin.reason:
            _try(plugin, lambda: _ask_for_specs(plugin, target))  # noqa: B023 - called at once
    return [plugin.published for plugin, _ in loaded if plugin.published and not plugin.reason]


def _try(plugin: Plugin, step: Callable[[], None]) -> None:
    """Run one step of admission; whatever it raises becomes the plugin's reason."""
    try:
        step()
    except (RejectedError, TabhostError) as error:
        plugin.reason = str(error)
    except BaseException as error:  # a plugin may raise SystemExit at import
        plugin.reason = _told(error)


def _told(error: BaseException) -> str:
    """An exception as one line that says where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    try:
        text = str(error)
    except Exception:  # even that is the plugin's own code
        text = "(it cannot say what it is)"
    return f"{type(error).__name__}: {text}{place}"


def _loaded(found: Found) -> tuple[Plugin, object]:
    plugin = Plugin(found=found, reason=found.problem)
    targets: list[object] = []
    if not plugin.reason:
        _try(plugin, lambda: targets.append(found.load()))
    if not plugin.reason:
        _try(plugin, lambda: _find_home(plugin, targets[0]))
    if plugin.reason:
        plugin.reason = found.problem or f"Importing it failed. {plugin.reason}"
        return plugin, None
    return plugin, targets[0]


def _find_home(plugin: Plugin, target: object) -> None:
    """The package that *target* lives in, and its folder."""
    home = target if inspect.ismodule(target) else sys.modules.get(type(target).__module__)
    plugin.package = str(getattr(home, "__package__", None) or getattr(home, "__name__", ""))
    file = getattr(home, "__file__", None)
    plugin.folder = Path(file).parent if file else None


def _manager(plugin: str, target: object, specs: list[Any]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    for each in specs:
        manager.add_hookspecs(each)
    manager.register(target, name=plugin)
    manager.check_pending()
    for caller in manager.get_hookcallers(target) or []:
        if any(each.hookwrapper or each.wrapper for each in caller.get_hookimpls()):
            raise RejectedError(f"{caller.name}() is a hook wrapper. A plugin speaks for itself only.")
    return manager


def _ask_for_specs(plugin: Plugin, target: object) -> None:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HostSpec)
    manager.register(target, name=plugin.id)
    if not manager.hook.host_hookspecs.get_hookimpls():
        return
    answer = next(iter(manager.hook.host_hookspecs()), None)
    if not isinstance(answer, HookSpecs):
        raise RejectedError(f"host_hookspecs() returned {type(answer).__name__}, expected HookSpecs.")
    pluggy.PluginManager(PROJECT).add_hookspecs(answer.specs)  # raises here, and not in everybody's manager
    plugin.published = answer


def _admit(
    plugin: Plugin,
    target: object,
    specs: list[Any],
    closed: tuple[str, ...],
    others: list[Plugin],
    prepare: PrepareStore,
) -> None:
    if any(plugin.id == each.id for each in others):
        raise RejectedError(f"The id {plugin.id} belongs to another plugin that is installed too.")
    plugin.manager = _manager(plugin.id, target, specs)
    for name in closed:
        if not plugin.builtin and plugin.implements(name):
            raise RejectedError(f"{name}() is for built-in plugins only.")
    plugin.permissions = _declared(plugin, "host_permissions", Permission, PermissionSchema())
    plugin.settings = _declared(plugin, "host_settings", Setting, SettingSchema())
    plugin.tabs = _declared(plugin, "host_tabs", Tab, TabSchema())
    check_names(plugin, [each for each in others if not each.reason])
    if plugin.implements("host_pages"):
        plugin.app = make_plugin_app(plugin.id, plugin.call("host_pages"), plugin.package)
        plugin.routes = _through_json(routes_of(plugin.id, plugin.app), RouteSchema())
        plugin.keep_addresses()
    check_permissions(plugin)
    if plugin.implements("host_storage"):
        plugin.storage = checked_storage(plugin, plugin.call("host_storage"))
        prepare(plugin, plugin.storage)


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
    values = _through_json(answer, schema, hook)
    ids = [each.id for each in values]
    doubles = sorted({each for each in ids if ids.count(each) > 1})
    if doubles:
        raise RejectedError(f"{hook}() names {doubles[0]!r} twice.")
    return values


def _through_json(values: list[Any], schema: ValueSchema, hook: str = "host_pages") -> list[Any]:
    """Declarations cross the border as JSON, whether there is a border yet or not."""
    try:
        return list(schema.load(json.loads(json.dumps(schema.dump(values, many=True))), many=True))
    except (ValidationError, ValueError, TypeError) as error:
        raise RejectedError(f"{hook}() returned a value that is not valid: {error}") from error
