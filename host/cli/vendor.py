"""Commands of third parties: run in a forked child with the plugin in it, while this process answers it."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Any

import click

from host.api.errors import InputError, TabhostError
from host.api.runtime import serving
from host.app import charge_of
from host.domain.errors import PluginFault, RejectedError
from host.engine.discovery import Found, discover
from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.engine.runner.children import Ended, bury, ending_orphans
from host.engine.runner.forked import MOST, ChildError, Pipe, say
from host.engine.runner.limits import clean_environment, close_all_but, confine, die_with_parent
from host.engine.runner.places import listen, open_folder, way_back_socket
from host.engine.runner.seal import Context as Pass
from host.engine.runner.seal import Seal
from host.engine.runner.wire import WireError
from host.runner import Charge, Furnished, furnish
from host.services.effects import packed, unpacked
from host.services.scope import Scope
from host.services.settling import settle
from host.web.owners import make_renderers
from host.web.plugin_host import PluginHost
from host.web.runner_app import note_tabs, tabs_named
from host.web.way_back import WayBack, actor_in
from host.web.ways import opening_in

from .context import BAD_INPUT, Context

DAY, ASKING, TICK = 86_400.0, 30.0, 0.05
FOR_EFFECTS = 1_000_000
"""Bytes that are kept free for what a command does to the screen."""
Work = Callable[[Furnished], Any]
"""What is done in the child, with `current_host`; its result must survive JSON."""

Outcome = tuple[int, Any]
"""The child's exit status, negative for a signal; what the work returned, None unless the status is 0."""

_dumps, _exit = json.dumps, os._exit  # bound now: the plugin may put something else in their place


def proxy(context: Context, plugin: Plugin, name: str, help_: str) -> click.Command:
    """A command that hands its arguments over to the group *name* of *plugin*."""

    def run(arguments: tuple[str, ...]) -> None:
        if plugin.id in context.house.decisions.now().off:
            raise InputError(f"{plugin.id} is off. Switch it on with: tabhost plugins enable {plugin.id}")
        try:
            code, value = run_apart(context, plugin, lambda ready: _main(ready, name, list(arguments)))
        except WireError as error:
            raise click.ClickException(f"the command of {plugin.id} {error}.") from None
        if code < 0:
            raise click.ClickException(f"the command of {plugin.id} was ended by signal {-code}.")
        if code or value:
            raise click.exceptions.Exit(code or value)

    return click.Command(
        name,
        callback=run,
        help=help_,
        add_help_option=False,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )


def _main(ready: Furnished, name: str, arguments: list[str]) -> int:
    from .main import ended

    groups = ready.plugin.call("host_cli") or []
    group = next((each for each in groups if isinstance(each, click.Group) and each.name == name), None)
    if group is None:
        raise RejectedError(f"{ready.plugin.id} has no group {name!r} any more.")
    return ended(group, arguments, f"tabhost {name}")


def ask_apart(context: Context, plugin: Plugin, hook: str, **arguments: Any) -> Any:
    """Call one hook of a remote plugin in a child.

    Raises:
        PluginFault: It failed; the reason stands on standard error.
    """

    def ask() -> Any:
        code, value = run_apart(context, plugin, lambda ready: ready.plugin.call(hook, **arguments))
        if code:
            raise WireError(f"its process ended with {code}")
        return value

    return guarded(context.house.registry.ledger, plugin.id, ask)


def run_apart(context: Context, plugin: Plugin, work: Work) -> Outcome:
    """Run *work* in a child with the plugin in it, as a command; answer what it asks of the host.

    What it starts ends with it.

    Args:
        context: This run of the command line.
        plugin: Whose code it is.
        work: What to do there.

    Raises:
        WireError: It ended without a word, or said what cannot be read; the text goes on from its name.
    """
    house, seal = context.house, Seal(secrets.token_bytes(32))
    charge = charge_of(context.get_settings(), house, plugin.id, seal)
    pass_ = seal.issue(_command_pass(context, plugin))
    folder, pipe = open_folder(), Pipe()
    try:
        with ending_orphans():
            listener = listen(way_back_socket(folder))
            house.stores.close()  # no connection may be shared with the child; they open again by themselves
            _flush()  # what waits here would be written twice
            child = os.fork()  # in the group of this process: it may read from the terminal
            if not child:
                if context.quiet:
                    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                _child(plugin.found, charge, folder, pass_, (work, pipe.writing))
            pipe.listen()
            back = WayBack(
                house=house,
                renderers=make_renderers(house.registry.admitted()),
                seal=seal,
                opening=opening_in(house),
                life=DAY,
            )
            said = _answer_until_said(back, listener, child, pipe)
    finally:
        pipe.close()
        shutil.rmtree(folder, ignore_errors=True)
    return _outcome(context, plugin, said)


