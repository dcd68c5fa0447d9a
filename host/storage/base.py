"""The base of all host tables, and the column types and statements that behave alike on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from sqlalchemy import DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of the host's tables. The names of constraints are fixed, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware going in, aware and in UTC coming out. SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time, which would mean something else on the next machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database lost it."""
        if value is None:
            return None
        aware: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware


def insert_into(session: Session, table: type[Base]) -> Any:
    """An ``INSERT`` that knows ``ON CONFLICT``; both databases have it, each in a class of its own."""
    # The engine has imported its own dialect; the other one would be 2 MB of every process for nothing.
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(table)


def unconverted(json: str | None) -> str | bytes | None:
    """JSON for a column of SQLite, which makes a number of a text that looks like one: 1 of 1.0."""
    return json.encode("ascii") if json and json[0] in "-0123456789" else json
