"""A PostgreSQL server for a benchmark: on its own folder, with every guarantee switched on."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg


def programs() -> Path | None:
    """Where the server's programs are; None where there is no PostgreSQL."""
    found = shutil.which("initdb")
    return Path(found).parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def cluster() -> Iterator[Path]:
    """A server as it is installed, on a socket in the folder that is given; stopped and removed at the end.

    Raises:
        RuntimeError: There is no PostgreSQL on this machine.
    """
    found = programs()
    if found is None:
        raise RuntimeError("PostgreSQL is not installed")
    # It refuses to run as root.
    owner = "postgres" if os.geteuid() == 0 else None
    folder = Path(mkdtemp(prefix="tabhost-bench-postgres-"))
    if owner:
        folder.chmod(0o711)
        person = pwd.getpwnam(owner)
        os.chown(folder, person.pw_uid, person.pw_gid)

    def run(program: str, *words: str) -> None:
        command = [str(found / program), "-D", f"{folder}/data", *words]
        subprocess.run(command, check=True, user=owner, stdout=subprocess.DEVNULL, cwd="/")

    try:
        run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = f"-k {folder} -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB"
        run("pg_ctl", "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield folder
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_database(folder: Path, name: str) -> str:
    """Make an empty database, and return its address."""
    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return f"postgresql://postgres@/{name}?host={folder}"
