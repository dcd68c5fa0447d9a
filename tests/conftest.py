"""What all tests share: databases of both kinds, hosts with chosen plugins, the demo, a browser."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.chromium import Browser, open_browser
from builders.declared_once import declare_once
from builders.demo import DemoServer, demo_kit, serve_demo
from builders.dialects import share_dialects
from builders.furnished import furnish_for
from builders.postgres import Cluster, start_cluster
from builders.quick_disk import prefer_memory
from builders.quick_hashes import hash_quickly

from host.engine.discovery import Found
from host.testing import HostKit, make_host

MakeHost = Callable[..., HostKit]

# The suite starts hundreds of processes: each would compile the product anew where this variable is set.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
share_dialects()
declare_once()
hash_quickly()
prefer_memory()


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays: it need not be searched for garbage again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One plain line for each part that this machine lacks."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in sorted({str(each.longrepr[2]).removeprefix("Skipped: ") for each in skipped}):
        terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A throw-away PostgreSQL server."""
    with start_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tabhost.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database() as url:
        yield url


@pytest.fixture
def host_with(tmp_path: Path) -> Iterator[MakeHost]:
    """Make hosts with just the given plugins, on SQLite; closed at the end."""
    made: list[HostKit] = []

    def make(*found: Found, **options: Any) -> HostKit:
        folder = tmp_path / f"host{len(made)}"
        furnish_for(options.get("database_url") or f"sqlite:///{folder / 'tabhost.db'}", found)
        made.append(make_host(folder, found, **options))
        return made[-1]

    yield make
    for kit in made:
        kit.close()


@pytest.fixture
def host_on(host_with: MakeHost, database_url: str) -> MakeHost:
    """Make a host with just the given plugins, on both databases in turn."""

    def make(*found: Found, **options: Any) -> HostKit:
        return host_with(*found, database_url=database_url, **options)

    return make


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostKit]:
    """The demo company with every installed plugin, for tests that only read."""
    with demo_kit(tmp_path_factory.mktemp("demo")) as kit:
        yield kit


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """``tabhost serve --demo`` in a process of its own, as a newcomer starts it."""
    with serve_demo(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with open_browser() as browser:
        yield browser
