"""The composition root of a runner: one third-party plugin, its store, and the way back to the host.

Nothing here runs in the host's own processes, apart from what describes a runner. The host's database
address, its environment and its sockets are gone by the time the plugin is imported.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from socket import socket
from typing import Any

from .api.runtime import serving
from .api.values import Actor
from .engine.admission import admit_alone
from .engine.declarations import packed
from .engine.discovery import Found
from .engine.loading import load, publishers
from .engine.plugin import Plugin
from .engine.runner.limits import Limits, clean_environment, close_all_but, confine
from .engine.runner.places import way_back_socket
from .engine.runner.seal import Key
from .engine.runner.server import serve_socket
from .services.house import Place, prepare_plugin
from .services.scope import Scope
from .storage.stores import RunnerStores
from .web.owners import make_renderers
from .web.plugin_host import PluginHost
from .web.runner_app import RunnerApp
from .web.way_home import Home, Loading

PRELOADED = (
    "alembic.config", "alembic.runtime.environment", "alembic.script", "babel.dates", "babel.numbers",
    "flask_smorest", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite",
    "sqlalchemy.orm", "waitress.server", "webargs.flaskparser",
)  # fmt: skip
"""Shared names that are imported late elsewhere. Never a plugin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is handed to a runner; it survives JSON.

    Args:
        plugin: Whose runner it is.
        url: Address of the plugin's own store.
        schema: PostgreSQL schema of it; None on SQLite.
        key: The plugin's key, in hexadecimal.
        version: The host's version.
        timezone: The installation's zone.
        limits: What it may use.
        upload: Largest request body in bytes.
    """

    plugin: str
    url: str
    schema: str | None
    key: str
    version: str
    timezone: str
    limits: Limits
    upload: int = 6_000_000


@dataclass(frozen=True, slots=True)
class Furnished:
    """A plugin that is ready to be served.

    Args:
        place: This process.
        plugin: The plugin.
        home: How the host is reached.
        declared: What it declares, as JSON.
    """

    place: Place
    plugin: Plugin
    home: Home
    declared: dict[str, Any]


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def preload() -> None:
    """Import what every child needs before any is forked: they share the memory, and start in no time."""
    for name in PRELOADED:
        import_module(name)


def furnish(found: Found, builtins: list[Found], charge: Charge, folder: Path | None) -> Furnished:
    """Open the plugin's store, bring it to the newest version, and load the plugin.

    Args:
        found: The plugin.
        builtins: Built-in plugins, for what they publish.
        charge: What was handed over.
        folder: Where the host's sockets stand; None where there is no host to ask.

    Raises:
        RejectedError: It may not stand; carries the reason.
    """
    published = publishers([load(each) for each in builtins])
    home = Home(
        plugin=found.id,
        socket=way_back_socket(folder) if folder else Path("/nowhere"),
        key=Key(bytes.fromhex(charge.key)),
        schemas={name: schema for each in published for name, schema in each.schemas.items()},
    )
    stores = RunnerStores(found.id, charge.url, charge.schema, home.push)
    place = Place(version=charge.version, stores=stores, clock=utc_now, timezone=charge.timezone)

    @contextmanager
    def opening(plugin: Plugin) -> Iterator[None]:
        scope = Scope(place, Actor(user_id=""), "en", charge.timezone, writes=False)
        try:
            with serving(PluginHost(scope, plugin, {}, Loading())):
                yield
        finally:
            scope.finish(keep=False)

    plugin, declared = admit_alone(
        found, builtins, lambda plugin, storage: prepare_plugin(stores, plugin, storage), opening
    )
    return Furnished(place, plugin, home, packed(declared))


def declare_alone(found: Found, builtins: list[Found], charge: Charge) -> bytes:
    """What the plugin declares, as JSON; for a forked child that ends afterwards."""
    return json.dumps(furnish(found, builtins, charge, None).declared).encode()


def run_runner(
    found: Found, builtins: list[Found], charge: Charge, folder: Path, sockets: tuple[socket, int, int]
) -> None:
    """Serve one plugin until the leash is let go of, or nobody has called for a while.

    Args:
        found: The plugin.
        builtins: Built-in plugins, for what they publish.
        charge: What was handed over.
        folder: Where the host's sockets stand.
        sockets: The listening socket, the descriptor that says when it is ready, and the leash.
    """
    listener, status, leash = sockets
    close_all_but([listener.fileno(), status, leash])
    clean_environment()
    confine(charge.limits)
    ready = furnish(found, builtins, charge, folder)
    app = RunnerApp(ready.place, ready.plugin, make_renderers([ready.plugin]), ready.home.key, ready.home.way)
    gc.collect()
    gc.freeze()
    serve_socket(
        app, listener, status=status, leash=leash, idle=charge.limits.idle, most=charge.upload + 1_000_000
    )
