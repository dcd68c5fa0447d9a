"""The root of the command line: the host's own groups, and those that plugins bring."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Sequence
from copy import copy
from typing import Any

import click

from host.api.errors import InputError, TabhostError
from host.domain.audit import coming_from
from host.domain.errors import ConfigurationError, PluginFault
from host.engine.declarations import COMMAND
from host.engine.guard import guarded
from host.engine.plugin import Plugin

from .audit import audit
from .context import BAD_INPUT, Context
from .database import db
from .jobs import jobs
from .looking_after import user
from .plugins import plugins
from .roles import role
from .serve import serve
from .tokens import token
from .vendor import proxy

OWN: dict[str, click.Command] = {
    "serve": serve,
    "db": db,
    "plugins": plugins,
    "plugin": plugins,
    "jobs": jobs,
    "user": user,
    "role": role,
    "audit": audit,
    "token": token,
}
HIDDEN = frozenset({"plugin"})
RESERVED = frozenset({*OWN, "dev", "token", "audit", "selftest", "web", "runners", "people", "settings"})


class Root(click.Group):
    """The host's commands at once, a plugin's only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names; asks the plugins."""
        context = ctx.ensure_object(Context)
        return sorted({*OWN, *_plugin_groups(context)} - HIDDEN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name; plugins are only loaded for a name that is not the host's."""
        return OWN.get(cmd_name) or _plugin_groups(ctx.ensure_object(Context)).get(cmd_name)


def bound(context: Context, plugin: Plugin, group: click.Group) -> click.Group:
    """A plugin's group, run with `current_host` and in one transaction; in all else as the plugin made it."""
    copied = copy(group)

    def invoke(ctx: click.Context) -> Any:
        return context.serve_command(plugin, lambda: group.invoke(ctx))

    copied.invoke = invoke  # type: ignore[method-assign] # of this copy only
    return copied


def _plugin_groups(context: Context) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for plugin in context.house.registry.admitted():
        for name, command in _commands_of(context, plugin):
            if not COMMAND.match(name):
                click.echo(f"Warning: {plugin.id} brings a group {name!r}, which is no name.", err=True)
                continue
            if name in RESERVED or name in found:
                click.echo(f"Warning: {plugin.id} brings a group {name!r}, a name that is taken.", err=True)
                continue
            found[name] = command
    return found


def _commands_of(context: Context, plugin: Plugin) -> list[tuple[str, click.Command]]:
    """The plugin's own groups, or stand-ins for those of a plugin that is not imported here."""
    if plugin.remote:
        if plugin.declared and plugin.declared.trouble:
            click.echo(
                f"Warning: the commands of {plugin.id} are missing: {plugin.declared.trouble}", err=True
            )
        return [(each.name, proxy(context, plugin, each.name, each.help)) for each in plugin.commands]
    return [(each.name or "", bound(context, plugin, each)) for each in _groups_of(context, plugin)]


def _groups_of(context: Context, plugin: Plugin) -> list[click.Group]:
    try:
        answer = guarded(context.house.registry.ledger, plugin.id, lambda: plugin.call("host_cli"))
    except (PluginFault, TabhostError) as error:
        click.echo(f"Warning: the commands of {plugin.id} are missing: {error}", err=True)
        return []
    if answer is not None and not isinstance(answer, list):
        click.echo(
            f"Warning: the commands of {plugin.id} are missing: host_cli() returned no list.", err=True
        )
        return []
    return [each for each in answer or [] if isinstance(each, click.Group)]


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tabhost", prog_name="tabhost")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Tabhost: a self-hosted admin host whose screen is a row of tabs."""
    context = ctx.ensure_object(Context)
    ctx.call_on_close(context.close)
    ctx.with_resource(coming_from(_here()))


def _here() -> str:
    """From where a command is given: the user and the machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may have a number only
        name = str(os.getuid())
    return f"cli {name}@{socket.gethostname()}"


def ended(command: click.Command, arguments: list[str] | None, name: str) -> int:
    """Run a command; its exit status: 0 done, 1 it failed, 2 something that came in is wrong."""
    try:
        _check_readable(sys.argv[1:] if arguments is None else arguments)
        command.main(args=arguments, prog_name=name)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except (TabhostError, ConfigurationError) as error:
        click.echo(f"Error: {error}", err=True)
        return BAD_INPUT
    return 0


def _check_readable(arguments: Sequence[str]) -> None:
    """Refuse what is no text: it could neither be kept in a database nor be printed.

    Raises:
        InputError: An argument has bytes in it that mean nothing in the encoding of this terminal.
    """
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(argument).decode(errors="backslashreplace")
            raise InputError(
                f"“{shown}” is not written in {sys.getfilesystemencoding().upper()}. Type it again; "
                "a file that is called so has to be renamed first.",
                place=f"argument {number}",
            ) from None


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit status."""
    code = ended(root, arguments, "tabhost")
    if code:
        sys.exit(code)
