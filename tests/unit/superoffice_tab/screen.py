"""A host with the SUPEROFFICE tab, as tests of its pages need it: licences, people, and what came since."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from builders.furnished import furnish_for
from sqlalchemy.orm import Session
from unit.superoffice_tab.building import COLUMNS, Issuer, claims

from host.api import Actor, current_host
from host.engine.discovery import Found
from host.testing import HostKit, make_host
from host.testing.kit import Page, installed
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.services import importing, loading, receiving
from superoffice_tab.storage.models import Base

PLUGIN = "superoffice_tab"
ADDRESS = f"/tabs/{PLUGIN}/superoffice/"
HX = {"HX-Request": "true"}


@dataclass
class Screen:
    """The host, and who signs its licences."""

    kit: HostKit
    issuer: Issuer
    folder: Path

    def load(self, given: dict[str, Any] | None = None, *, issuer: Issuer | None = None) -> None:
        """Put a set in force."""
        issuer = issuer or self.issuer
        with self.kit.serving(PLUGIN):
            loading.load_licence(
                issuer.file(given or claims()),
                source="set.lic",
                roots=issuer.roots,
                confirmed=Confirmation(),
                timezone="Europe/Oslo",
                work=current_host.work,
                actor=Actor(user_id="cli"),
                clock=current_host.clock,
            )

    def receive(self, given: dict[str, Any]) -> None:
        """Take a set in, which waits then."""
        with self.kit.serving(PLUGIN):
            receiving.receive(
                self.issuer.file(given),
                source="set.lic",
                roots=self.issuer.roots,
                automatic=False,
                timezone="Europe/Oslo",
                work=current_host.work,
                actor=Actor(user_id="KAAN"),
                clock=current_host.clock,
            )

    def people(self, *rows: str, columns: str = COLUMNS) -> None:
        """Import associates from rows of CSV."""
        path = self.folder / "associates.csv"
        path.write_text("\n".join([columns, *rows]) + "\n", "utf-8")
        with self.kit.serving(PLUGIN):
            importing.import_associates(
                path,
                prune=False,
                work=current_host.work,
                clock=current_host.clock,
                timezone=current_host.installation_timezone,
            )

    def add(self, *rows: Base) -> None:
        """Keep rows, as what other parts write them."""
        with self.kit.serving(PLUGIN) as served:
            served.session.add_all(rows)

    def change(self, do: Callable[[Session], object]) -> None:
        """Do something to the store."""
        with self.kit.serving(PLUGIN) as served:
            do(served.session)

    def page(self, query: str = "", *, role: str = "administrator", address: str = ADDRESS) -> Page:
        """Open the tab."""
        return self.kit.client(role).get(address + query)


def make_screen(folder: Path, **options: Any) -> Screen:
    """A host with both built-in tabs and no licence."""
    issuer = Issuer()
    roots = folder / "roots.jwk"
    folder.mkdir(parents=True, exist_ok=True)
    roots.write_text(json.dumps(issuer.root.as_dict(private=False)), "utf-8")
    environment = {"TABHOST_ROOT_KEYS": str(roots), "TABHOST_TIMEZONE": "Europe/Oslo"}
    found = both_tabs()
    furnish_for(options.get("database_url") or f"sqlite:///{folder / 'host' / 'tabhost.db'}", found)
    kit = make_host(folder / "host", found, environment=environment, **options)
    return Screen(kit, issuer, folder)


@cache
def both_tabs() -> list[Found]:
    """Both built-in plugins, looked for once: what is installed is read from a hundred packages."""
    return installed("status_tab", PLUGIN)
