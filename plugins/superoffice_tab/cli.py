"""``tabhost superoffice``: load licences and associates, and list what there is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from host.api import current_host

from .domain.envelope import LARGEST_FILE
from .domain.expiry import days_left, today
from .domain.judging import Confirmation
from .domain.verdicts import VerdictError
from .services import importing, loading, reading
from .services.files import read_bytes
from .services.roots import pinned

FILE = click.Path(path_type=Path, dir_okay=False)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(help="Licences of this installation, and who holds them.")
def superoffice() -> None:
    """The group."""


@superoffice.command("load-licence")
@click.argument("file", type=FILE)
@click.option(
    "--confirm-serial", default="", metavar="SERIAL", help="Type the new serial number to accept it."
)
@click.option("--confirm-company", default="", metavar="NAME", help="Type the new company name to accept it.")
def load_licence(file: Path, confirm_serial: str, confirm_company: str) -> None:
    """Verify a licence file and put it in force."""
    content = read_bytes(file, LARGEST_FILE)
    try:
        done = _load(file, content, Confirmation(serial=confirm_serial, company=confirm_company))
    except VerdictError as error:
        _audit_refusal(file, content, error)
        raise
    click.echo(
        f"{done.owner}: set {done.seq} is in force, {done.licences} licences, {len(done.changed)} changed."
    )


def _load(file: Path, content: bytes, confirmed: Confirmation) -> loading.Activation:
    return loading.load_licence(
        content,
        source=str(file),
        roots=pinned(current_host.settings["root_keys"]),
        confirmed=confirmed,
        timezone=current_host.installation_timezone,
        work=current_host.work,
        actor=current_host.actor,
        clock=current_host.clock,
    )


def _audit_refusal(file: Path, content: bytes, error: VerdictError) -> None:
    """Write down that a file was refused: the one row that stays of it (formats.md 1)."""
    current_host.session.rollback()
    after = {"verdict": error.verdict.value, "detail": error.detail, "sha256": sha256(content).hexdigest()}
    current_host.audit("licence.refused", file.name, after=after)
    current_host.session.commit()  # the host undoes the rest when the error reaches it


@superoffice.command("import-associates")
@click.argument("file", type=FILE)
@click.option("--prune", is_flag=True, help="Delete whoever is not in the file, with their assignments.")
def import_associates(file: Path, prune: bool) -> None:
    """Make the associates and their licences those of a CSV file."""
    done = importing.import_associates(file, prune=prune, work=current_host.work, clock=current_host.clock)
    click.echo(
        f"{len(done.created)} new, {len(done.updated)} changed, {done.unchanged} unchanged, "
        f"{len(done.removed)} removed; licences of {len(done.licences)} people changed."
    )


@superoffice.command("licences")
@click.argument("owner")
@click.option("--visible", is_flag=True, help="Leave hidden licences out.")
@as_json
def licences(owner: str, visible: bool, as_json: bool) -> None:
    """List the licences of OWNER, such as SUPEROFFICE, hidden ones too."""
    found = reading.known_owner(owner, current_host.session)
    rows = [
        {
            "name": each.name,
            "description": each.description,
            "type": each.type.word,
            "hidden": each.hidden,
            "unrestricted": each.unrestricted,
            "in_use": each.in_use,
            "total": each.total,
            "free": each.free,
            "tooltip": each.tooltip,
        }
        for each in reading.licences(found, current_host.session, hidden=not visible)
    ]
    if as_json:
        _print_json(rows)
    else:
        columns = ("name", "description", "type", "hidden", "in_use", "total", "free")
        _print_table(columns, [[row[column] for column in columns] for row in rows])


@superoffice.command("owners")
@as_json
def owners(as_json: bool) -> None:
    """List the module owners whose licences are in force."""
    day = today(current_host.clock(), current_host.installation_timezone)
    rows = [
        {
            "name": each.name,
            "description": each.description,
            "company": each.company,
            "serial": each.serial,
            "product": each.product,
            "seq": each.seq,
            "next_check": each.next_check,
            "warning": each.warning,
            "expiry": each.expiry,
            "days_left": None if each.expiry is None else days_left(each.expiry, day),
            "grace": each.grace,
            "maintenance": each.maintenance,
            "activated_at": each.activated_at,
            "activated_by": each.activated_by,
        }
        for each in reading.owners(current_host.session)
    ]
    if as_json:
        _print_json(rows)
    else:
        columns = ("name", "company", "serial", "expiry", "days_left", "seq")
        _print_table(columns, [[row[column] for column in columns] for row in rows])


@superoffice.command("associates")
@as_json
def associates(as_json: bool) -> None:
    """List the associates and the licences they hold."""
    rows = reading.associates(current_host.session)
    if as_json:
        _print_json(rows)
    else:
        held = [
            ";".join(f"{name}*{n}" if n > 1 else name for name, n in row["licences"].items()) for row in rows
        ]
        columns = ("user_id", "full_name", "type", "retired")
        table = [[*(row[column] for column in columns), text] for row, text in zip(rows, held, strict=True)]
        _print_table((*columns, "licences"), table)


def _print_json(rows: Sequence[dict[str, Any]]) -> None:
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        click.echo("Nothing yet.")
        return
    cells = [list(columns), *([_cell(value) for value in row] for row in rows)]
    numbers = [all(row[i] is None or type(row[i]) is int for row in rows) for i in range(len(columns))]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        line = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ]
        click.echo("  ".join(line).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
