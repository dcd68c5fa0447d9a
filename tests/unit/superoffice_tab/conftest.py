"""A store in memory, a clock that stands still, and an issuer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, insert, select
from sqlalchemy.orm import Session
from unit.superoffice_tab.building import FakeWork, Installation, Issuer, claims
from unit.superoffice_tab.desk import Desk

from host.storage.database import Database
from superoffice_tab.storage.counts import direct_use
from superoffice_tab.storage.models import Clock, Licence, Owner, metadata


@pytest.fixture
def session() -> Iterator[Session]:
    """A session on an empty database in memory that minds foreign keys."""
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
        assert kept(session) == counted(session), "something changed holders and did not count them anew"
    engine.dispose()


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


@pytest.fixture
def installation(empty: Installation) -> Installation:
    """An installation with set 1 of SUPEROFFICE in force."""
    empty.load(claims())
    return empty


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    """An empty database with the tables, on SQLite and on PostgreSQL."""
    database = Database(database_url)
    with database.connecting() as connection:
        metadata.create_all(connection)
        connection.execute(insert(Clock).values(id=1, seen_at=datetime(1970, 1, 1, tzinfo=UTC)))
    yield database
    database.close()


@pytest.fixture
def desk(store: Database, issuer: Issuer, tmp_path: Path) -> Iterator[Desk]:
    """An installation with set 1 of SUPEROFFICE in force, on SQLite and on PostgreSQL."""
    with store.session(writes=True) as session:
        found = Desk(work=FakeWork(session), issuer=issuer, folder=tmp_path)
        found.load(claims())
        yield found
        session.rollback()
        assert kept(session) == counted(session), "something changed holders and did not count them anew"
