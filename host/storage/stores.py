"""Whose tables stand where: built-in plugins beside the host's, a third party in a store of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from .database import Database
from .outbox import add_to_outbox, carry, make_outbox, take_in
from .roles import Timeouts, prepare_role, schema_of

__all__ = ["RunnerStores", "StoreAddress", "Stores", "add_to_outbox"]

OWN_POOL = 4
OWN_BUSY_TIMEOUT_MS = 1_000
"""A third party's writers wait shorter than the host's: a page has a deadline of two seconds."""

logger = logging.getLogger(__name__)
Push = Callable[[list[dict[str, Any]]], object]


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where a third party's own store is; everything that its runner has to know.

    Args:
        url: SQLAlchemy address, with the password of the plugin's own role on PostgreSQL.
        schema: PostgreSQL schema; None on SQLite.
    """

    url: str = field(repr=False)
    schema: str | None


def _open(address: StoreAddress) -> Database:
    """Open a third party's own store, and make its outbox."""
    store = Database(
        address.url, schema=address.schema, pool=OWN_POOL, spare=0, busy_timeout=OWN_BUSY_TIMEOUT_MS
    )
    try:
        with store.connecting() as connection:
            make_outbox(connection)
    except BaseException:
        store.close()
        raise
    return store


class Stores:
    """The databases of an installation, opened when first asked for.

    Args:
        host: The host's database.
        folder: Where third parties' SQLite files stand.
        timeouts: How long a third party may hold on to something on PostgreSQL.
    """

    def __init__(self, host: Database, folder: Path, timeouts: Timeouts | None = None) -> None:
        self.host, self._folder = host, folder
        self._timeouts = timeouts or Timeouts()
        self._addresses: dict[str, StoreAddress] = {}
        self._own: dict[str, Database] = {}
        self._lock = threading.RLock()

    def store_address(self, plugin: str) -> StoreAddress:
        """Where the third party's own store is, for its runner: a role is made for it, nothing is opened.

        Raises:
            ConfigurationError: The host's database user may not make roles or schemas.
        """
        with self._lock:
            if plugin not in self._addresses:
                self._addresses[plugin] = self._prepared(plugin)
            return self._addresses[plugin]

    def _prepared(self, plugin: str) -> StoreAddress:
        if self.host.is_sqlite:
            return StoreAddress(f"sqlite:///{self._folder / plugin / 'store.db'}", None)
        return StoreAddress(prepare_role(self.host, plugin, self._timeouts), schema_of(plugin))

    def own(self, plugin: str) -> Database:
        """The third party's own store: a file of its own, or a schema and a role of its own on PostgreSQL.

        Raises:
            ConfigurationError: The host's database user may not make roles or schemas.
        """
        with self._lock:
            if plugin not in self._own:
                self._own[plugin] = _open(self.store_address(plugin))
            return self._own[plugin]

    def deliver(self, plugin: str) -> None:
        """Carry the outbox of *plugin* into the host's log: at least once, and by its id only once."""

        def push(rows: list[dict[str, Any]]) -> None:
            with self.host.writing() as session:
                refused = take_in(session, plugin, rows)
            for reason in refused:
                logger.error("an audit entry of %s cannot be kept: %s", plugin, reason)

        carry(self.own(plugin), push)

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


class RunnerStores:
    """The one store that a runner knows: its plugin's.

    Args:
        plugin: Plugin id.
        url: From `Stores.store_address`.
        schema: From there too.
        push: Hands audit rows to the host, which answers or raises; None where somebody else does it.
    """

    def __init__(self, plugin: str, url: str, schema: str | None, push: Push | None = None) -> None:
        self._plugin, self._address, self._push = plugin, StoreAddress(url, schema), push
        self._store: Database | None = None
        self._lock = threading.Lock()

    @property
    def host(self) -> NoReturn:
        """Not known here.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("the host's database is not known in a runner")

    def own(self, plugin: str) -> Database:
        """The plugin's own store.

        Raises:
            RuntimeError: *plugin* is another one.
        """
        if plugin != self._plugin:
            raise RuntimeError(f"the store of {plugin} is not known in the runner of {self._plugin}")
        with self._lock:
            if self._store is None:
                self._store = _open(self._address)
            return self._store

    def deliver(self, plugin: str) -> None:
        """Push the outbox to the host.

        Raises:
            Exception: Whatever the way to the host raises; the rows wait on.
        """
        if self._push is not None:
            carry(self.own(plugin), self._push)

    def close(self) -> None:
        """Give all connections back."""
        if self._store is not None:
            self._store.close()
