"""What SQLite and PostgreSQL both can do but SQLAlchemy keeps apart by dialect."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .tables import Base


def insert_into(row: type[Base], session: Session) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ``ON CONFLICT``, into the table of *row*, for the database behind *session*."""
    table = cast("Table", row.__table__)
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def server(session: Session) -> str:
    """Name and version of the database server, such as ``SQLite 3.40.1``, learnt when it was connected."""
    dialect = session.connection().dialect
    name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(dialect.name, dialect.name)
    version = getattr(dialect, "server_version_info", None) or ()
    return " ".join([name, ".".join(str(part) for part in version)]).strip()
