"""``tabhost audit``: looking into the audit log, checking it, and taking it away as a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from host.api.errors import InputError
from host.app import open_log
from host.domain.audit import Link
from host.domain.chain import Checked
from host.domain.people import command_line
from host.services import audit as log_service
from host.services import audit_export
from host.services.audit import Log, Report
from host.services.audit_wanted import Asked, wanted

from .context import Context, pass_context

NUMBER = click.IntRange(1, 2**31 - 1)
"""Of an entry."""


@click.group()
def audit() -> None:
    """Look into the audit log, check that nobody has changed it, and export it."""


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--to", "until", default="", metavar="DAY", help="Last day, such as 2026-11-24."),
        click.option("--from", "since", default="", metavar="DAY", help="First day."),
        click.option("--subject", default="", help="Part of what it was done to."),
        click.option("--plugin", default="", help="Id of a plugin, or host."),
        click.option("--action", default="", help="What was done, or an area of it: account."),
        click.option("--actor", default="", help="Who did it."),
    ):
        command = option(command)
    return command


@audit.command(name="list")
@_filters
@click.option("--limit", type=click.IntRange(1, log_service.MOST), default=50, help="How many. Default: 50.")
@click.option("--below", type=NUMBER, help="Only entries with lower numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def list_(context: Context, /, limit: int, below: int | None, as_json: bool, **asked: str) -> None:
    """List entries, the newest first."""
    zone = context.get_settings().timezone
    with _opened(context) as log:
        found = log_service.find(log, wanted(Asked(**asked), zone, below=below), limit=limit)
    if as_json:
        rows = [json.loads(audit_export.line_of(each)) for each in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for each in found:
        click.echo(_line(each, zone))


@audit.command()
@click.argument("number", type=NUMBER)
@pass_context
def show(context: Context, number: int) -> None:
    """Print the entry with that NUMBER as JSON."""
    with _opened(context) as log:
        row = json.loads(audit_export.line_of(log_service.one(log, number)))
    click.echo(json.dumps(row, indent=2, ensure_ascii=False))


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="Public key to check FILE with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def verify(context: Context, file: Path | None, key: Path | None, as_json: bool) -> None:
    """Check every entry of the log, or of an exported FILE; exit with 1 if anything is wrong.

    A FILE can be checked anywhere with the --key that `tabhost audit key` printed.
    """
    if file is None:
        if key is not None:
            raise click.UsageError("--key is for a FILE.")
        with _opened(context) as log:
            report = log_service.verify(log)
        _tell(_of_report(report), as_json=as_json)
    else:
        _tell(_of_file(_checked(context, file, key)), as_json=as_json)


def _checked(context: Context, file: Path, key: Path | None) -> Checked:
    if key is not None:
        pem = _read(key).decode("ascii", "replace")
    else:
        with _opened(context) as log:
            pem = log.notary.pem
    try:
        with file.open("rb") as lines:
            return audit_export.verify_lines(lines, pem)
    except OSError as error:
        raise InputError(f"this file cannot be read: {error.strerror}", source=str(file)) from None
    except InputError as error:
        raise InputError(str(error), source=str(file)) from None


@audit.command()
@click.option("--jwk", is_flag=True, help="As a JSON Web Key instead of PEM.")
@pass_context
def key(context: Context, jwk: bool) -> None:
    """Print the public key that exports can be checked with."""
    with _opened(context) as log:
        click.echo(json.dumps(log.notary.jwk) if jwk else log.notary.pem.rstrip())


@audit.command()
@click.option("--from", "since", default="", metavar="DAY", help="First day, such as 2026-11-01.")
@click.option("--to", "until", default="", metavar="DAY", help="Last day.")
@click.option("--format", "kind", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@pass_context
def export(context: Context, since: str, until: str, kind: str, output: Path | None) -> None:
    """Write entries to standard output or a file, as lines of JSON with a signed end, or as CSV.

    Lines of JSON are a piece of the chain: where an entry of another day stands between two, it comes along.
    """
    asked = wanted(Asked(since=since, until=until), context.get_settings().timezone)
    with _opened(context) as log:
        if kind == "csv":
            content = audit_export.table_of(audit_export.all_links(log, asked))
        else:
            lines = audit_export.lines_of_time(log, asked.since, asked.until)
            content = "".join(lines).encode("ascii")
        what = {"from": since or None, "to": until or None, "format": kind}
        audit_export.note_export(log, command_line([]), what)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InputError(f"this file cannot be written: {error.strerror}", source=str(output)) from None


@audit.command()
@click.argument("number", type=NUMBER)
@click.option("--reason", required=True, help="Why it was right, such as a new TABHOST_SECRET_KEY.")
@pass_context
def accept(context: Context, number: int, reason: str) -> None:
    """Say why the log went on at entry NUMBER after an end that this installation had not signed."""
    with _opened(context) as log:
        log_service.accept(log, number, reason, command_line([]))
    click.echo(f"Entry {number} counts as explained from now on. Your reason stands in the log.")


@contextmanager
def _opened(context: Context) -> Iterator[Log]:
    """The log alone: no plugin is loaded for it."""
    log = open_log(context.get_settings())
    try:
        yield log
    finally:
        log.database.close()


def _of_report(report: Report) -> dict[str, Any]:
    return {
        "whole": report.whole,
        "entries": report.entries,
        "head": report.head.document() if report.head else None,
        "wrong": report.count,
        "findings": [asdict(each) for each in report.findings],
    }


def _of_file(found: Checked) -> dict[str, Any]:
    return {
        "whole": found.whole,
        "entries": found.entries,
        "head": {"number": found.last, "hash": found.hash},
        "wrong": found.count,
        "findings": [asdict(each) for each in found.findings],
    }


def _tell(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2))
    elif report["whole"]:
        number = report["head"]["number"] if report["head"] else 0
        click.echo(f"The audit log is whole: {report['entries']} entries, up to number {number}.")
    else:
        for each in report["findings"]:
            click.echo(each["text"])
        more = report["wrong"] - len(report["findings"])
        if more:
            click.echo(f"… and {more} more.")
    if not report["whole"]:
        raise click.exceptions.Exit(1)


def _line(each: Link, zone: str) -> str:
    entry = each.entry
    return f"{each.number:>7}  {_local(entry.at, zone)}  {entry.actor}  {entry.action}  {entry.subject}"


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"this file cannot be read: {error.strerror}", source=str(path)) from None
