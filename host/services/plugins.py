"""Looking at plugins, switching them, and setting what they can be set to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from host.api.errors import InputError, NotFoundError
from host.api.settings import Setting
from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.engine.plugin import Plugin, State
from host.storage.records import add_audit, store_setting, stored_settings, switch, switched_off

from .house import House
from .limits import BY_SETTING

SEE_ERRORS = "host.errors.view"
"""What it takes to see a traceback: it may have in it what the plugin was working on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginView:
    """One installed plugin as it is listed.

    Args:
        id: Plugin id.
        distribution: Package that ships it.
        version: Its version.
        builtin: Whether it comes with the product.
        remote: Whether it runs in a process of its own.
        pid: Its process, where that is running now.
        memory: What that process uses, in bytes; None where it is not running or cannot be looked at.
        state: Where it stands.
        reason: Why it is rejected; "" otherwise.
        tabs: Ids of its tabs.
        calls: Guarded calls since the host started.
        faults: How many of them failed.
        p50: Median duration in milliseconds.
        p95: 95th percentile in milliseconds.
        last_error_id: Newest fault; "" for none.
        last_trace: The end of its traceback; "" for none, and for whoever may not see it.
        last_fault_at: When it happened; None for never.
    """

    id: str
    distribution: str
    version: str
    builtin: bool
    remote: bool
    pid: int | None
    memory: int | None
    state: State
    reason: str
    tabs: list[str]
    calls: int
    faults: int
    p50: float | None
    p95: float | None
    last_error_id: str
    last_trace: str
    last_fault_at: datetime | None


def off(house: House) -> frozenset[str]:
    """Ids of the plugins that are switched off, now."""
    return house.decisions.now().off


def list_plugins(house: House, actor: Actor) -> list[PluginView]:
    """All installed plugins, admitted or not, built-in ones first, with what *actor* may see of each."""
    disabled = off(house)
    views = [_view(house, each, disabled) for each in house.registry.plugins]
    return views if actor.may(SEE_ERRORS) else [replace(each, last_trace="") for each in views]


def figures_since(house: House) -> datetime:
    """From when on the figures of `list_plugins` count."""
    return house.registry.ledger.since


def _view(house: House, plugin: Plugin, disabled: frozenset[str]) -> PluginView:
    process = house.processes(plugin.id) if plugin.remote else None
    return PluginView(
        id=plugin.id,
        distribution=plugin.found.distribution,
        version=plugin.found.version,
        builtin=plugin.builtin,
        remote=plugin.remote,
        pid=process.pid if process else None,
        memory=process.memory if process else None,
        state=plugin.state(disabled),
        reason=plugin.reason,
        tabs=[tab.id for tab in plugin.tabs],
        **asdict(house.registry.ledger.behaviour(plugin.id)),
    )


def switch_plugin(house: House, plugin: str, *, on: bool, actor: Actor) -> None:
    """Switch a plugin on or off, for all workers, from the next request on.

    Raises:
        NotFoundError: No such plugin is installed.
    """
    if plugin not in {each.id for each in house.registry.plugins}:
        raise NotFoundError(f"No plugin {plugin!r} is installed. See `tabhost plugins list`.")
    with house.stores.host.writing() as session:
        before = {"enabled": plugin not in switched_off(session)}
        now = house.clock()
        switch(session, plugin, on=on, now=now, by=actor.user_id)
        action = "plugin.enabled" if on else "plugin.disabled"
        add_audit(session, AuditEntry(now, actor.user_id, "host", action, plugin, before, {"enabled": on}))


def change_setting(house: House, plugin: str, setting: str, text: str | None, actor: Actor) -> None:
    """Store the value of a plugin's setting, or forget it with None.

    Args:
        house: The house.
        plugin: Plugin id.
        setting: A setting that the plugin declares; for a third party also a limit, such as
            ``runner.deadline``, even while it is rejected: the limit may be what it is rejected for.
        text: The value.
        actor: Who changes it.

    Raises:
        NotFoundError: There is no such plugin or setting.
        InputError: The value is not of the setting's kind, out of bounds, or a path where nothing is.
    """
    installed = [each for each in house.registry.plugins if each.id == plugin]
    owner = house.registry.get(plugin) or next(iter(installed), None)
    if owner is None:
        raise NotFoundError(f"No plugin {plugin!r} is installed. See `tabhost plugins list`.")
    settable = _settable(owner)
    if setting not in settable:
        known = ", ".join(settable) or "none"
        why = "is rejected and has" if owner.reason else "has"
        raise NotFoundError(f"The plugin {plugin} {why} no setting {setting!r}. Its settings: {known}.")
    declared, check = settable[setting]
    if text is not None:
        try:
            text = check(text)
        except ValueError as error:
            raise InputError(f"{error}. Nothing was changed.", place=f"{plugin} {setting}") from None
    with house.stores.host.writing() as session:
        before = stored_settings(session, plugin).get(setting)
        store_setting(session, plugin, setting, text)
        told = declared.told(before), declared.told(text)
        entry = AuditEntry(
            house.clock(), actor.user_id, "host", "plugin.setting_changed", f"{plugin}.{setting}", *told
        )
        add_audit(session, entry)


def _settable(owner: Plugin) -> Mapping[str, tuple[Setting, Callable[[str], str]]]:
    """What can be set of *owner*, and how it is checked: a third party's runner has limits too."""
    limits = {} if owner.builtin else BY_SETTING
    return {each.id: (each, each.checked) for each in owner.settings} | {
        name: (each.setting, each.checked) for name, each in limits.items()
    }
