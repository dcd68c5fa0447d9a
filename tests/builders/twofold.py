"""One plugin on both sides of the border: it does what a test tells it, in the host's process or in a runner.

A test sends the code that the plugin's view is to run, and so reads as one piece: what the plugin does, and
what must come of it wherever it lives.
"""

from __future__ import annotations

import os
import signal
import threading
from ast import literal_eval
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa

from host.api import Badge
from host.domain.audit import AuditEntry
from host.testing import HostKit, make_host
from host.testing.kit import Client, Page, installed

from .packages import install
from .plugins import create, write_migrations

PLUGIN = "twofold"
PAGE, API = f"/tabs/{PLUGIN}/main/do", f"/api/v1/{PLUGIN}/do"
FORM = '<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token }}"></form>'
"""Its template ``form.html``."""
PATIENCE = 30.0
"""Seconds until something that should come by itself counts as lost."""

CODE = '''
import os
from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint, Response, abort, redirect, request
from flask_smorest import Blueprint as Rest
from host.api import (
    Badge, ConflictError, InputError, NotAllowedError, NotFoundError, Permission, Plain, Setting, Storage,
    Tab, TabhostError, Text, current_host, hookimpl, requires,
)

pages, rest = Blueprint("twofold", __name__), Rest("rest", __name__)
METADATA = sa.MetaData()


def table(name):
    return sa.Table(name, METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


NOTE, TAB = table("twofold_note"), table("twofold_tab")


def note(text):
    """Something that is kept, or not."""
    current_host.session.execute(sa.insert(NOTE).values(text=text))
    current_host.audit("note.written", text)


def notes():
    return list(current_host.session.scalars(sa.select(NOTE.c.text).order_by(NOTE.c.id)))


def tab(name, title="", **more):
    return Tab(id=name, title=Plain(title or "Tab " + name), view="twofold.view", **more)


def add_tabs(*codes):
    """Tabs as code, which is run whenever the plugin is asked for them."""
    for code in codes:
        current_host.session.execute(sa.insert(TAB).values(text=code))
    current_host.tabs_changed()


def mark(name="main", text="1"):
    current_host.set_badge(name, Badge(text=text, title=Plain("To do")))


def refused(ask):
    """What it raises, in one word."""
    try:
        ask()
    except Exception as error:
        return type(error).__name__
    return "nothing"


def plain(*values):
    return Response("\\n".join(map(repr, values)), mimetype="text/plain")


def run():
    names = dict(globals(), answer="<p>Done.</p>")
    exec(request.values["do"], names)
    return names["answer"]


@pages.get("/main/")
@pages.get("/<name>/")
@requires("twofold.view")
def page(name="main"):
    return "<p>Notes: " + ", ".join(notes())


@pages.route("/main/do", methods=["GET", "POST"])
@requires("twofold.view")
def do():
    return run()


@pages.get("/main/path/<path:rest>")
@requires("twofold.view")
def path(rest):
    return plain(rest, request.path, request.url, request.full_path, sorted(request.args.items(multi=True)))


@rest.route("/do", methods=["GET", "POST"])
@requires("twofold.view")
def api():
    return run()


@hookimpl
def host_permissions():
    return [Permission(id="twofold.view", title=Plain("See it"), default_roles=("administrator", "viewer"))]


@hookimpl
def host_settings():
    return [
        Setting(id="loud", title=Plain("Loud"), kind="boolean", default="no"),
        Setting(id="folder", title=Plain("Folder"), kind="path", default="/srv/twofold"),
        Setting(id="many", title=Plain("How many"), kind="integer"),
    ]


@hookimpl
def host_tabs():
    found = current_host.session.scalars(sa.select(TAB.c.text).order_by(TAB.c.id))
    return [tab("main"), *(eval(code) for code in found)]


@hookimpl
def host_pages():
    return pages


@hookimpl
def host_api():
    return rest


@hookimpl
def status_metered_services():
    from status_tab.api import Allowance, MeteredService, Tier
    allowance = Allowance(tiers=(Tier(1, None, 100),), package=10, price="2.50", currency="DKK")
    return [MeteredService(id="twofold.calls", title=Plain("Calls"), unit=Plain("Made"), allowance=allowance)]


@hookimpl
def status_event_types():
    from status_tab.api import EventType
    return [
        EventType(key="twofold.sync", title=Plain("Sync of both"), message=Plain("Both sides")),
        EventType(key="twofold.hand", title=Plain("By hand"), by_hand=True, progress=False),
    ]


@hookimpl
def host_storage():
    return Storage(metadata=METADATA, migrations=Path(__file__).parent / "twofold_migrations")
'''


def values(page: Page) -> list[Any]:
    """What `plain` of the plugin was given."""
    return [literal_eval(line) for line in page.text.splitlines()]


