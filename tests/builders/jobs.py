"""A built-in plugin with jobs of every kind, and ``tabhost serve`` with it, in a process of its own.

The installed plugins' own jobs do what they are for; these do as their name says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from host.api import Badge, ConflictError, Job, Plain, Storage, current_host
from host.engine.discovery import Found

from .parents import alive, eventually
from .plugins import create, notes_table, permissions, tab, vendor, write_migrations

WELL, RAISES, REFUSES, HANGS, MARKS, WANTS, EXITS = (
    "well", "raises", "refuses", "hangs", "marks", "wants", "exits",
)  # fmt: skip
TIMEOUT = 2
TABLE = notes_table("worker")


def worker(folder: Path, *names: str) -> Found:
    """The plugin ``worker``, which appends the name of a job to ``<folder>/runs`` whenever it begins.

    Args:
        folder: Where it notes that.
        names: Its jobs; none for all of them.
    """
    migrations = folder / "worker_migrations"
    if not migrations.exists():
        write_migrations(migrations, create(TABLE.name))

    def run(job_id: str) -> datetime | None:
        with (folder / "runs").open("a", encoding="ascii") as file:
            file.write(f"{job_id}\n")
        if job_id != HANGS:  # it waits for the network, and so does not hold the writer's turn on SQLite
            current_host.session.execute(sa.insert(TABLE).values(text=job_id))
            current_host.audit("note.written", job_id)
        return DOES.get(job_id, lambda: None)()

    return vendor(
        "worker",
        builtin=True,
        host_tabs=_tabs,
        host_permissions=permissions("worker"),
        host_storage=Storage(metadata=TABLE.metadata, migrations=migrations),
        host_jobs=[
            Job(id=name, title=Plain(f"Job {name}"), every=3600, timeout=TIMEOUT)
            for name in names or (WELL, RAISES, REFUSES, HANGS, MARKS, WANTS, EXITS)
        ],
        host_run_job=run,
    )


def _tabs() -> list[Any]:
    """One tab, and another as soon as the job ``marks`` has run."""
    ran = current_host.session.scalar(sa.select(TABLE.c.id).where(TABLE.c.text == MARKS).limit(1))
    return [tab("worker"), *([tab("worker", "more")] if ran else [])]


def _hang() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(60)


def _raise(error: Exception) -> None:
    raise error


def _mark() -> None:
    current_host.set_badge("main", Badge(text="7", title=Plain("To do")))
    current_host.tabs_changed()


DOES: dict[str, Callable[[], datetime | None]] = {
    RAISES: lambda: _raise(RuntimeError("kaput")),
    REFUSES: lambda: _raise(ConflictError("The licence server is busy.")),
    HANGS: _hang,
    MARKS: _mark,
    WANTS: lambda: current_host.clock() + timedelta(days=3),
    EXITS: lambda: os._exit(3),
}


def runs(folder: Path) -> list[str]:
    """Which jobs have begun, in that order."""
    path = folder / "runs"
    return path.read_text("ascii").split() if path.exists() else []


@dataclass
class Keeping:
    """A running ``tabhost serve``.

    Args:
        process: The parent.
        data: Where it keeps everything.
        said: What it said on standard error goes into this file.
    """

    process: subprocess.Popen[str]
    data: Path
    said: Path

    @property
    def clerk(self) -> int:
        """The process of jobs; 0 for none."""
        return self._state().get("workers", {}).get("jobs", {}).get("pid", 0)

    def children(self) -> list[int]:
        """Processes of jobs under way."""
        try:
            text = Path(f"/proc/{self.clerk}/task/{self.clerk}/children").read_text("ascii")
        except OSError:
            return []
        return [int(each) for each in text.split()]

    def end(self) -> None:
        """Tell it to end, and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def _state(self) -> dict[str, Any]:
        try:
            return json.loads((self.folder / "state.json").read_text("ascii"))
        except (OSError, ValueError):
            return {}

    @property
    def folder(self) -> Path:
        """Its private folder."""
        return Path((self.data / "folder").read_text("utf-8"))


@contextmanager
def keeping(folder: Path, url: str, *names: str, count: int = 1) -> Iterator[list[Keeping]]:
    """Serve with the plugin ``worker`` and no other, in *count* installations' parents on one database.

    Args:
        folder: Where the runs are noted.
        url: Address of the database.
        names: Its jobs; none for all of them.
        count: How many parents start at the same moment.
    """
    started: list[Keeping] = []
    try:
        for number in range(count):
            data = folder / f"data{number}"
            data.mkdir()
            options = {"runs": str(folder), "data": str(data), "url": url, "names": names}
            said = folder / f"said{number}"
            with said.open("w") as file:
                process = subprocess.Popen(
                    [sys.executable, "-m", "builders.jobs", json.dumps(options)],
                    stderr=file,
                    text=True,
                    env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
                )
            started.append(Keeping(process, data, said))
        for each in started:
            eventually(lambda each=each: (each.data / "folder").exists() and each.clerk, within=20)
        yield started
    finally:
        for each in started:
            if each.process.poll() is None:
                each.end()


def main(options: dict[str, Any]) -> None:
    """Be ``tabhost serve`` with the plugin ``worker``."""
    import logging
    import socket

    from host.app import build_house
    from host.cli.serving import Installation
    from host.engine.runner.places import open_folder
    from host.settings import read_settings

    logging.basicConfig(level=logging.WARNING)
    environment = {"TABHOST_DATA": options["data"], "TABHOST_DATABASE_URL": options["url"]}
    settings = read_settings(environment)
    found = [worker(Path(options["runs"]), *options["names"])]
    web = socket.create_server(("127.0.0.1", 0))
    web.setblocking(False)
    start = Installation(settings=settings, found=found, folder=open_folder(), web=web)
    Path(options["data"], "folder").write_text(str(start.folder), "utf-8")
    prepared = start.prepare(lambda: build_house(settings, found=found))
    assert not isinstance(prepared, int)
    start.serve(prepared, 1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

__all__ = [
    "EXITS", "HANGS", "MARKS", "RAISES", "REFUSES", "TABLE", "TIMEOUT", "WANTS", "WELL",
    "Keeping", "alive", "eventually", "keeping", "runs", "worker",
]  # fmt: skip
