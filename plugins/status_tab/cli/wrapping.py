"""``tabhost status run``: any program, with an event that everybody sees while it runs."""

from __future__ import annotations

from typing import Any

import click
from marshmallow import ValidationError

from host.api import InputError, current_host
from status_tab.circumstances import startable
from status_tab.schemas.events import LONGEST_LEASE, NewEventSchema
from status_tab.schemas.parts import first_fault
from status_tab.services import events

from .event_signs import EventSigns
from .events import ONE_OF
from .group import status
from .program import run_program

OPTIONS = {"key": "--event", "lease_seconds": "--lease"}


@status.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--event", "key", required=True, metavar="KEY", help=ONE_OF)
@click.option("--message", default="", help="What stands in the list; the name of the program if left out.")
@click.option("--description", default="", help="More on it, shown when the row is chosen.")
@click.option(
    "--lease",
    "lease_seconds",
    type=click.IntRange(3, LONGEST_LEASE),
    default=60,
    show_default=True,
    help="Seconds after which it is stale if this command is killed.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def run(command: tuple[str, ...], **options: Any) -> None:
    """Run COMMAND, and show that it runs among the system events.

    Its output is passed through as it is. What it says of its progress, such as "62 %" or "7688/12400", is
    shown. This command ends with the program's exit status, and passes SIGINT and SIGTERM on to it. Where
    such an event is open already, the program is not started.
    """
    options["message"], known = options["message"] or command[0], startable(None)
    try:
        new = NewEventSchema(lambda: known).load(options)
    except ValidationError as error:
        field, problem = first_fault(error.messages)
        raise InputError(problem, source="run", place=OPTIONS.get(field, f"--{field}")) from None
    with current_host.apart() as work:
        number = events.start_event(
            new, work=work, actor=current_host.actor, clock=current_host.clock, types=known.types
        )
    signs = EventSigns(
        number,
        message=new.message,
        lease_seconds=options["lease_seconds"],
        apart=current_host.apart,
        clock=current_host.clock,
    )
    raise click.exceptions.Exit(run_program(command, signs))
