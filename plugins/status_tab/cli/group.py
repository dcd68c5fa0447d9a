"""The group that the commands of the Status tab belong to, and how they print."""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from host.api import current_host

FILE = click.Path(path_type=Path)


@click.group()
def status() -> None:
    """Installation, metered services and system events."""


def print_json(value: Any) -> None:
    """Print *value* as JSON for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def moment(value: datetime | None) -> str:
    """A time in the installation's zone; a dash for none."""
    if value is None:
        return "–"
    return value.astimezone(ZoneInfo(current_host.installation_timezone)).isoformat(
        sep=" ", timespec="minutes"
    )


def print_table(rows: Sequence[Sequence[str]], right: Container[int] = ()) -> None:
    """Print *rows*, the head among them, in columns.

    Args:
        rows: Cells; every row has as many.
        right: Which columns hold figures and end flush.
    """
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for cells in rows:
        line = [
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        click.echo("  ".join(line).rstrip())