@dataclass
class Twofold:
    """The plugin in its host.

    Args:
        kit: The host.
        remote: Whether the plugin runs in a runner.
    """

    kit: HostKit
    remote: bool

    @cached_property
    def client(self) -> Client:
        """An administrator."""
        return self.kit.client()

    def get(self, code: str, **options: Any) -> Page:
        """Have *code* run while a GET is served; it may set ``answer``."""
        return self.client.get(PAGE, query_string={"do": code}, **options)

    def head(self, code: str) -> Page:
        """The same for a HEAD."""
        return self._open("HEAD", PAGE, query_string={"do": code})

    def post(self, code: str, *, client: Client | None = None, **options: Any) -> Page:
        """The same for a POST, without following a redirect.

        Args:
            code: What the view does.
            client: Who sends it; None for an administrator.
            options: More for werkzeug's test client.
        """
        options = {"data": {"do": code}, **options}
        return self._open("POST", PAGE, client, **options)

    def call(self, code: str, method: str = "POST") -> Page:
        """The same in the JSON API."""
        return self._open(method, API, query_string={"do": code})

    def _open(self, method: str, path: str, client: Client | None = None, **options: Any) -> Page:
        token = client.token() if client else self.token
        headers = {"X-CSRF-Token": token, **options.pop("headers", {})}
        flask = (client or self.client).flask
        response = flask.open(path, method=method, headers=headers, **options)
        return Page(response.status_code, response.get_data(as_text=True), response)

    @cached_property
    def token(self) -> str:
        """The token of the administrator's session."""
        return self.client.token()

    def notes(self) -> list[str]:
        """What was kept."""
        found = self.client.get(f"/tabs/{PLUGIN}/main/").response.get_data(as_text=True)
        return [each for each in found.partition("<p>Notes: ")[2].partition("</p>")[0].split(", ") if each]

    def tabs(self) -> list[str]:
        """Its tabs as the host knows them."""
        plugin = self.kit.house.registry.get(PLUGIN)
        return [each.id for each in plugin.tabs] if plugin else []

    def badge(self, tab: str = "main") -> Badge | None:
        """What stands on a tab."""
        return self.kit.house.decisions.now().badges.get((PLUGIN, tab))

    def faults(self, plugin: str = PLUGIN) -> int:
        """How many faults the ledger knows of."""
        return self.kit.house.registry.ledger.behaviour(plugin).faults

    def trace(self) -> str:
        """The newest of them."""
        return self.kit.house.registry.ledger.behaviour(PLUGIN).last_trace

    def generation(self) -> int:
        """The number that grows with every change of what is decided."""
        return self.kit.house.decisions.now().generation

    def audited(self, subject: str) -> list[AuditEntry]:
        """Entries of the host's log about *subject*."""
        return [each for each in self.kit.audit() if each.subject == subject]

    def entries(self, subject: str) -> int:
        """How many entries of the host's log are about something like *subject*."""
        count = sa.text("select count(*) from host_audit where subject like :subject")
        with self.kit.house.stores.host.reading() as session:
            return session.scalar(count, {"subject": subject}) or 0

    def waiting(self) -> str:
        """How many entries wait in the plugin's outbox."""
        count = "current_host.session.scalar(sa.text('select count(*) from tabhost_outbox'))"
        return self.get(f"answer = plain({count})").text

    def kill(self) -> None:
        """End its runner the hard way."""
        process = self.kit.house.processes(PLUGIN)
        if process is None:
            raise LookupError("no runner is running")
        os.kill(process.pid, signal.SIGKILL)

    def forget(self) -> None:
        """As it was at first: no tabs but its own, no badge on that, no notes."""
        tables = "current_host.session.execute(sa.delete(TAB)); current_host.session.execute(sa.delete(NOTE))"
        self.post(f"{tables}; current_host.tabs_changed(); current_host.set_badge('main', None)")

    @contextmanager
    def host_is_writing(self, seconds: float) -> Iterator[None]:
        """Somebody else holds the host's database for some *seconds*."""
        begun = threading.Event()

        def write() -> None:
            with self.kit.house.stores.host.writing() as session:
                session.execute(sa.text("select 1"))
                begun.set()
                sleep(seconds)

        writer = threading.Thread(target=write)
        writer.start()
        begun.wait(PATIENCE)
        try:
            yield
        finally:
            writer.join(PATIENCE)


def soon(holds: Callable[[], object]) -> bool:
    """Whether it comes to hold by itself."""
    end = monotonic() + PATIENCE
    while not holds():
        if monotonic() > end:
            return False
        sleep(0.05)
    return True


@contextmanager
def on_one_side(folder: Path, *, remote: bool) -> Iterator[Twofold]:
    """A host with the plugin and the Status tab.

    Args:
        folder: A folder of the test's own.
        remote: Whether the plugin runs in a runner.
    """
    name = f"twofold_{'there' if remote else 'here'}"
    write_migrations(folder / "path" / "twofold_migrations", create("twofold_note"), create("twofold_tab"))
    install(folder / "path", name, plugin=PLUGIN, code=CODE)
    (folder / "path" / "templates").mkdir()
    (folder / "path" / "templates" / "form.html").write_text(FORM, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "path"))
        allowed = {"TABHOST_OUTBOUND_ALLOW": "127.0.0.1"}
        kit = make_host(folder / "data", installed(PLUGIN, "status_tab"), runners=remote, environment=allowed)
        try:
            assert kit.reason(PLUGIN) == "", kit.reason(PLUGIN)
            yield Twofold(kit, remote)
        finally:
            kit.close()
