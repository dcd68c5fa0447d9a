"""What the tests of the command line share: ``tabhost`` in this process, and in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders.demo import COMMAND
from builders.packages import install
from builders.plugins import create, write_migrations

from host.cli import main
from host.services.house import prepare_host
from host.storage.database import Database
from host.storage.records import audit_log


@dataclass
class Outcome:
    """How a command ended.

    Args:
        status: Exit status.
        out: Standard output.
        err: Standard error.
    """

    status: int
    out: str
    err: str

    def is_one_line(self, *words: str) -> bool:
        """Whether it ended with bad input and one line that says so, with *words* in it.

        That somebody is waited for, which a busy machine brings about, is another line, and no error.
        """
        told = [each for each in self.err.strip().splitlines() if not each.startswith("Waiting for ")]
        return self.status == 2 and len(told) == 1 and all(word in told[0] for word in words)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that ``tabhost`` keeps everything in; no other variable is set."""
    for name in list(os.environ):
        if name.startswith("TABHOST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TABHOST_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def tabhost(data, monkeypatch, capfd) -> Callable[..., Outcome]:
    """Run ``tabhost`` in this process, on the plugins that are installed."""

    def run(*arguments: str, typed: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capfd.readouterr()
        status = 0
        try:
            main(list(arguments))
        except SystemExit as end:
            status = int(end.code or 0)
        except Exception:
            traceback.print_exc()  # as Python ends a process
            status = 1
        said = capfd.readouterr()
        return Outcome(status, said.out, said.err)

    return run


@pytest.fixture
def process(data) -> Callable[..., Outcome]:
    """Run ``tabhost`` in a process of its own, with more variables."""

    def run(*arguments: str, **variables: str) -> Outcome:
        done = subprocess.run(
            [COMMAND, *arguments],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def log(data) -> Callable[[], list[tuple[str, str, str]]]:
    """The audit log, newest first: action, actor, subject."""

    def read() -> list[tuple[str, str, str]]:
        database = Database(f"sqlite:///{data / 'tabhost.db'}")
        prepare_host(database)
        with database.reading() as session:
            found = [(each.action, each.actor, each.subject) for each in audit_log(session)]
        database.close()
        return found

    return read


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """A folder of the Python path, to install plugins in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


NOTES = """
import sqlalchemy as sa
from pathlib import Path
import click
from host.api import ConflictError, InputError, NotFoundError, Permission, Plain, Storage, Tab
from host.api import current_host, hookimpl

METADATA = sa.MetaData()
NOTE = sa.Table("{plugin}_note", METADATA, sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("text", sa.String(80)))

@hookimpl
def host_permissions():
    return [Permission(id="{plugin}.view", title=Plain("See it"), default_roles=("viewer",))]

@hookimpl
def host_storage():
    return Storage(metadata=METADATA, migrations=Path(__file__).parent / "{plugin}_migrations")

@click.group()
def notes():
    "Notes of a vendor."

@notes.command()
@click.argument("text")
@click.option("--then", default="")
def add(text, then):
    "Add a note."
    current_host.session.execute(sa.insert(NOTE).values(text=text))
    current_host.audit("note.added", text)
    click.echo(f"Added for {{current_host.actor.user_id}}.")
    match then:
        case "input":
            raise InputError("The note is not good.", source="notes.txt", place="line 7")
        case "missing":
            raise NotFoundError("There is no such note.")
        case "conflict":
            raise ConflictError("There is one already.")
        case "crash":
            raise RuntimeError("kaput")
        case "abort":
            raise click.Abort
        case "fail":
            raise click.ClickException("It failed.")
        case "done":
            click.get_current_context().exit(0)
        case "exit":
            raise SystemExit(3)

@notes.command(name="list")
def list_():
    "List the notes."
    for text in current_host.session.scalars(sa.select(NOTE.c.text).order_by(NOTE.c.id)):
        click.echo(text)

@hookimpl
def host_cli():
    return [notes]
"""


@pytest.fixture
def notes(site) -> str:
    """A vendor's plugin ``acme`` with commands ``notes add`` and ``notes list``."""
    sys.modules.pop("acme_cli_notes", None)  # what an earlier test imported stands in another folder
    install(site, "acme_cli_notes", code=NOTES)
    write_migrations(site / "acme_migrations", create("acme_note"))
    return "acme"
