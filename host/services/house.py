"""The house: everything that stands for as long as the process, handed to whoever needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from host.api.values import Setting, Storage
from host.domain.errors import ConfigurationError
from host.engine.plugin import Plugin
from host.engine.registry import Registry
from host.storage.base import Base
from host.storage.database import Database
from host.storage.migrate import HOST_MIGRATIONS, upgrade
from host.storage.records import stored_settings
from host.storage.stores import Stores

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the host is made of.

    Args:
        version: The product's version.
        stores: The host's database and those of third parties.
        registry: The plugins.
        clock: The time now, in UTC.
        environment: Variables that plugins' settings may be overridden by.
        timezone: The installation's time zone, an IANA name.
        language: Language where neither account nor browser says one.
        title: What the screen is called; "" for the product's own word.
    """

    version: str
    stores: Stores
    registry: Registry
    clock: Clock
    environment: Mapping[str, str]
    timezone: str
    language: str = "en"
    title: str = ""


def prepare_host(database: Database) -> None:
    """Bring the host's own tables to the newest version."""
    database.check()
    upgrade(database, "host", HOST_MIGRATIONS, Base.metadata)


def prepare_plugin(stores: Stores, plugin: Plugin, storage: Storage) -> None:
    """Open a plugin's store and bring its tables to the newest version."""
    store = stores.host if plugin.builtin else stores.own(plugin.id)
    upgrade(store, plugin.id, Path(storage.migrations), storage.metadata)


def settings_of(house: House, plugin: Plugin) -> dict[str, Any]:
    """Values of *plugin*'s settings: environment first, then stored, then default.

    Raises:
        ConfigurationError: A value is not of the setting's kind.
    """
    with house.stores.host.reading() as session:
        stored = stored_settings(session, plugin.id)
    return {each.id: _value(each, house.environment, stored) for each in plugin.settings}


def _value(setting: Setting, environment: Mapping[str, str], stored: Mapping[str, str]) -> Any:
    text = environment.get(setting.env or "") or stored.get(setting.id, setting.default)
    try:
        return None if text is None else setting.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{setting.env or setting.id}: {error}.") from None
