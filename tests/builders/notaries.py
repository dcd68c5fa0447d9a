"""Who signs the audit log of a database that no house was built around."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from host.services.keys import Keys
from host.services.notary import HeadNotary
from host.storage.database import Database

SECRET = "of tests, and not of chance at all " * 2
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def notarised(database: Database, folder: Path, secret: str = SECRET) -> Database:
    """*database*, with a notary that remembers in *folder*: what `build_house` does."""
    folder.mkdir(parents=True, exist_ok=True)
    database.notary = HeadNotary(Keys(secret), folder, lambda: NOON)
    return database
