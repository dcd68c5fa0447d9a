"""How listings are printed: as JSON, or as a table with numbers to the right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click

Row = Mapping[str, Any]


def print_json(content: Row | Sequence[Row]) -> None:
    """Print *content*; days and times are written as in ISO 8601."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False, default=_plain))


def print_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool) -> None:
    """Print *rows*, as JSON with all they have, or as a table of *columns*."""
    if as_json:
        print_json(rows)
    else:
        print_table(columns, [[row[column] for column in columns] for row in rows])


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows below their *columns*, or that there are none."""
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


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
