"""What commands share: the house, opened when first needed and closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from host.api.runtime import serving
from host.api.values import Actor
from host.app import ask_in_children, build_house
from host.domain.people import command_line
from host.engine.discovery import Found
from host.engine.plugin import Plugin
from host.engine.runner.forked import ChildError
from host.runner import Charge
from host.services.house import House
from host.services.scope import Scope
from host.services.settling import settle
from host.settings import Settings, read_settings
from host.web.owners import make_renderers
from host.web.ways import host_here, opening_in

BAD_INPUT = 2
"""Exit status where something that came in is wrong."""


@dataclass
class Context:
    """One run of the command line.

    Args:
        settings: None to read them from the environment when they are first needed.
        borrowed: Whether the house belongs to an outer command.
        quiet: Whether what commands print is of no interest, because another command runs them.
    """

    settings: Settings | None = None
    borrowed: bool = False
    quiet: bool = False
    _house: House | None = None
    _renderers: Any = None

    def get_settings(self) -> Settings:
        """The host's settings."""
        if self.settings is None:
            self.settings = read_settings()
        return self.settings

    @property
    def house(self) -> House:
        """The house; opening it migrates the database and loads the plugins.

        A third party that was asked before is not asked again: the server may be running with what it said.
        """
        if self._house is None:
            self._house = build_house(self.get_settings(), ask=ask_third_parties)
        return self._house

    @property
    def actor(self) -> Actor:
        """Whoever runs commands on this machine."""
        return command_line(self.house.registry.permissions())

    def serve_command(self, plugin: Plugin, run: Callable[[], Any]) -> Any:
        """Run a plugin's command with `current_host` and one transaction."""
        if self._renderers is None:
            self._renderers = make_renderers(self.house.registry.admitted())
        scope = Scope(
            place=self.house,
            actor=self.actor,
            locale="en",
            timezone=self.house.timezone,
            writes=True,
        )
        try:
            with serving(host_here(self.house, scope, plugin, self._renderers)):
                result = run()
            scope.finish(keep=True)
            settle(self.house, scope.effects, opening_in(self.house))
        except click.exceptions.Exit as end:
            scope.finish(keep=end.exit_code == 0)
            raise
        finally:
            scope.finish(keep=False)  # nothing is left to undo where the command kept its work
        return result

    def take(self, house: House) -> None:
        """Use *house*, which somebody else has opened."""
        self._house = house

    def inner(self) -> Context:
        """A context for a command inside this one: the same house, left open at its end."""
        return Context(
            settings=self.settings,
            _house=self.house,
            _renderers=self._renderers,
            borrowed=True,
            quiet=True,
        )

    def close(self) -> None:
        """Give the database back."""
        if self._house is not None and not self.borrowed:
            self._house.stores.close()


def ask_third_parties(charges: Mapping[str, Charge], found: list[Found]) -> Mapping[str, bytes | ChildError]:
    """Implements `host.app.AskAll`, and says on standard error who keeps everybody waiting."""

    def waiting(plugin: str) -> None:
        click.echo(f"Waiting for {plugin} to say what it declares…", err=True)

    return ask_in_children(charges, found, waiting)


pass_context = click.make_pass_decorator(Context)
