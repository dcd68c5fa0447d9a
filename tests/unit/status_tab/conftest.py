"""What the tests of the Status tab share: an in-memory store, a stopped clock, and a unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from builders.dialects import engine_on
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from host.api import Actor
from status_tab.storage import metadata

NOW = datetime(2026, 11, 24, 12, 31, tzinfo=UTC)


@dataclass
class FakeWork:
    """A unit of work that remembers what was audited."""

    session: Session
    audited: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    def audit(self, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Remember it."""
        self.audited.append((action, subject, before, after))


@dataclass
class StoppedClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def move(self, by: timedelta) -> None:
        """Move it on."""
        self.now += by


def memory_engine() -> Engine:
    """SQLite in memory, one connection, with foreign keys on and all tables made."""
    engine = _engine()
    with engine.connect() as connection:
        connection.connection.driver_connection.deserialize(_tables())
    return engine


@cache
def _tables() -> bytes:
    """The tables, made once: every store has a copy."""
    engine = _engine()
    metadata.create_all(engine)
    with engine.connect() as connection:
        image = bytes(connection.connection.driver_connection.serialize())
    engine.dispose()
    return image


def _engine() -> Engine:
    engine = engine_on("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    return engine


@pytest.fixture(scope="session")
def new_work() -> Callable[[], AbstractContextManager[FakeWork]]:
    """Makes units of work over empty stores, as many as a property test needs."""

    @contextmanager
    def make() -> Iterator[FakeWork]:
        engine = memory_engine()
        with Session(engine) as opened:
            yield FakeWork(opened)
        engine.dispose()

    return make


@pytest.fixture
def session() -> Iterator[Session]:
    """An empty store."""
    engine = memory_engine()
    with Session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def work(session: Session) -> FakeWork:
    """A unit of work over the empty store."""
    return FakeWork(session)


@pytest.fixture
def clock() -> StoppedClock:
    """A clock that stands at 24 November 2026, 13:31 in Oslo."""
    return StoppedClock()


@pytest.fixture
def actor() -> Actor:
    """An administrator."""
    return Actor(
        user_id="KAAN", full_name="Kari Anker", permissions=frozenset({"status.view", "status.manage"})
    )
