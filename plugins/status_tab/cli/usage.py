"""Usage on the command line."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from host.api import current_host
from status_tab.circumstances import note_used, own_work, reading, taking, users_of
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.events import LONGEST_MESSAGE, USAGE_INGEST
from status_tab.domain.metered import MeteredService
from status_tab.domain.months import first_of
from status_tab.domain.usage import Answer, Outcome
from status_tab.schemas.usage_api import ServiceMonthSchema, month_of
from status_tab.services import files, ingest, months, verifying
from status_tab.services.own_work import shown

from .group import FILE, print_json, print_table, status


class MonthParameter(click.ParamType[date]):
    """A month such as ``2026-10``; its first day."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The first day of the month."""
        try:
            return first_of(value) if isinstance(value, date) else month_of(value)
        except ValidationError as error:
            self.fail(str(error.messages[0]), param, ctx)


MONTH = MonthParameter()


@status.command("ingest")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.option("--backfill", is_flag=True, help="Take events older than 35 days too.")
def ingest_file(file: Path, as_json: bool, backfill: bool) -> None:
    """Take usage events in from FILE: one CloudEvent, an array of them, or one a line (NDJSON)."""
    items = files.read_items(file)
    long = len(items) > ingest.CHUNK
    name = click.format_filename(file.name)[:LONGEST_MESSAGE]
    with shown(USAGE_INGEST, name, **own_work()) if long else nullcontext():
        answers = ingest.ingest(items, backfill=backfill, **taking())
    note_used(items, answers, current_host.work)
    counts = ingest.counts(answers)
    current_host.audit("usage.ingested", file.name, after=counts)
    problems = [answer for answer in answers if answer.outcome in (Outcome.CONFLICT, Outcome.REJECTED)]
    if as_json:
        print_json({**counts, "problems": [_problem(answer) for answer in problems]})
        return
    click.echo(
        ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + f", {len(answers)} in all"
    )
    for answer in problems:
        click.echo(f"{answer.place}: {answer.outcome.value}: {answer.reason}")


@status.group("usage", invoke_without_command=True)
@click.option("--month", type=MONTH, help="Which month; this one if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects as JSON.")
@click.pass_context
def usage(context: click.Context, month: date | None, as_json: bool) -> None:
    """Show what the metered services were used for in a month, and what that costs."""
    if context.invoked_subcommand:
        return
    common = reading()
    wanted = month or first_of(common["today"])
    users = users_of([wanted], common["today"])[wanted]
    lines = months.lines(wanted, users=users, **common)
    if as_json:
        print_json(ServiceMonthSchema(many=True).dump(lines))
        return
    head = ("SERVICE", "USED", "INCLUDED", "USERS", "ABOVE", "PACKAGES", "PRICE", "LATE")
    print_table([head, *(_cells(line) for line in lines)], right=range(1, len(head)))
    for line in lines:
        if line.service.changed:
            click.echo(_changed(line.service))
    closed = next((line.closed for line in lines if line.closed), None)
    click.echo(f"{wanted:%Y-%m} " + (f"was closed on {closed:%Y-%m-%d}." if closed else "is not closed."))


@usage.command("verify")
@click.argument("month", type=MONTH)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects as JSON.")
def verify(month: date, as_json: bool) -> None:
    """Derive a closed MONTH again from the raw events, and compare; exit status 1 where they differ."""
    common = reading()
    findings = verifying.verify(
        month, session=common["session"], zone=common["zone"], services=common["services"]
    )
    if as_json:
        print_json(
            [
                {
                    "service": each.service,
                    "right": each.right,
                    "used": each.used,
                    "derived": each.derived,
                    "events": each.events,
                    "derived_events": each.derived_events,
                }
                for each in findings
            ]
        )
    else:
        for each in findings:
            figures = f"closed {each.used} of {each.events} events"
            derived = f"derived {each.derived} of {each.derived_events}"
            click.echo(f"{each.service}: {'right' if each.right else 'DIFFERENT'}: {figures}, {derived}")
    if not all(each.right for each in findings):
        sys.exit(1)


def _named(service: MeteredService) -> str:
    """Its id, and why nothing more of it is counted."""
    if not service.gone:
        return service.id
    return f"{service.id} ({'no longer declared' if service.dropped else 'off'})"


def _changed(service: MeteredService) -> str:
    was = service.measures[0].kind
    return (
        f"{service.id} is declared as a {service.changed} now, and was counted as a {was}: nothing more of "
        f"it is taken in. {service.plugin} has to give it another id."
    )


def _cells(line: ServiceMonth) -> tuple[str, ...]:
    return (
        _named(line.service),
        str(line.used),
        "–" if line.included is None else str(line.included),
        "–" if line.users is None else str(line.users),
        str(line.overage),
        str(line.packages),
        f"{line.currency} {line.price}".strip(),
        str(line.late),
    )


def _problem(answer: Answer) -> dict[str, str]:
    return {"place": answer.place, "id": answer.id, "outcome": answer.outcome.value, "reason": answer.reason}
