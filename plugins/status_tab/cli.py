"""``tabhost status``: what can be done with the Status tab on the command line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from marshmallow import ValidationError

from host.api import InputError, current_host

from .domain.events import EVENT_TYPES, Scope, SystemEvent
from .domain.metered import LARGEST
from .domain.usage import Answer, Outcome
from .schemas.events import NewEventSchema
from .schemas.parts import first_fault
from .services import events, files, ingest, installation

FILE = click.Path(path_type=Path)
OPTIONS = {"key": "--type", "eta": "--finished", "activated_by": "--as", "lease_seconds": "--lease-seconds"}
"""Options that are called otherwise than the fields they fill."""


@click.group()
def status() -> None:
    """Installation, metered services and system events."""


@status.command("load-installation")
@click.argument("file", type=FILE)
def load_installation(file: Path) -> None:
    """Load what this installation is from an installation.json FILE."""
    loaded = installation.load_installation(file, work=current_host.work, clock=current_host.clock)
    click.echo(
        f"Loaded {loaded.name}: {loaded.type}, {loaded.level}, plan {loaded.plan or '–'}, "
        f"restrictions {len(loaded.restrictions)}, satellites {len(loaded.satellites)}."
    )


@status.command("ingest")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.option("--backfill", is_flag=True, help="Take events older than 35 days too.")
def ingest_file(file: Path, as_json: bool, backfill: bool) -> None:
    """Take usage events in from FILE: one CloudEvent, an array of them, or one a line (NDJSON)."""
    answers = ingest.ingest(
        files.read_items(file),
        work=current_host.work,
        clock=current_host.clock,
        zone=ZoneInfo(current_host.installation_timezone),
        backfill=backfill,
    )
    counts = ingest.counts(answers)
    current_host.audit("usage.ingested", file.name, after=counts)
    problems = [answer for answer in answers if answer.outcome in (Outcome.CONFLICT, Outcome.REJECTED)]
    if as_json:
        _print_json({**counts, "problems": [_problem(answer) for answer in problems]})
        return
    click.echo(
        ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + f", {len(answers)} in all"
    )
    for answer in problems:
        click.echo(f"{answer.place}: {answer.outcome.value}: {answer.reason}")


@status.command("add-event")
@click.option("--type", "key", required=True, metavar="KEY", help=f"One of {', '.join(EVENT_TYPES)}.")
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
        new = NewEventSchema().load(options)
    except ValidationError as error:
        field, problem = first_fault(error.messages)
        raise InputError(problem, source="add-event", place=OPTIONS.get(field, f"--{field}")) from None
    number = events.start_event(
        new, work=current_host.work, actor=current_host.actor, clock=current_host.clock
    )
    event = events.get_event(number, session=current_host.session)
    if as_json:
        _print_json(_as_json(event, current_host.clock()))
    else:
        click.echo(f"Event {number}: {event.key} is {event.status(current_host.clock()).value}.")


@status.command("end-event")
@click.argument("number", metavar="ID", type=click.IntRange(1, LARGEST))
def end_event(number: int) -> None:
    """End the system event ID."""
    event = events.end_event(number, work=current_host.work, clock=current_host.clock)
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
        _print_json(rows)
        return
    table = [("ID", "EVENT", "STATUS", "MESSAGE", "ACTIVATED", "BY", "FINISHED", "TYPE")] + [
        (
            str(row["id"]),
            row["event"],
            row["status"] + (f" {row['progress']['percent']} %" if row["progress"] else ""),
            row["message"],
            _moment(event.activated),
            row["activated_by"],
            _moment(event.finished()),
            row["type"],
        )
        for event, row in zip(found, rows, strict=True)
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for cells in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def _moment(value: datetime | None) -> str:
    if value is None:
        return "–"
    return value.astimezone(ZoneInfo(current_host.installation_timezone)).isoformat(
        sep=" ", timespec="minutes"
    )


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


def _problem(answer: Answer) -> dict[str, str]:
    return {"place": answer.place, "id": answer.id, "outcome": answer.outcome.value, "reason": answer.reason}


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
