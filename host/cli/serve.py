"""``tabhost serve``: the web server, and the demo."""

from __future__ import annotations

import gc
import io
import logging
import signal
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import click

from host.api.errors import TabhostError
from host.app import create_app
from host.domain.errors import ConfigurationError, PluginFault
from host.domain.people import ADMINISTRATOR, VIEWER
from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.services import people

from .context import Context, pass_context
from .people import open_link

DEMO = Path(".demo")
DEMO_ADMINISTRATOR = ("KAAN", "Karin Andersen")
DEMO_VIEWER = ("VIWE", "Vidar Wester")
THREADS = 16


@click.command()
@click.option("--demo", is_flag=True, help=f"Serve the demo company from {DEMO}/ in this folder.")
@pass_context
def serve(context: Context, demo: bool) -> None:
    """Serve the web pages until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if demo:
        context.settings = context.get_settings().inside(DEMO)
    settings, house = context.get_settings(), context.house
    if demo and not people.anybody(house):
        fill_demo(context)
    server = _listen(create_app(settings, house), settings.host, settings.port)
    # Only now, when the address answers: whoever reads it may open it at once.
    _greet(context, demo=demo)
    _run_until_stopped(server)


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


def _listen(app: Any, host: str, port: int) -> Any:
    """A server whose socket is open; visits wait until it runs."""
    from waitress.server import create_server  # only here: other commands need no server

    try:
        # poll(): select() dies past about a thousand open sockets.
        return create_server(app, host=host, port=port, threads=THREADS, asyncore_use_poll=True, ident=None)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {reason}. Set TABHOST_HOST and TABHOST_PORT to a free address."
        ) from error


def _run_until_stopped(server: Any) -> None:
    def end(_signum: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    gc.collect()
    gc.freeze()  # what stands now stands for good: the collector need not walk it again
    try:
        server.run()  # it takes SystemExit and Ctrl-C itself, and lets what is under way finish
    finally:
        server.close()
    click.echo("Stopped.")


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
    ask = partial(plugin.call, "host_demo", folder=str(folder))
    return (
        guarded(context.house.registry.ledger, plugin.id, partial(context.serve_command, plugin, ask)) or []
    )


def _demo_order(plugin: Plugin) -> tuple[bool, int, str]:
    """Built-in plugins first; licences before what is measured against them."""
    return (not plugin.builtin, -max([tab.order for tab in plugin.tabs], default=0), plugin.id)


def _run(context: Context, command: list[str]) -> None:
    from .main import root

    with redirect_stdout(io.StringIO()):  # the one line that a newcomer needs must not drown
        root.main(args=list(command), prog_name="tabhost", obj=context.inner(), standalone_mode=False)
