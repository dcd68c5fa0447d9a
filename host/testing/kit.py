"""A host for tests: real database, real pages, no installed plugin unless it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from importlib_metadata import version
from werkzeug.test import TestResponse

from host.api.runtime import Host, serving
from host.app import build_house, create_app
from host.domain.audit import AuditEntry
from host.domain.people import ADMINISTRATOR, VIEWER, command_line
from host.engine.discovery import PRODUCT, Found, discover
from host.services import people, signing_in
from host.services.house import House
from host.services.jobs import JobView, find, list_jobs
from host.services.leases import take_now
from host.services.scope import Scope
from host.services.settling import settle
from host.settings import Settings, read_settings
from host.storage.records import audit_log
from host.web.jobs import run_job
from host.web.owners import make_renderers
from host.web.ways import host_here, opening_in

from .runners import TestRunners, ask_in_a_program

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.now += by


@dataclass(frozen=True)
class Page:
    """An answer as a test reads it.

    Args:
        status: HTTP status.
        text: Body as text.
        response: Everything else.
    """

    status: int
    text: str
    response: TestResponse


@dataclass
class Client:
    """A browser without a screen, signed in as one person. Sends the CSRF token by itself."""

    flask: FlaskClient

    def get(self, path: str, **options: Any) -> Page:
        """Open a page, following redirects."""
        return _page(self.flask.get(path, follow_redirects=True, **options))

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> Page:
        """Send a form, following the redirect afterwards."""
        data = {"csrf_token": self.token(), **(form or {})}
        return _page(self.flask.post(path, data=data, follow_redirects=True, **options))

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Page:
        """Call a JSON API; what it answers is in ``response.json``."""
        headers = {"X-CSRF-Token": self.token(), **options.pop("headers", {})}
        return _page(self.flask.open(path, method=method, json=json, headers=headers, **options))

    def token(self) -> str:
        """The CSRF token of this session, as any page carries it."""
        found = TOKEN.search(self.flask.get("/no-such-page").get_data(as_text=True))
        return found[1] if found else ""


@dataclass
class HostKit:
    """A host with just the plugins of a test.

    Args:
        app: The web application.
        house: What stands behind it.
        clock: Its clock; it stands still until a test moves it.
        settings: What it was made with.
        runners: The processes that third parties run in, or None.
    """

    app: Flask
    house: House
    clock: Clock
    settings: Settings
    runners: TestRunners | None = None
    _people: set[str] = field(default_factory=set)

    def client(self, role: str = ADMINISTRATOR, *, language: str = "en") -> Client:
        """Somebody signed in with one *role*; an account is made for each role and language."""
        user_id = f"{role[:4]}_{language}".upper()
        if user_id not in self._people:
            self._people.add(user_id)
            people.add_account(
                self.house,
                user_id=user_id,
                full_name=f"Test {role}",
                password=None,
                roles=(role,),
                language=language,
                actor=command_line([]),
            )
        client = self.anonymous()
        # Where the link leads, no test asked for: the first tab is not drawn.
        client.flask.get(f"/login/once/{signing_in.make_link(self.house, user_id)}")
        return client

    def anonymous(self) -> Client:
        """Somebody who is not signed in."""
        return Client(self.app.test_client())

    def audit(self) -> list[AuditEntry]:
        """The audit log, newest entry first."""
        with self.house.stores.host.reading() as session:
            return audit_log(session)

    @contextmanager
    def serving(self, plugin: str, *, writes: bool = True, locale: str = "en") -> Iterator[Host]:
        """`current_host` for code of *plugin*, as a command has it; kept unless the block raises."""
        found = self.house.registry.get(plugin)
        if found is None:
            raise LookupError(f"{plugin} was not admitted: {self.reason(plugin)}")
        actor = command_line(self.house.registry.permissions())
        scope = Scope(self.house, actor, locale, self.house.timezone, writes)
        try:
            renderers = make_renderers(self.house.registry.admitted())
            with serving(host_here(self.house, scope, found, renderers)) as host:
                yield host
            scope.finish(keep=True)
            settle(self.house, scope.effects, opening_in(self.house))
        finally:
            scope.finish(keep=False)

    def run_job(self, plugin: str, job: str) -> JobView:
        """Do a job of *plugin* in this process, due or not, and say how it went.

        Raises:
            NotFoundError: There is no such job.
            ConflictError: The plugin is switched off.
        """
        run_job(self.house, take_now(self.house, find(self.house, plugin, job)))
        return next(each for each in list_jobs(self.house) if (each.plugin, each.id) == (plugin, job))

    def reason(self, plugin: str) -> str:
        """Why *plugin* was rejected; "" if it was not."""
        return next(
            (each.reason for each in self.house.registry.plugins if each.id == plugin), "not installed"
        )

    def close(self) -> None:
        """Give everything back."""
        if self.runners:
            self.runners.close()
        self.house.stores.close()


def plugin(id: str, target: object, *, builtin: bool = False) -> Found:  # noqa: A002 - the word of the contract
    """*target* as if a package had announced it under *id*."""
    return Found(id=id, distribution=f"test-{id}", version="1.0", builtin=builtin, load=lambda: target)


def installed(*ids: str) -> list[Found]:
    """The named plugins of this environment.

    Raises:
        LookupError: One of them is not installed.
    """
    found = {each.id: each for each in discover(version(PRODUCT))}
    missing = sorted(set(ids) - set(found))
    if missing:
        raise LookupError(f"not installed: {', '.join(missing)}")
    return [each for name, each in found.items() if name in ids]


def make_host(
    folder: Path,
    found: Iterable[Found] = (),
    *,
    database_url: str | None = None,
    environment: dict[str, str] | None = None,
    now: datetime | None = None,
    runners: bool = False,
) -> HostKit:
    """A host with just these plugins.

    Args:
        folder: Where it keeps everything; the test's own.
        found: From `installed` or `plugin`.
        database_url: None for SQLite in *folder*.
        environment: Variables it is started with.
        now: Where its clock stands.
        runners: Whether third parties run in processes of their own; they must be `installed` then.
    """
    variables = {"TABHOST_DATA": str(folder), **(environment or {})}
    if database_url:
        variables["TABHOST_DATABASE_URL"] = database_url
    settings = replace(read_settings(variables), isolation=runners)
    clock = Clock(now) if now else Clock()
    border = TestRunners(settings) if runners else None
    client = border.client if border else None
    house = build_house(settings, found=list(found), clock=clock, ask=ask_in_a_program, runners=client)
    app = create_app(settings, house, client)
    app.testing = False  # errors become answers, as they do for people
    if border:
        border.serve(house, app.extensions["tabhost"])
    return HostKit(app, house, clock, settings, border)


def _page(response: TestResponse) -> Page:
    return Page(response.status_code, response.get_data(as_text=True), response)


__all__ = [
    "ADMINISTRATOR",
    "VIEWER",
    "Client",
    "Clock",
    "HostKit",
    "Page",
    "installed",
    "make_host",
    "plugin",
]
