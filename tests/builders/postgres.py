"""A throw-away PostgreSQL cluster, with a fresh database for each test that asks."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from builders.missing import not_here
from builders.quick_disk import quick_folder

HASTY = (
    "-c fsync=off -c full_page_writes=off -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 "
    "-c max_wal_size=128MB -c dynamic_shared_memory_type=mmap"
)
"""Nothing in it outlives the session: it need not survive a crash, nor be swept."""


@dataclass
class Cluster:
    """A running server that listens on a socket in *folder* only."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database, dropped at the end."""
        name = f"test_{next(self._numbers)}"
        self.make(name)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def make(self, name: str, *, like: str = "template1") -> None:
        """Make the database *name*, a copy of another that nobody is in."""
        with self._connecting() as connection:
            # Copied as files it costs half of what it costs by way of the log; older servers always do.
            by = " strategy file_copy" if connection.info.server_version >= 150_000 else ""
            connection.execute(f"create database {name} template {like}{by}")  # type: ignore[arg-type] # ours

    def drop(self, name: str) -> None:
        """Remove the database *name*, whoever is in it."""
        with self._connecting() as connection:
            connection.execute(f"drop database {name} with (force)")  # type: ignore[arg-type] # ours

    def is_empty(self, name: str) -> bool:
        """Whether there is no table in the database *name*."""
        with self._connecting(name) as connection:
            found = connection.execute("select 1 from pg_class where relnamespace = 'public'::regnamespace")
            return found.fetchone() is None

    def _connecting(self, name: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(f"host={self.folder} user=postgres dbname={name}", autocommit=True)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def _owner() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def _folder(owner: str | None) -> Iterator[Path]:
    """A folder of the server's own: pytest locks everybody else out of its own folders."""
    folder = Path(tempfile.mkdtemp(prefix="tabhost-postgres-", dir=quick_folder()))
    try:
        if owner:
            folder.chmod(0o711)
            user = pwd.getpwnam(owner)
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def start_cluster() -> Iterator[Cluster]:
    """Make a cluster in a folder of its own, start it, and stop and remove it at the end."""
    programs, owner = _programs(), _owner()
    if programs is None:
        not_here("PostgreSQL")
        return
    with _folder(owner) as folder:
        yield from _served(programs, owner, folder)


def _served(programs: Path, owner: str | None, folder: Path) -> Iterator[Cluster]:
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=owner, stdout=subprocess.DEVNULL, cwd="/")

    initdb = ("--no-sync", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    run(str(programs / "initdb"), "-D", str(data), *initdb)
    options = f"-k {folder} -c listen_addresses= -c max_connections=200 {HASTY}"
    run(str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield Cluster(folder)
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
