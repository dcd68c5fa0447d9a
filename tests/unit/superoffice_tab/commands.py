"""A host that trusts the tests' issuer, and the commands of the plugin in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import func, select
from unit.superoffice_tab.building import COLUMNS, NOW, Issuer, claims
from unit.superoffice_tab.screen import both_tabs

from host.cli.context import Context
from host.cli.main import ended, root
from host.testing import HostKit
from superoffice_tab.cli import superoffice
from superoffice_tab.cli_issuer import licence


class Company:
    """A host with the issuer's root pinned, and its commands."""

    def __init__(
        self, kit: HostKit, issuer: Issuer, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.kit, self.issuer, self.folder, self._capsys = kit, issuer, folder, capsys

    def run(self, *arguments: object) -> str:
        """Run a command; what it printed."""
        group = licence if arguments[0] == "licence" else superoffice
        self._capsys.readouterr()
        with self.kit.serving("superoffice_tab"):
            group.main([str(each) for each in arguments[1:]], standalone_mode=False)
        return self._capsys.readouterr().out

    def load(self, seq: int = 1, *options: str, **more: Any) -> str:
        """Sign a set and load it."""
        path = self.folder / f"{seq}.lic"
        path.write_bytes(self.issuer.file(claims(seq, **more)))
        return self.run("superoffice", "load-licence", path, *options)

    def people(self, *rows: str) -> str:
        """Import associates."""
        path = self.folder / "associates.csv"
        path.write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
        return self.run("superoffice", "import-associates", path)

    def json(self, *arguments: object) -> Any:
        """What a listing says in JSON."""
        return json.loads(self.run("superoffice", *arguments, "--json"))

    def count(self, table: Any) -> int:
        """Rows of a table."""
        with self.kit.serving("superoffice_tab") as host:
            return host.session.scalar(select(func.count()).select_from(table)) or 0

    def end(self, *arguments: object) -> tuple[int, str, str]:
        """Run a command as the command line does; its exit status, and what it printed on both streams."""
        context = Context(settings=self.kit.settings, borrowed=True)
        context.take(self.kit.house)
        self._capsys.readouterr()
        status = ended(_on(context), [str(each) for each in arguments], "tabhost")
        said = self._capsys.readouterr()
        return status, said.out, said.err


def _on(context: Context) -> click.Command:
    """The root of the command line, on a house that is open already."""
    command = copy(root)
    command.context_settings = {**root.context_settings, "obj": context}
    return command


def make_company(
    host_on: Callable[..., HostKit], issuer: Issuer, folder: Path, capsys: pytest.CaptureFixture[str]
) -> Company:
    """A host with the built-in tabs, where *issuer* is trusted."""
    pinned = folder / "root.jwk"
    pinned.write_text(json.dumps(issuer.root.as_dict(private=False)))
    environment = {
        "TABHOST_ROOT_KEYS": str(pinned),
        "TABHOST_TIMEZONE": "Europe/Oslo",
        "TABHOST_OUTBOUND_ALLOW": "127.0.0.1",
    }
    kit = host_on(*both_tabs(), environment=environment, now=NOW)
    return Company(kit, issuer, folder, capsys)
