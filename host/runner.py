"""The composition root of a runner: one third-party plugin, its store, and the way back to the host.

Nothing here runs in the host's own processes, apart from what describes a runner. The environment that the
host was started with and every descriptor of it are gone by the time the plugin is imported; what the parent
held in memory is not (ADR 7).
"""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from socket import socket
from time import sleep

from babel.dates import format_date

from .domain.languages import LANGUAGES
from .domain.outbound import allowed_from
from .engine.admission import admit_alone, admit_known
from .engine.declarations import Declarations, packed
from .engine.declaring import Opening, PrepareStore
from .engine.discovery import Found
from .engine.plugin import Plugin
from .engine.runner.limits import Limits, clean_environment, close_all_but, confine
from .engine.runner.places import way_back_socket
from .engine.runner.seal import Key
from .engine.runner.server import serve_socket
from .services.house import Place, prepare_plugin
from .storage.stores import RunnerStores
from .web.owners import make_renderers
from .web.rendering import HOST
from .web.runner_app import RunnerApp
from .web.texts import babel_locale
from .web.way_home import Home
from .web.ways import opening_in

PRELOADED = (
    "babel.numbers", "flask_smorest", "sqlalchemy.dialects.sqlite", "sqlalchemy.orm",
    "waitress.server", "webargs.flaskparser",
)  # fmt: skip
"""Shared names that are imported late elsewhere. Never a plugin, nor Alembic, which a runner seldom needs."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two attempts to carry audit entries that wait."""
POSTGRESQL = "sqlalchemy.dialects.postgresql.psycopg"

_dumps = json.dumps  # bound now: the plugin, which is imported later, may put something else in its place


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
        language: The installation's language.
        limits: What it may use.
        upload: Largest request body in bytes.
        allow: Whom it may call by name, as the operator wrote it.
        mode: Whether it may call others: a word of `domain.outbound`.
    """

    plugin: str
    url: str = field(repr=False)
    schema: str | None
    key: str = field(repr=False)
    version: str
    timezone: str
    language: str
    limits: Limits
    upload: int = 6_000_000
    allow: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Furnished:
    """A plugin that is ready to be served.

    Args:
        place: This process.
        plugin: The plugin.
        home: How the host is reached.
        opening: How to give it `current_host` while it is asked for its tabs.
    """

    place: Place
    plugin: Plugin
    home: Home
    opening: Opening


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def preload(*, postgresql: bool) -> None:
    """Import what every child needs before any is forked: they share the memory, and start in no time.

    Args:
        postgresql: Whether that is the database.
    """
    for name in (*PRELOADED, *([POSTGRESQL] if postgresql else [])):
        import_module(name)
    renderer = make_renderers([])[HOST]
    for template in renderer.template_names():
        renderer.compiles(template)  # its code is kept for every owner, in every child
    for language in LANGUAGES:
        format_date(date(2026, 1, 1), locale=babel_locale(language))  # reads what Babel knows of it


def _furnished(
    found: Found, charge: Charge, folder: Path | None, admit: Callable[[PrepareStore, Opening], Plugin]
) -> Furnished:
    """Open the plugin's store and have *admit* load the plugin."""
    home = Home(
        plugin=found.id,
        socket=way_back_socket(folder) if folder else Path("/nowhere"),
        key=Key(bytes.fromhex(charge.key)),
    )
    stores = RunnerStores(found.id, charge.url, charge.schema, home.push)
    place = Place(
        version=charge.version,
        stores=stores,
        clock=utc_now,
        timezone=charge.timezone,
        language=charge.language,
        allowed=allowed_from(charge.allow, charge.mode),
    )
    opening = opening_in(place)
    plugin = admit(lambda plugin, storage: prepare_plugin(stores, plugin, storage), opening)
    return Furnished(place, plugin, home, opening)


def declare_alone(found: Found, builtins: list[Found], charge: Charge) -> bytes:
    """What the plugin declares, as JSON; for a forked child that ends afterwards.

    Raises:
        RejectedError: It may not stand; carries the reason.
    """
    declared: list[Declarations] = []

    def admit(prepare: PrepareStore, opening: Opening) -> Plugin:
        plugin, declarations = admit_alone(found, builtins, prepare, opening)
        declared.append(declarations)
        return plugin

    _furnished(found, charge, None, admit)
    return _dumps(packed(declared[0])).encode()


def furnish(found: Found, builtins: list[Found], charge: Charge, folder: Path) -> Furnished:
    """Load a plugin whose declarations are known.

    Args:
        found: The plugin.
        builtins: Built-in plugins, for what they publish.
        charge: What was handed over.
        folder: Where the host's sockets stand.

    Raises:
        RejectedError: It cannot be loaded any more; carries the reason.
    """

    def admit(prepare: PrepareStore, _: Opening) -> Plugin:
        return admit_known(found, prepare)

    ready = _furnished(found, charge, folder, admit)
    ready.home.builtins = builtins
    return ready


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
    app = RunnerApp(
        ready.place,
        ready.plugin,
        make_renderers([ready.plugin]),
        ready.home.key,
        partial(ready.home.way, seconds=charge.limits.deadline),
        ready.opening,
    )
    if ready.plugin.storage is not None:
        threading.Thread(target=_carry, args=(ready,), daemon=True, name="audit entries").start()
    gc.collect()
    gc.freeze()
    serve_socket(
        app, listener, status=status, leash=leash, idle=charge.limits.idle, most=charge.upload + 1_000_000
    )


def _carry(ready: Furnished) -> None:
    """Carry audit entries that could not go at once, and those that an earlier runner left behind."""
    pause = FIRST_PAUSE
    while True:
        ready.home.late.clear()
        try:
            ready.place.stores.deliver(ready.plugin.id)
        except Exception:  # the host is busy, or restarting
            ready.home.late.set()
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = FIRST_PAUSE
        ready.home.late.wait()
        sleep(pause)
