"""The operator's own tariffs on the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from host.api import current_host
from status_tab.circumstances import reading, taking
from status_tab.services import alerts, tariffs

from .group import FILE, moment, print_json, print_table, status

DAY = click.DateTime(["%Y-%m-%d"])


@status.group("tariff")
def tariff() -> None:
    """Put tariffs of your own in the place of the published table."""


@tariff.command("load")
@click.argument("file", type=FILE)
def load(file: Path) -> None:
    """Load a tariff from the JSON FILE. One that holds from the same day is replaced."""
    loaded = tariffs.load_tariff(
        file,
        work=current_host.work,
        clock=current_host.clock,
        user_id=current_host.actor.user_id,
        services=reading()["services"],
    )
    alerts.review(**taking())  # a threshold may have risen above the use, or come down to it
    click.echo(
        f"Loaded the tariff that holds from {loaded.valid_from} on: "
        f"{len(loaded.services)} services, prices in {loaded.currency}."
    )


@tariff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects as JSON.")
def list_(as_json: bool) -> None:
    """List your own tariffs, oldest first. Before the first of them the published table holds."""
    found = tariffs.list_tariffs(current_host.session)
    if as_json:
        print_json(
            [
                {
                    "valid_from": each.tariff.valid_from.isoformat(),
                    "currency": each.tariff.currency,
                    "services": sorted(each.tariff.services),
                    "loaded": each.loaded.isoformat(),
                    "loaded_by": each.loaded_by,
                }
                for each in found
            ]
        )
        return
    if not found:
        click.echo("There is none: the published table holds.")
        return
    rows = [
        (each.tariff.valid_from.isoformat(), each.tariff.currency, moment(each.loaded), each.loaded_by)
        for each in found
    ]
    print_table([("FROM", "CURRENCY", "LOADED", "BY"), *rows])


@tariff.command("remove")
@click.argument("valid_from", metavar="DATE", type=DAY)
def remove(valid_from: datetime) -> None:
    """Remove your own tariff that holds from DATE on."""
    tariffs.remove_tariff(valid_from.date(), work=current_host.work)
    alerts.review(**taking())
    click.echo(f"Removed the tariff that held from {valid_from:%Y-%m-%d} on.")