def _outcome(context: Context, plugin: Plugin, said: bytes | ChildError | Ended) -> Outcome:
    if isinstance(said, Ended) and said.code:
        return said.code, None
    if not isinstance(said, bytes):
        raise WireError("ended before it was done" if isinstance(said, Ended) else str(said))
    try:
        value, line = json.loads(said)
        effects = unpacked(str(line), plugin.id)
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"said what cannot be read: {error}") from None
    settle(context.house, effects, opening_in(context.house))
    return 0, value


def _command_pass(context: Context, plugin: Plugin) -> Pass:
    actor, house = context.actor, context.house
    return Pass(
        plugin=plugin.id,
        user_id=actor.user_id,
        full_name=actor.full_name,
        permissions=tuple(sorted(actor.permissions)),
        roles=actor.roles,
        timezone=house.timezone,
        now=house.clock(),
        generation=house.decisions.now().generation,
        writes=True,
        tabs=tuple((each.id, each.scripts) for each in plugin.tabs),
    )


def _answer_until_said(back: WayBack, listener: socket, child: int, pipe: Pipe) -> bytes | ChildError | Ended:
    """Its last word, although somebody may hold the pipe; or how it ended without one."""
    from waitress.server import create_server
    from waitress.wasyncore import close_all, loop

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a call that waits is no news
    server: Any = create_server(back, sockets=[listener], threads=1, asyncore_use_poll=True, ident=None)
    try:
        while True:
            loop(timeout=TICK, use_poll=True, map=server._map, count=1)  # noqa: SLF001 - waitress's own `run` does this
            ended = bury(child)  # before listening: what it said before its end is in the pipe
            said = pipe.hear()
            if said is not None:
                return said
            if ended:
                return ended
    finally:
        server.task_dispatcher.shutdown()
        close_all(server._map, ignore_all=True)  # noqa: SLF001 - what the child had open is in it too


def _child(found: Found, charge: Charge, folder: Path, pass_: str, job: tuple[Work, int]) -> None:
    """What the child does. It never returns."""
    work, writing = job
    code = 1  # what its streams still hold goes out before its last word: with that it may be ended
    try:
        die_with_parent()
        close_all_but([writing])
        # Whatever they were bound to may be closed by now; the terminal's descriptors are not.
        sys.stdout, sys.stderr = (os.fdopen(each, "w", closefd=False) for each in (1, 2))
        clean_environment()
        confine(charge.limits)
        builtins = [each for each in discover(charge.version) if each.builtin]
        said = _served(furnish(found, builtins, charge, folder), pass_, work)
        _flush()
        say(writing, said)
        code = 0
    except (RejectedError, TabhostError, PluginFault) as error:
        click.echo(f"Error: {error}", err=True)
        code = BAD_INPUT
    except BaseException as error:
        click.echo(f"Error: {found.id} failed: {type(error).__name__}: {error}", err=True)
    finally:
        _flush()
        _exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # nobody may be reading any more
            stream.flush()


def _served(ready: Furnished, pass_: str, work: Work) -> bytes:
    """Do the *work*; what is to be said of it, if anything is kept of it."""
    from host.engine.runner.seal import peek

    context = peek(pass_)
    ready.plugin.tabs = tabs_named(context.tabs)
    scope = Scope(ready.place, actor_in(context), context.locale, context.timezone, writes=True)
    renderers = make_renderers([ready.plugin])
    try:
        with serving(PluginHost(scope, ready.plugin, renderers, ready.home.way(context, pass_, ASKING))):
            value = work(ready)
        if len(_dumps(value)) > MOST - FOR_EFFECTS:  # before anything is kept
            raise RejectedError(f"{ready.plugin.id} cannot say more than {MOST} bytes. Nothing was changed.")
        scope.finish(keep=not (isinstance(value, int) and value))
        note_tabs(ready.plugin, scope.effects, ready.opening)
    finally:
        scope.finish(keep=False)
    return _dumps([value, packed(scope.effects, ready.plugin.id)]).encode()
