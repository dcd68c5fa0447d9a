"""Requests as CSV, for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from host.api import csv_file

from .services import Request


def as_csv(requests: Iterable[Request], header: Sequence[str]) -> bytes:
    """One line for each request, below *header*: whoever asks for a licence may write anything."""
    rows = ((each.person, each.licence, each.needed_by.isoformat(), each.reason) for each in requests)
    return csv_file(header, rows)
