"""What plugins add to what is told of the database, on the command line."""

from __future__ import annotations

import click

from status_tab.facts import told

from .group import moment, print_json, print_table, status


@status.command("facts")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects as JSON.")
def list_facts(as_json: bool) -> None:
    """List the rows that plugins add to the box Database of the Status page."""
    found = told()
    if as_json:
        print_json([{**each, "told": each["told"] and each["told"].isoformat()} for each in found])
        return
    rows = [
        (each["plugin"], each["key"], each["label"], each["value"], moment(each["told"])) for each in found
    ]
    print_table([("PLUGIN", "KEY", "LABEL", "VALUE", "TOLD"), *rows])
