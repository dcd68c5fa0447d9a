"""The group ``superoffice``, and what several of its commands take."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
confirm_serial = click.option(
    "--confirm-serial", default="", metavar="SERIAL", help="Type the new serial number to accept it."
)
confirm_company = click.option(
    "--confirm-company", default="", metavar="NAME", help="Type the new company name to accept it."
)


@click.group(help="Licences of this installation, and who holds them.")
def superoffice() -> None:
    """The group."""
