"""What the tests of storage share: databases of both kinds, closed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.furnished import furnish_for
from builders.notaries import notarised

from host.services.house import prepare_host
from host.storage.database import Database


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database without any table."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def database(empty: Database, tmp_path: Path) -> Database:
    """The host's database, with its tables."""
    furnish_for(empty.url, ())
    prepare_host(empty)
    return notarised(empty, tmp_path)
