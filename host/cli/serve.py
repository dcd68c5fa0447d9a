"""``tabhost serve``: the web server, and the demo."""

from __future__ import annotations

import io
import shutil
import socket
import sys
from contextlib import redirect_stdout
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from host.api.errors import InputError, TabhostError
from host.app import build_house
from host.domain.errors import ConfigurationError, PluginFault
from host.domain.people import ADMINISTRATOR, VIEWER
from host.engine.discovery import PRODUCT, discover
from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.engine.runner.places import open_folder
from host.runner import preload
from host.services import people
from host.services.house import House

from .context import BAD_INPUT, Context, ask_third_parties, pass_context
from .logs import log_to_stderr
from .people import open_link
from .serving import Installation
from .vendor import ask_apart

DEMO = Path(".demo")
DEMO_ADMINISTRATOR = ("KAAN", "Karin Andersen")
DEMO_VIEWER = ("VIWE", "Vidar Wester")
BACKLOG = 1024


@click.command()
@click.option("--demo", is_flag=True, help=f"Serve the demo company from {DEMO}/ in this folder.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="How many processes serve pages (default: TABHOST_WORKERS, or 2).",
)
@pass_context
def serve(context: Context, demo: bool, workers: int | None) -> None:
    """Serve the web pages until Ctrl-C."""
    log_to_stderr()
    if demo:
        context.settings = context.get_settings().inside(DEMO)
    settings = context.get_settings()
    web = _listen(settings.host, settings.port)
    preload(postgresql=not settings.database_url.startswith("sqlite"))
    start = Installation(settings=settings, found=discover(version(PRODUCT)), folder=open_folder(), web=web)
    try:
        prepared = start.prepare(lambda: _prepared(context, demo=demo))
        if isinstance(prepared, int):
            raise click.exceptions.Exit(prepared)
        start.serve(prepared, workers or settings.workers)
    finally:
        shutil.rmtree(start.folder, ignore_errors=True)
    click.echo("Stopped.")


def _prepared(context: Context, *, demo: bool) -> House:
    """Migrate, ask plugins, fill the demo, and greet: the address answers by now, visits wait their turn."""
    try:
        house = build_house(context.get_settings(), ask=ask_third_parties, anew=True)
        context.take(house)
        if demo and not people.anybody(house):
            fill_demo(context)
        _greet(context, demo=demo)
    except (TabhostError, ConfigurationError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(BAD_INPUT) from None
    sys.stdout.flush()
    return house


def _greet(context: Context, *, demo: bool) -> None:
    for plugin in context.house.registry.plugins:
        if plugin.reason:
            click.echo(f"{plugin.id} is rejected: {plugin.reason}", err=True)
    if demo:
        click.echo(open_link(context, DEMO_ADMINISTRATOR[0]))
        return
    click.echo(f"Serving on {context.get_settings().base_url}")
    if not people.anybody(context.house):
        click.echo("Nobody can sign in yet: tabhost user add YOUR-ID --role administrator")


def _listen(host: str, port: int) -> socket.socket:
    """An open socket; visits wait in its backlog until somebody serves."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {reason}. Set TABHOST_HOST and TABHOST_PORT to a free address."
        ) from error
    return listener


def fill_demo(context: Context) -> None:
    """Make the demo's accounts and company, through the same commands that anybody would use."""
    house, actor = context.house, context.actor
    for (user_id, name), role in ((DEMO_ADMINISTRATOR, ADMINISTRATOR), (DEMO_VIEWER, VIEWER)):
        people.add_account(house, user_id=user_id, full_name=name, password=None, roles=(role,), actor=actor)
    folder = context.get_settings().data / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    for plugin in sorted(house.registry.admitted(), key=_demo_order):
        try:
            for command in _demo_of(context, plugin, folder / plugin.id):
                _run(context, command)
        except PluginFault as fault:
            reason = fault.trace.strip().rpartition("\n")[2]
            click.echo(f"The demo is without the part of {plugin.id}: {reason}", err=True)
        except (TabhostError, ConfigurationError, click.ClickException) as error:
            click.echo(f"The demo is without a part of {plugin.id}: {error}", err=True)


def _demo_of(context: Context, plugin: Plugin, folder: Path) -> list[list[str]]:
    folder.mkdir(exist_ok=True)
    if plugin.remote:
        return _its_own(plugin, ask_apart(context, plugin, "host_demo", folder=str(folder)) or [])
    ask = partial(plugin.call, "host_demo", folder=str(folder))
    return (
        guarded(context.house.registry.ledger, plugin.id, partial(context.serve_command, plugin, ask)) or []
    )


def _its_own(plugin: Plugin, commands: Any) -> list[list[str]]:
    """A third party's demo may run its own commands, and none by which it would be anybody's administrator.

    Raises:
        InputError: It names others, or no commands at all.
    """
    own = {each.name for each in plugin.commands}
    for command in commands if isinstance(commands, list) else [commands]:
        if not (isinstance(command, list) and command and all(isinstance(each, str) for each in command)):
            raise InputError("host_demo() returned no list of commands")
        if command[0] not in own:
            raise InputError(f"host_demo() names {command[0]!r}, which is none of its own commands")
    return list(commands)


def _demo_order(plugin: Plugin) -> tuple[bool, int, str]:
    """Built-in plugins first; licences before what is measured against them."""
    return (not plugin.builtin, -max([tab.order for tab in plugin.tabs], default=0), plugin.id)


def _run(context: Context, command: list[str]) -> None:
    from .main import root

    with redirect_stdout(io.StringIO()):  # the one line that a newcomer needs must not drown
        root.main(args=list(command), prog_name="tabhost", obj=context.inner(), standalone_mode=False)
