"""A store in memory, a clock that stands still, and an issuer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders.dialects import engine_on
from builders.furnished import furnish
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session
from unit.superoffice_tab.building import FakeWork, Installation, Issuer, claims
from unit.superoffice_tab.desk import Desk

from host.storage.database import Database
from superoffice_tab.storage.counts import direct_use
from superoffice_tab.storage.models import Clock, Licence, Owner, metadata

Audit = tuple[str, str, Any, Any]


def image(session: Session) -> bytes:
    """Everything in a database in memory."""
    session.rollback()
    return bytes(sqlite(session).serialize())


def sqlite(session: Session) -> sqlite3.Connection:
    """The driver's own connection."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


@contextmanager
def in_memory() -> Iterator[Session]:
    """A session on a database in memory that minds foreign keys, without any table."""
    engine = engine_on("sqlite://")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    with Session(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="session")
def tables() -> bytes:
    """The tables, made once: every test has a copy."""
    with in_memory() as session:
        metadata.create_all(session.connection())
        session.commit()
        return image(session)


@pytest.fixture
def session(tables: bytes) -> Iterator[Session]:
    """A session on an empty database in memory that minds foreign keys."""
    with in_memory() as session:
        sqlite(session).deserialize(tables)
        yield session
        session.rollback()
        assert kept(session) == counted(session), "something changed holders and did not count them anew"


def kept(session: Session) -> dict[int, int]:
    """What is held of each licence, as it is kept."""
    return dict(session.execute(select(Licence.id, Licence.held).where(Licence.held != 0)).all())


def counted(session: Session) -> dict[int, int]:
    """What is held of each licence, counted."""
    owners = session.scalars(select(Owner.id)).all()
    return {licence: n for owner in owners for licence, n in session.execute(direct_use(owner))}


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Whoever signs sets of SUPEROFFICE."""
    return Issuer()


@pytest.fixture
def empty(session: Session, issuer: Issuer, tmp_path: Path) -> Installation:
    """An installation without any licence."""
    return Installation(work=FakeWork(session), issuer=issuer, folder=tmp_path)


@pytest.fixture(scope="session")
def loaded_once(
    tables: bytes, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bytes, list[Audit]]:
    """A database in memory with set 1 of SUPEROFFICE in force, and what was audited of it."""
    with in_memory() as session:
        sqlite(session).deserialize(tables)
        made = Installation(work=FakeWork(session), issuer=issuer, folder=tmp_path_factory.mktemp("loaded"))
        made.load(claims())
        return image(session), made.work.audits


@pytest.fixture
def installation(empty: Installation, loaded_once: tuple[bytes, list[Audit]]) -> Installation:
    """An installation with set 1 of SUPEROFFICE in force."""
    content, audits = loaded_once
    sqlite(empty.session).deserialize(content)
    empty.work.audits.extend(deepcopy(audits))
    return empty


def with_tables(url: str) -> None:
    """Make the tables at *url*."""
    with closing(Database(url)) as database, database.connecting() as connection:
        metadata.create_all(connection)
        connection.execute(insert(Clock).values(id=1, seen_at=datetime(1970, 1, 1, tzinfo=UTC)))


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    """An empty database with the tables, on SQLite and on PostgreSQL; that of the desk where there is one."""
    furnish(database_url, "superoffice_empty", with_tables)
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def in_force(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Audit]]:
    """Have set 1 of SUPEROFFICE in force in the empty store at an address; what was audited of it."""
    audits: list[Audit] = []

    def load(url: str) -> None:
        with_tables(url)
        with closing(Database(url)) as database, database.session(writes=True) as session:
            work = FakeWork(session)
            Desk(work=work, issuer=issuer, folder=tmp_path_factory.mktemp("loaded")).load(claims())
        audits[:] = work.audits

    def prepare(url: str) -> list[Audit]:
        furnish(url, "superoffice_in_force", load)
        return deepcopy(audits)

    return prepare


@pytest.fixture
def desk(
    database_url: str, in_force: Callable[[str], list[Audit]], issuer: Issuer, tmp_path: Path
) -> Iterator[Desk]:
    """An installation with set 1 of SUPEROFFICE in force, on SQLite and on PostgreSQL."""
    audits = in_force(database_url)
    with closing(Database(database_url)) as store, store.session(writes=True) as session:
        found = Desk(work=FakeWork(session, audits), issuer=issuer, folder=tmp_path)
        yield found
        session.rollback()
        assert kept(session) == counted(session), "something changed holders and did not count them anew"
