"""Doing what plugins ask of the screen, and following what other workers did to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from functools import partial
from typing import Any

from host.api.errors import TabhostError
from host.api.schemas import BadgeSchema, TabSchema
from host.api.values import Tab
from host.domain.errors import PluginFault, RejectedError, RunnerFaultError
from host.engine.checks import check_names, check_permissions
from host.engine.declaring import Opening, ask_for_tabs, through_json
from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.storage.badges import set_badge
from host.storage.declared import change_tabs, next_generation

from .decided import Decided
from .effects import Effects
from .house import House

logger = logging.getLogger(__name__)
_BADGE = BadgeSchema()
_TABS = TabSchema()


def settle(house: House, effects: Effects, opening: Opening) -> None:
    """Keep what a plugin did to badges and tabs. What cannot stand is blamed on it, and left out.

    Args:
        house: The house.
        effects: Of a request that has succeeded.
        opening: How to give a plugin `current_host`, for reading.
    """
    there = house.decisions.now().badges if effects.badges else {}
    known = {
        key: badge
        for key, badge in effects.badges.items()
        if (plugin := house.registry.get(key[0])) and plugin.tab(key[1]) and badge != there.get(key)
    }
    if known:
        with house.stores.host.writing() as session:
            for (owner, tab), badge in known.items():
                packed = None if badge is None else _BADGE.dump(badge)
                set_badge(session, owner, tab, packed, house.clock())
    for name in sorted(effects.changed):
        plugin = house.registry.get(name)
        if plugin is not None:
            _retab(house, plugin, effects, opening)


def _retab(house: House, plugin: Plugin, effects: Effects, opening: Opening) -> None:
    def step() -> None:
        if plugin.remote and effects.trouble:
            raise RunnerFaultError(effects.trouble)
        told = effects.tabs if plugin.remote else ask_for_tabs(plugin, opening)
        if told is None:  # a runner that was not asked has nothing to say of its tabs
            return
        tabs = _checked(house, plugin, through_json(told, _TABS, "host_tabs"))
        if tabs == plugin.tabs:
            return
        with house.stores.host.writing() as session:
            if plugin.remote:
                change_tabs(session, plugin.id, [dict(_TABS.dump(each)) for each in tabs])
            else:
                next_generation(session)
        plugin.tabs = tabs

    _blaming(house, plugin, step)


def _checked(house: House, plugin: Plugin, tabs: list[Tab]) -> list[Tab]:
    """*tabs*, if they may stand in place of the plugin's.

    Raises:
        RejectedError: They may not; the old ones stay.
    """
    changed = copy(plugin)
    changed.tabs = tabs
    check_names(changed, [each for each in house.registry.admitted() if each is not plugin])
    check_permissions(changed)
    for tab in tabs:
        if tab.scripts and tab.id not in plugin.scripted:
            raise RejectedError(
                f"The tab {tab.id!r} cannot begin to bring scripts: that is asked when a plugin is installed."
            )
    return tabs


def _blaming(house: House, plugin: Plugin, step: Callable[[], None]) -> None:
    """Do *step*; only if it fails is it a call that the ledger knows of."""
    try:
        step()
    except BaseException as error:
        with suppress(PluginFault, TabhostError):
            guarded(house.registry.ledger, plugin.id, partial(_raise, error))
        logger.warning("the tabs of %s stay as they were", plugin.id)


def _raise(error: BaseException) -> None:
    raise error


class Follower:
    """Brings this process to the newest generation: settings, switches, badges, and plugins' tabs.

    Args:
        house: The house.
        opening: How to give a plugin `current_host`, for reading.
    """

    def __init__(self, house: House, opening: Opening) -> None:
        self._house, self._opening = house, opening
        self._lock = threading.Lock()
        self._generation = house.decisions.now().generation

    def now(self) -> Decided:
        """What is decided now; the registry's tabs agree with it."""
        decided = self._house.decisions.now()
        if decided.generation > self._generation:
            with self._lock:
                if decided.generation > self._generation:
                    self._follow(decided)
                    self._generation = decided.generation
        return decided

    def _follow(self, decided: Decided) -> None:
        for plugin in self._house.registry.admitted():
            wire = decided.tabs.get(plugin.id)
            if plugin.remote and wire is not None:
                _blaming(self._house, plugin, partial(self._take, plugin, wire))
            elif not plugin.remote and plugin.implements("host_tabs"):
                _blaming(self._house, plugin, partial(self._ask, plugin))

    def _take(self, plugin: Plugin, wire: Any) -> None:
        plugin.tabs = _checked(self._house, plugin, _TABS.load(wire, many=True))

    def _ask(self, plugin: Plugin) -> None:
        plugin.tabs = _checked(self._house, plugin, ask_for_tabs(plugin, self._opening))
