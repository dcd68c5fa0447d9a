"""What SQLite and PostgreSQL both can do but SQLAlchemy keeps apart by dialect."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from .tables import Base

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = sqlite.Insert | postgresql.Insert
else:
    Insert = object

_INGEST_LOCK = 7_480_152


def insert_into(row: type[Base], session: Session) -> Insert:
    """An INSERT that can say ``ON CONFLICT``, into the table of *row*, for the database behind *session*."""
    return insert_for(row, session.get_bind().dialect.name)


def insert_for(row: type[Base], dialect: str) -> Insert:
    """The same for a database by the name of its *dialect*."""
    # The engine has imported its own dialect; the other one would be 2 MB of every process for nothing.
    module = import_module(f"sqlalchemy.dialects.{dialect}")
    statement: Insert = module.insert(cast("Table", row.__table__))
    return statement


def take_turn(session: Session) -> None:
    """Let one transaction at a time take usage in: what it locks, it locks in the order of its file.

    SQLite's writers queue anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_INGEST_LOCK)))


def server(session: Session) -> str:
    """Name and version of the database server, such as ``SQLite 3.40.1``, learnt when it was connected."""
    dialect = session.connection().dialect
    name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(dialect.name, dialect.name)
    version = getattr(dialect, "server_version_info", None) or ()
    return " ".join([name, ".".join(str(part) for part in version)]).strip()
