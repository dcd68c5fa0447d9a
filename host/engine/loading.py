"""Importing a plugin. Whatever its code does at that moment becomes its reason, and nobody else's trouble."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pluggy

from host.api.errors import TabhostError
from host.api.hooks import HostSpec
from host.api.markers import PROJECT
from host.api.values import HookSpecs
from host.domain.errors import RejectedError

from .discovery import Found
from .plugin import Plugin


def attempt(plugin: Plugin, step: Callable[[], None]) -> None:
    """Run one step of admission; whatever it raises becomes the plugin's reason."""
    try:
        step()
    except (RejectedError, TabhostError) as error:
        plugin.reason = str(error)
    except BaseException as error:  # a plugin may raise SystemExit at import
        plugin.reason = told(error)


def told(error: BaseException) -> str:
    """An exception as one line that says where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    try:
        text = str(error)
    except Exception:  # even that is the plugin's own code
        text = "(it cannot say what it is)"
    return f"{type(error).__name__}: {text}{place}"


def load(found: Found) -> tuple[Plugin, object]:
    """A plugin and its object; with a reason and without an object where that failed."""
    plugin = Plugin(found=found, reason=found.problem)
    targets: list[object] = []
    if not plugin.reason:
        attempt(plugin, lambda: targets.append(found.load()))
    if not plugin.reason:
        attempt(plugin, lambda: _find_home(plugin, targets[0]))
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


def managed(plugin: str, target: object, specs: list[Any], *, check: bool = True) -> pluggy.PluginManager:
    """A manager with *target* alone in it.

    Args:
        plugin: Plugin id.
        target: Its object.
        specs: Every specification there is.
        check: Whether to hold it against them; it may have been done before.

    Raises:
        RejectedError: It wraps hooks of others.
        PluginValidationError: A hook is misspelt, or has arguments that the specification does not know.
    """
    manager = pluggy.PluginManager(PROJECT)
    for each in specs:
        manager.add_hookspecs(each)
    manager.register(target, name=plugin)
    if check:
        _check(manager, target)
    return manager


def _check(manager: pluggy.PluginManager, target: object) -> None:
    manager.check_pending()
    for caller in manager.get_hookcallers(target) or []:
        if any(each.hookwrapper or each.wrapper for each in caller.get_hookimpls()):
            raise RejectedError(f"{caller.name}() is a hook wrapper. A plugin speaks for itself only.")


def publishers(loaded: list[tuple[Plugin, object]]) -> list[HookSpecs]:
    """What the built-in plugins among *loaded* publish."""
    for plugin, target in loaded:
        if plugin.builtin and not plugin.reason:
            attempt(plugin, lambda: _ask_for_specs(plugin, target))  # noqa: B023 - called at once
    return [plugin.published for plugin, _ in loaded if plugin.published and not plugin.reason]


def _ask_for_specs(plugin: Plugin, target: object) -> None:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HostSpec)
    manager.register(target, name=plugin.id)
    if not manager.hook.host_hookspecs.get_hookimpls():
        return
    answer = next(iter(manager.hook.host_hookspecs()), None)
    if not isinstance(answer, HookSpecs):
        raise RejectedError(f"host_hookspecs() returned {type(answer).__name__}, expected HookSpecs.")
    if answer.specs is not None:
        pluggy.PluginManager(PROJECT).add_hookspecs(answer.specs)  # raises here, not in everybody's manager
    plugin.published = answer
