"""A program that works with licences over the JSON API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.superoffice_tab.building import NOW, claims, module, person
from unit.superoffice_tab.desk import modules_with
from unit.superoffice_tab.screen import PLUGIN, Screen, make_screen

API = f"/api/v1/{PLUGIN}"
OWNER = f"{API}/owners/SUPEROFFICE"


class Program:
    """A program that calls the API as somebody."""

    def __init__(self, screen: Screen, role: str = "administrator") -> None:
        self.screen, self.client = screen, screen.kit.client(role)

    def get(self, address: str, status: int = 200) -> Any:
        """What an address says."""
        page = self.client.get(address)
        assert page.status == status, page.text
        return page.response.json

    def call(self, method: str, address: str, json: Any = None, *, status: int = 200, **options: Any) -> Any:
        """Change something; what that says."""
        page = self.client.call(method, address, json, **options)
        assert page.status == status, page.text
        return page.response.json if page.text else None

    def send(
        self,
        given: dict[str, Any] | bytes,
        *,
        status: int = 200,
        owner: str = "SUPEROFFICE",
        name: str = "a.lic",
    ) -> Any:
        """Send a licence file."""
        content = given if isinstance(given, bytes) else self.screen.issuer.file(given)
        address = f"{API}/owners/{owner}/pending?name={name}"
        kind = {"data": content, "content_type": "application/octet-stream"}
        return self.call("POST", address, status=status, **kind)

    def holders(self, code: str) -> list[str]:
        """User ids of who was given a licence."""
        return [each["user_id"] for each in self.get(f"{OWNER}/licences/{code}/holders")["holders"]]

    def audited(self, action: str) -> list[str]:
        """Of what was done, to whom; newest first."""
        return [each.subject for each in self.screen.kit.audit() if each.action == action]


def served(folder: Path, database_url: str) -> Screen:
    """Set 1 of SUPEROFFICE is in force; three hold spin, one of them with an open request."""
    made = make_screen(folder, database_url=database_url, now=NOW)
    made.load()
    made.people(
        person("KAAN", "superoffice.spin;superoffice.ten-sales"),
        person("MOBE", "superoffice.spin*2"),
        person("SIRA", "superoffice.ten-service", open_requests=2),
        person("OLEA"),
    )
    return made


def smaller(seq: int = 2, **more: Any) -> dict[str, Any]:
    """A set with one spin and one more windows."""
    return claims(seq, modules=modules_with(module("spin", 1), module("windows", 6)), **more)
