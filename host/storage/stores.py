"""Whose tables stand where: built-in plugins beside the host's, a third party in a store of its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, MetaData, String, Table, delete, insert, select, text
from sqlalchemy.orm import Session

from host.domain.audit import AuditEntry

from .base import UtcDateTime
from .database import Database
from .records import add_audit_once

_outbox_metadata = MetaData()
OUTBOX = Table(
    "tabhost_outbox",
    _outbox_metadata,
    Column("id", String(36), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(239), nullable=False),
    Column("action", String(120), nullable=False),
    Column("subject", String(512), nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
)
"""Audit entries of a third party, written in its own transaction and carried to the host's log after it."""

CARRIED = ("at", "actor", "action", "subject", "before", "after")


class Stores:
    """The databases of an installation, opened when first asked for.

    Args:
        host: The host's database.
        folder: Where third parties' SQLite files stand.
    """

    def __init__(self, host: Database, folder: Path) -> None:
        self.host, self._folder = host, folder
        self._own: dict[str, Database] = {}
        self._lock = threading.Lock()

    def own(self, plugin: str) -> Database:
        """The third party's own store: a file of its own, or a schema of its own on PostgreSQL."""
        with self._lock:
            if plugin not in self._own:
                self._own[plugin] = self._open(plugin)
            return self._own[plugin]

    def _open(self, plugin: str) -> Database:
        if self.host.is_sqlite:
            store = Database(f"sqlite:///{self._folder / plugin / 'store.db'}")
        else:
            schema = f"tabhost_{plugin}"
            with self.host.connecting() as connection:
                connection.execute(text(f'create schema if not exists "{schema}"'))
            store = Database(self.host.url, schema=schema)
        with store.connecting() as connection:
            _outbox_metadata.create_all(connection)
        return store

    def deliver(self, plugin: str) -> None:
        """Carry the outbox of *plugin* into the host's log: at least once, and by its id only once."""
        store = self.own(plugin)
        with store.reading() as session:
            rows = session.execute(select(OUTBOX).order_by(OUTBOX.c.at)).mappings().all()
        if not rows:
            return
        with self.host.writing() as session:
            for row in rows:
                values = {key: row[key] for key in CARRIED}
                add_audit_once(session, AuditEntry(plugin=plugin, outbox_id=row["id"], **values))
        with store.writing() as session:
            session.execute(delete(OUTBOX).where(OUTBOX.c.id.in_([row["id"] for row in rows])))

    @contextmanager
    def closing(self) -> Iterator[Stores]:
        """Close everything at the end."""
        try:
            yield self
        finally:
            self.close()

    def close(self) -> None:
        """Give all connections back."""
        for store in [self.host, *self._own.values()]:
            store.close()


def add_to_outbox(session: Session, entry: AuditEntry) -> None:
    """Write *entry* beside the change it belongs to, in a third party's own store."""
    values: dict[str, Any] = entry.columns()
    session.execute(
        insert(OUTBOX).values(
            id=str(uuid.uuid4()),
            **{key: values[key] for key in CARRIED},
        )
    )
