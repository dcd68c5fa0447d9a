"""Commands that list what there is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from host.api import current_host
from superoffice_tab.domain.expiry import days_left, today
from superoffice_tab.lookups import licence_of
from superoffice_tab.services import history, people_list, reading
from superoffice_tab.services.people_list import PersonRow

from .group import as_json, superoffice
from .output import print_json, print_rows, print_table

PAGE = 500
"""How many holders are asked for at once."""


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
    columns = ("name", "description", "type", "hidden", "in_use", "total", "free")
    print_rows(rows, columns, as_json=as_json)


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
    print_rows(rows, ("name", "company", "serial", "expiry", "days_left", "seq"), as_json=as_json)


@superoffice.command("associates")
@as_json
def associates(as_json: bool) -> None:
    """List the associates and the licences they hold."""
    rows = reading.associates(current_host.session)
    if as_json:
        print_json(rows)
        return
    held = [";".join(f"{name}*{n}" if n > 1 else name for name, n in row["licences"].items()) for row in rows]
    columns = ("user_id", "full_name", "type", "retired")
    table = [[*(row[column] for column in columns), text] for row, text in zip(rows, held, strict=True)]
    print_table((*columns, "licences"), table)


@superoffice.command("holders")
@click.argument("owner")
@click.argument("licence")
@as_json
def holders(owner: str, licence: str, as_json: bool) -> None:
    """List who was given LICENCE of OWNER, those who have not signed in for longest first."""
    found, opened = licence_of(owner, licence)
    rows = [
        {
            "user_id": each.user_id,
            "full_name": each.full_name,
            "type": each.type,
            "group": each.group,
            "role": each.role,
            "last_login": each.last_login,
            "open_requests": each.open_requests,
            "weight": each.weight(found.name, opened.carriers),
        }
        for each in _holders(found.name, opened.licence.code)
    ]
    columns = ("user_id", "full_name", "group", "last_login", "open_requests", "weight")
    print_rows(rows, columns, as_json=as_json)


@superoffice.command("history")
@click.argument("owner")
@click.argument("licence")
@as_json
def show_history(owner: str, licence: str, as_json: bool) -> None:
    """List the activations that changed LICENCE of OWNER or renewed it, newest first."""
    found, opened = licence_of(owner, licence)
    rows: list[dict[str, Any]] = [
        asdict(each) for each in history.of_licence(found.name, opened.licence.code, current_host.session)
    ]
    columns = ("at", "by", "automatic", "put_back", "total_before", "total_after", "expiry_after")
    print_rows(rows, columns, as_json=as_json)


def _holders(owner: str, code: str) -> list[PersonRow]:
    """All of them, a page at a time."""
    found: list[PersonRow] = []
    while True:
        page = people_list.people(current_host.session, owner=owner, code=code, limit=PAGE, offset=len(found))
        found += page.rows
        if not page.rows or len(found) >= page.total:
            return found
