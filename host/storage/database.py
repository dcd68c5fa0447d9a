"""Sessions on SQLite and PostgreSQL that behave alike: reading ones see one moment, writing ones queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from host.domain.audit import Notary
from host.domain.errors import ConfigurationError

from .audit_chain import AuditingSession

BUSY_TIMEOUT_MS = 10_000
POOL, SPARE = 16, 10
WRITES = "tabhost_writes"
TABLES_LOCK = 7_480_151
"""Number of the PostgreSQL advisory lock that lets one process change tables at a time.

A schema has a lock of its own beside it: whoever hangs there keeps nobody else waiting.
"""


class Database:
    """One store: the host's, or that of one plugin.

    Args:
        url: SQLAlchemy address: ``sqlite:///…`` or ``postgresql://…`` (psycopg 3 is used for it).
        schema: PostgreSQL schema that everything stands in; None for the default one.
        pool: Connections that are kept open.
        spare: Connections that may be opened beside them for a while.
        busy_timeout: Milliseconds that a writer waits for its turn on SQLite.

    Raises:
        ConfigurationError: The address cannot be read, or names another kind of database.
    """

    def __init__(
        self,
        url: str,
        *,
        schema: str | None = None,
        pool: int = POOL,
        spare: int = SPARE,
        busy_timeout: int = BUSY_TIMEOUT_MS,
    ) -> None:
        self.url, self.schema = url, schema
        self.notary: Notary | None = None
        """Who signs the audit log; None in processes that may not write in it."""
        self.engine = _engine(url, schema, busy_timeout, pool_size=pool, max_overflow=spare)
        self._reader = self.engine.execution_options(**{WRITES: False, **_one_moment(self.engine)})
        self._writer = self.engine.execution_options(**{WRITES: True})

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    def session(self, *, writes: bool) -> Session:
        """A session that the caller ends.

        On SQLite a writing one takes its turn before its first statement; on PostgreSQL writers go side by
        side, and what reads before it writes locks its rows (``with_for_update``).
        """
        bind = self._writer if writes else self._reader
        return AuditingSession(bind, notary=self.notary, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading; nothing is kept of it."""
        with self.session(writes=False) as session:
            yield session

    def glance(self, question: str) -> list[Any]:
        """The rows that answer *question*; a tenth of what asking in a session costs.

        Args:
            question: One small statement in SQL, without values. The driver gets it as it stands, and what
                the driver raises comes as it is.
        """
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(question)
            return list(cursor.fetchall())

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back if the block raises."""
        with self.session(writes=True) as session, session.begin():
            yield session

    @contextmanager
    def connecting(self) -> Iterator[Connection]:
        """A bare connection for making and changing tables; one process at a time."""
        with self._writer.begin() as connection:
            if not self.is_sqlite:  # SQLite's writers queue anyway
                self._take_turn(connection)
            yield connection

    def _take_turn(self, connection: Connection) -> None:
        if self.schema is None:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": TABLES_LOCK})
            return
        # A role's lock_timeout is for its tables. Whoever waits here waits for another's migrations.
        connection.execute(text("set local lock_timeout = 0"))
        key = {"key": TABLES_LOCK, "schema": self.schema}
        connection.execute(text("select pg_advisory_xact_lock(:key, hashtext(:schema))"), key)
        connection.execute(text("set local lock_timeout to default"))

    def check(self) -> None:
        """Open the store once.

        Raises:
            ConfigurationError: It cannot be opened, or is no database of this kind.
        """
        try:
            with self.reading() as session:
                session.execute(text("select 1"))
        except (DBAPIError, OSError) as error:
            reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            raise ConfigurationError(
                f"The database of TABHOST_DATABASE_URL cannot be opened: {reason}"
            ) from None

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _one_moment(engine: Engine) -> dict[str, Any]:
    """Options with which a reader sees one moment; SQLite's snapshots do so by themselves."""
    if engine.dialect.name == "sqlite":
        return {}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _engine(url: str, schema: str | None, busy_timeout: int, **pool: int) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "TABHOST_DATABASE_URL cannot be read. Expected sqlite:///PATH or postgresql://USER@HOST/NAME."
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed.database, busy_timeout, **pool)
    if parsed.get_backend_name() == "postgresql":
        options = f"-c search_path={schema}" if schema else ""
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"options": options} if options else {},
            **pool,
        )
    raise ConfigurationError(
        f"TABHOST_DATABASE_URL names {parsed.get_backend_name()}. Expected sqlite or postgresql."
    )


def _sqlite(path: str | None, busy_timeout: int, **pool: int) -> Engine:
    if not path or path == ":memory:":
        raise ConfigurationError("TABHOST_DATABASE_URL must name a file: sqlite:///PATH.")
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not Path(path).exists():
            Path(path).touch(mode=0o600)  # what SQLite lays beside it gets the same rights
    except OSError as error:
        raise ConfigurationError(
            f"The folder of TABHOST_DATABASE_URL or TABHOST_DATA cannot be made: {error}"
        ) from None
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        # The driver's own idea of transactions is switched off: `begin` below says what is begun.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"busy_timeout={busy_timeout}",
            "foreign_keys=ON",
            "recursive_triggers=ON",  # so that INSERT OR REPLACE cannot get round an append-only table
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads and then writes fails with SQLITE_BUSY_SNAPSHOT: take the lock first.
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
