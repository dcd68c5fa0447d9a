"""The house: everything that stands for as long as the process, handed to whoever needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from host.api.settings import Setting
from host.api.values import Storage
from host.domain.errors import ConfigurationError
from host.domain.metering import USUAL_RATE
from host.domain.outbound import Allowed
from host.domain.second_factor import Required
from host.domain.sieve import Sieve
from host.engine.plugin import Plugin
from host.engine.registry import Registry
from host.engine.runner.client import Process
from host.storage.base import Base
from host.storage.database import Database
from host.storage.migrate import HOST_MIGRATIONS, upgrade

from .decided import Decisions
from .keys import Keys
from .metering import Meters

if TYPE_CHECKING:
    from .openid_provider import Provider

Clock = Callable[[], datetime]


def no_process(plugin: str) -> Process | None:  # noqa: ARG001 - the form of `House.processes`
    """No plugin has a process of its own where third parties run in the host's."""
    return None


class Keeper(Protocol):
    """Where the stores of plugins are reached: all of them in the host, its own alone in a runner."""

    @property
    def host(self) -> Database:
        """The host's database."""

    def own(self, plugin: str) -> Database:
        """The store of a third party."""

    def deliver(self, plugin: str) -> None:
        """Carry the plugin's outbox into the host's audit log."""

    def close(self) -> None:
        """Give all connections back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What every process has that serves a plugin, the host or a runner.

    Args:
        version: The product's version.
        stores: Where plugins' stores are reached.
        clock: The time now, in UTC.
        timezone: The installation's time zone, an IANA name.
        language: Language where neither account nor browser says one.
        allowed: Whom the host may call by itself.
    """

    version: str
    stores: Keeper
    clock: Clock
    timezone: str
    language: str = "en"
    allowed: Allowed = field(default_factory=Allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class House(Place):
    """What the host is made of.

    Args:
        registry: The plugins.
        environment: Variables that plugins' settings may be overridden by.
        decisions: What people decided.
        second_factor: Who must have one.
        audit_export: Folder that the audit log is exported to each day; None for nowhere.
        sieve: Which refusals are written into the audit log.
        keys: The installation's keys.
        title: What the screen is called; "" for the product's own word.
        processes: The runner of a plugin, where it is running now.
        provider: The identity provider that people may sign in with; None for none.
        api_rate: Calls that one API token may make in a minute.
        meters: How many of them this process may still let through.
    """

    registry: Registry
    environment: Mapping[str, str]
    decisions: Decisions
    keys: Keys
    second_factor: Required = Required.OPTIONAL
    audit_export: Path | None = None
    sieve: Sieve = field(default_factory=Sieve)
    title: str = ""
    processes: Callable[[str], Process | None] = no_process
    provider: Provider | None = None
    api_rate: int = USUAL_RATE
    meters: Meters = field(default_factory=Meters)


def prepare_host(database: Database) -> None:
    """Bring the host's own tables to the newest version."""
    database.check()
    upgrade(database, "host", HOST_MIGRATIONS, Base.metadata)


def prepare_plugin(stores: Keeper, plugin: Plugin, storage: Storage) -> None:
    """Open a plugin's store and bring its tables to the newest version."""
    store = stores.host if plugin.builtin else stores.own(plugin.id)
    upgrade(store, plugin.id, Path(storage.migrations), storage.metadata)


def settings_of(house: House, plugin: Plugin) -> dict[str, Any]:
    """Values of *plugin*'s settings: environment first, then stored, then default.

    Raises:
        ConfigurationError: A value is not of the setting's kind.
    """
    stored = house.decisions.now().settings.get(plugin.id, {})
    return {each.id: _value(each, house.environment, stored) for each in plugin.settings}


def _value(setting: Setting, environment: Mapping[str, str], stored: Mapping[str, str]) -> Any:
    text = environment.get(setting.env or "") or stored.get(setting.id, setting.default)
    try:
        return None if text is None else setting.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{setting.env or setting.id}: {error}.") from None
