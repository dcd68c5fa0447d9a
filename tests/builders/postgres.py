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

import psycopg

from builders.missing import not_here


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
        self._do(f"create database {name}")
        try:
            yield self.url(name)
        finally:
            self._do(f"drop database {name} with (force)")

    def _do(self, statement: str) -> None:
        address = f"host={self.folder} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type] # made above, of a number


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
    folder = Path(tempfile.mkdtemp(prefix="tabhost-postgres-"))
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
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=200"
    run(str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield Cluster(folder)
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
