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

from host.api.errors import TabhostError
from host.api.hooks import PROJECT, HostSpec
from host.api.schemas import PermissionSchema, RouteSchema, SettingSchema, TabSchema, ValueSchema
from host.api.values import HookSpecs, Permission, Plain, Setting, Storage, Tab, Text
from host.domain.errors import RejectedError

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
    specs = [HostSpec, *(item.specs for item in _publishers(loaded))]
    for plugin, target in loaded:
        if not plugin.reason:
            _try(plugin, lambda: _admit(plugin, target, specs, plugins, prepare))  # noqa: B023 - called at once
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
    return f"{type(error).__name__}: {error}{place}"


def _loaded(found: Found) -> tuple[Plugin, object]:
    plugin = Plugin(found=found, reason=found.problem)
    if plugin.reason:
        return plugin, None
    targets: list[object] = []
    _try(plugin, lambda: targets.append(found.load()))
    if plugin.reason:
        plugin.reason = f"Importing it failed. {plugin.reason}"
        return plugin, None
    home = targets[0] if inspect.ismodule(targets[0]) else sys.modules.get(type(targets[0]).__module__)
    plugin.package = str(getattr(home, "__package__", None) or getattr(home, "__name__", ""))
    file = getattr(home, "__file__", None)
    plugin.folder = Path(file).parent if file else None
    return plugin, targets[0]


def _manager(plugin: str, target: object, specs: list[Any]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    for each in specs:
        manager.add_hookspecs(each)
    manager.register(target, name=plugin)
    manager.check_pending()
    return manager


def _ask_for_specs(plugin: Plugin, target: object) -> None:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HostSpec)
    manager.register(target, name=plugin.id)
    answers = manager.hook.host_hookspecs()
    if answers and not isinstance(answers[0], HookSpecs):
        raise RejectedError(f"host_hookspecs() returned {type(answers[0]).__name__}, expected HookSpecs.")
    plugin.published = answers[0] if answers else None


def _admit(
    plugin: Plugin, target: object, specs: list[Any], others: list[Plugin], prepare: PrepareStore
) -> None:
    plugin.manager = _manager(plugin.id, target, specs)
    if not plugin.builtin and plugin.implements("host_hookspecs"):
        raise RejectedError("host_hookspecs() is for built-in plugins only.")
    plugin.permissions = _declared(plugin, "host_permissions", Permission, PermissionSchema())
    plugin.settings = _declared(plugin, "host_settings", Setting, SettingSchema())
    plugin.tabs = _declared(plugin, "host_tabs", Tab, TabSchema())
    _check_names(plugin, [each for each in others if not each.reason])
    blueprint = plugin.call("host_pages")
    if blueprint is not None:
        plugin.app = make_plugin_app(plugin.id, blueprint, plugin.package)
        plugin.routes = _through_json(routes_of(plugin.id, plugin.app), RouteSchema())
        _check_permissions(plugin)
        plugin.keep_addresses()
    storage = plugin.call("host_storage")
    if storage is not None:
        _check_storage(plugin, storage)
        plugin.storage = storage
        prepare(plugin, storage)


def _declared(plugin: Plugin, hook: str, kind: type[Value], schema: ValueSchema) -> list[Value]:
    answer = plugin.call(hook)
    if answer is None:
        return []
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
    except (ValueError, TypeError) as error:  # marshmallow's ValidationError is a ValueError
        raise RejectedError(f"{hook}() returned a value that is not valid: {error}") from error


def _check_names(plugin: Plugin, others: list[Plugin]) -> None:
    taken = {each.id: other.id for other in others for each in other.permissions}
    for permission in plugin.permissions:
        if permission.id in taken:
            raise RejectedError(f"The permission {permission.id!r} belongs to {taken[permission.id]}.")
        if permission.id.startswith("host.") or not (
            plugin.builtin or permission.id.startswith(f"{plugin.id}.")
        ):
            raise RejectedError(f"The permission {permission.id!r} must start with {plugin.id!r} and a dot.")
    titles = {_title(tab): other.id for other in others for tab in other.tabs}
    for tab in plugin.tabs:
        if _title(tab) in titles:
            raise RejectedError(
                f"A tab named {_title(tab)!r} is there already; it belongs to {titles[_title(tab)]}."
            )
        titles[_title(tab)] = plugin.id
    variables = {each.env: other.id for other in others for each in other.settings if each.env}
    for setting in plugin.settings:
        if setting.env in variables:
            raise RejectedError(f"The variable {setting.env} belongs to {variables[setting.env]}.")


def _title(tab: Tab) -> str:
    match tab.title:
        case Plain(text=text) | Text(id=text):
            return text.strip().casefold()


def _check_permissions(plugin: Plugin) -> None:
    declared = {each.id for each in plugin.permissions}
    named = [(each.view, f"The tab {each.id!r}") for each in plugin.tabs]
    named += [(each.manage, f"The tab {each.id!r}") for each in plugin.tabs if each.manage]
    named += [(each.permission, f"The route {each.rule}") for each in plugin.routes]
    for permission, who in named:
        if permission not in declared:
            raise RejectedError(f"{who} asks for {permission!r}, which host_permissions() does not declare.")


def _check_storage(plugin: Plugin, storage: object) -> None:
    if not isinstance(storage, Storage):
        raise RejectedError(f"host_storage() returned {type(storage).__name__}, expected Storage.")
    for table in storage.metadata.tables:
        if not table.startswith(f"{plugin.id}_"):
            raise RejectedError(f"The table {table!r} stands outside the plugin's names: {plugin.id}_….")
    if not (Path(storage.migrations) / "versions").is_dir():
        raise RejectedError("host_storage() names a folder of migrations without versions/ in it.")
