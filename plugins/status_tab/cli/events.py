"""System events on the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from marshmallow import ValidationError

from host.api import InputError, current_host
from status_tab.circumstances import event_types, startable
from status_tab.domain.events import EVENT_TYPES, Scope, SystemEvent
from status_tab.domain.metered import LARGEST
from status_tab.domain.startable import Startable
from status_tab.schemas.events import NewEventSchema
from status_tab.schemas.parts import first_fault
from status_tab.services import cancelling, events

from .group import moment, print_json, status

OPTIONS = {"key": "--type", "eta": "--finished", "activated_by": "--as", "lease_seconds": "--lease-seconds"}
"""Options that are called otherwise than the fields they fill."""
ONE_OF = f"One of {', '.join(EVENT_TYPES)}, or one that an add-on lets people start."


def _for_people() -> Startable:
    return startable(None)


@status.command("add-event")
@click.option("--type", "key", required=True, metavar="KEY", help=ONE_OF)
@click.option("--message", default="", help="What stands in the list, up to 254 characters.")
@click.option("--description", default="", help="More on it, shown when the row is chosen.")
@click.option("--scope", type=click.Choice([scope.value for scope in Scope]), help="Whom it concerns.")
@click.option("--owner", default="", help="The group or user id for those scopes.")
@click.option("--starts", metavar="RFC3339", help="When it starts; now if left out.")
@click.option("--finished", "eta", metavar="RFC3339", help="Expected end.")
@click.option("--ends-itself", is_flag=True, help="It is over at its expected end without anybody ending it.")
@click.option("--done", type=int, help="How far it is, in steps.")
@click.option("--total", type=int, help="Steps in all.")
@click.option("--lease-seconds", type=int, help="Seconds without a sign of life after which it is stale.")
@click.option("--as", "activated_by", default="", metavar="USER_ID", help="Who activates it, if not you.")
@click.option("--json", "as_json", is_flag=True, help="Print the event as JSON.")
def add_event(as_json: bool, **options: Any) -> None:
    """Start a system event, or announce one that starts later."""
    try:
        new = NewEventSchema(_for_people).load(options)
    except ValidationError as error:
        field, problem = first_fault(error.messages)
        raise InputError(problem, source="add-event", place=OPTIONS.get(field, f"--{field}")) from None
    number = events.start_event(
        new,
        work=current_host.work,
        actor=current_host.actor,
        clock=current_host.clock,
        types=event_types(),
    )
    event = events.get_event(number, session=current_host.session)
    if as_json:
        print_json(_as_json(event, current_host.clock()))
    else:
        click.echo(f"Event {number}: {event.key} is {event.status(current_host.clock()).value}.")


@status.command("end-event")
@click.argument("number", metavar="ID", type=click.IntRange(1, LARGEST))
@click.option("--emergency", is_flag=True, help="End it though what it does is left half done.")
def end_event(number: int, emergency: bool) -> None:
    """End the system event ID.

    A rebuild that somebody else started is ended in an emergency only, when its program is surely dead.
    """
    work, actor, clock = current_host.work, current_host.actor, current_host.clock
    if emergency:
        event = events.end_event(number, work=work, clock=clock, emergency=True)
    else:
        event = cancelling.end_for_program(number, work=work, actor=actor, clock=clock, types=event_types())
    click.echo(f"Event {number}: {event.key} has been ended.")


@status.command("events")
@click.option("--show", type=click.Choice([show.value for show in events.Show]), default="active")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects as JSON.")
def list_events(show: str, as_json: bool) -> None:
    """List system events, what is running first."""
    now = current_host.clock()
    found = events.list_events(events.Show(show), session=current_host.session, now=now)
    rows = [_as_json(event, now) for event in found]
    if as_json:
        print_json(rows)
        return
    table = [("ID", "EVENT", "STATUS", "MESSAGE", "ACTIVATED", "BY", "FINISHED", "TYPE")] + [
        (
            str(row["id"]),
            row["event"],
            row["status"] + (f" {row['progress']['percent']} %" if row["progress"] else ""),
            row["message"],
            moment(event.activated),
            row["activated_by"],
            moment(event.finished()),
            row["type"],
        )
        for event, row in zip(found, rows, strict=True)
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for cells in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def _as_json(event: SystemEvent, now: datetime) -> dict[str, Any]:
    finished = event.finished()
    return {
        "id": event.id,
        "event": event.key,
        "status": event.status(now).value,
        "message": event.message,
        "description": event.description,
        "activated": event.activated.isoformat(),
        "activated_by": event.activated_by,
        "finished": finished.isoformat() if finished else None,
        "type": event.scope.value,
        "owner": event.owner,
        "progress": _progress(event),
    }


def _progress(event: SystemEvent) -> dict[str, int] | None:
    if event.done is None or event.total is None:
        return None
    return {"done": event.done, "total": event.total, "percent": 100 * event.done // event.total}
