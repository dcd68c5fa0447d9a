"""The table, and people to hold it against: each with what their role is said to allow, written down here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from host.domain.people import command_line
from host.services import looking_after, people, roles, signing_in
from host.testing import HostKit

ANYONE, SIGNED_IN = "anyone", "signed in"
PLUGINS = ("acme_requests", "status_tab", "superoffice_tab")
LED_ON = frozenset({"tabs.tab_page", "plugin_api.call"})
"""The host's ways to the addresses of plugins, which stand in the table themselves."""
VIEWER = frozenset({"status.view", "superoffice.view", "acme_requests.view"})
HOLDS: dict[str, frozenset[str]] = {
    "administrator": VIEWER
    | {
        *("host.plugins.view", "host.plugins.manage", "host.errors.view", "host.people.view"),
        *("host.people.manage", "host.audit.view", "host.tokens.manage"),
        *("status.manage", "licence.manage", "acme_requests.manage"),
    },
    "viewer": VIEWER,
    "auditor": frozenset({"host.audit.view"}),
    "licence_manager": frozenset({"status.view", "superoffice.view", "licence.manage"}),
    "sees_people": frozenset({"host.people.view"}),
    "keeps_people": frozenset({"host.people.view", "host.people.manage"}),
    "only_manages": frozenset({"host.people.manage", "host.plugins.manage", "acme_requests.manage"}),
    "no_role": frozenset(),
}
"""What each role allows. Those of the host and of plugins as their papers say; the others are made here."""
MADE = ("sees_people", "keeps_people", "only_manages")
EXAMPLES = {
    "digest": "0", "path": "x.css", "token": "x", "token_id": "x", "public_id": "nobody",
    "name": "no_such_role", "plugin": "no_such_plugin", "owner": "status_tab", "service": "no_such",
    "month": "2026-10", "tab": "superoffice", "code": "no_such", "user_id": "NOBODY",
}  # fmt: skip
"""What stands in an address where a name is asked for; a number is the account that nobody minds about."""


@dataclass(frozen=True)
class Way:
    """One address and method: what stands in the table, and an example of it."""

    method: str
    rule: str
    needs: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        """Whether programs call it."""
        return self.rule.startswith("/api/")

    def path(self, number: int) -> str:
        """An address of that rule; *number* is whose account it is about."""
        return re.sub(r"<(?:[^:<>]*:)?([^:<>]+)>", lambda it: str(EXAMPLES.get(it[1], number)), self.rule)


@cache
def table() -> tuple[Way, ...]:
    """What stands in the table."""
    found, needs = [], None
    for line in (Path(__file__).parent / "table.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            words = line.removeprefix("= ")
            needs = (words,) if words in (ANYONE, SIGNED_IN) else tuple(words.split())
        elif needs and line.strip():
            methods, _, rule = line.partition(" /")
            found += [Way(method, f"/{rule}", needs) for method in methods.split()]
    return tuple(found)


def really_there(kit: HostKit) -> set[tuple[str, str]]:
    """Every method and rule of the host and of its plugins, from the maps that requests are led by."""
    apps: list[tuple[Flask, frozenset[str]]] = [(kit.app, LED_ON)]
    apps += [(plugin.app, frozenset()) for plugin in kit.house.registry.admitted() if plugin.app]
    return {
        (method, rule.rule)
        for app, left_out in apps
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in left_out
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


class Visitor:
    """Somebody with a browser, who signs in again whenever a call has ended the session."""

    def __init__(self, kit: HostKit, user_id: str, number: int) -> None:
        self.kit, self.user_id, self.number = kit, user_id, number
        self.sign_in()

    def sign_in(self) -> None:
        """With a new browser."""
        self.flask = self.kit.app.test_client()
        token = signing_in.make_link(self.kit.house, self.user_id)
        answer = self.flask.get(f"/login/once/{token}")
        assert answer.status_code == 303, (self.user_id, answer.status_code)

    @property
    def session(self) -> Any:
        """Who the host takes this browser for; None for nobody."""
        cookie = self.flask.get_cookie("tabhost_session")
        return signing_in.who(self.kit.house, cookie.value) if cookie else None

    def open(self, method: str, path: str, **options: Any) -> TestResponse:
        """Ask for something, with the right token and nothing else."""
        if method == "GET":
            return self.flask.get(path, **options)
        if self.session is None:
            self.sign_in()
        headers = {"X-CSRF-Token": self.session.csrf_token}
        return self.flask.open(path, method=method, headers=headers, **options)


def populate(kit: HostKit) -> dict[str, Visitor]:
    """One visitor for each role of `HOLDS`, with the roles that are made here."""
    actor = command_line(kit.house.registry.permissions())
    for name in MADE:
        roles.add_role(kit.house, name=name, title=name, permissions=HOLDS[name], actor=actor)
    return {role: Visitor(kit, f"P_{role}".upper(), add(kit, f"P_{role}".upper(), role)) for role in HOLDS}


def add(kit: HostKit, user_id: str, role: str = "no_role") -> int:
    """An account with that role; its number."""
    actor = command_line(kit.house.registry.permissions())
    having = () if role == "no_role" else (role,)
    people.add_account(
        kit.house, user_id=user_id, full_name=user_id, password=None, roles=having, actor=actor
    )
    return looking_after.number_of(kit.house, user_id)
