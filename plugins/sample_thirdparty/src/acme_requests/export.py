"""Requests as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from .services import Request

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def as_csv(requests: Iterable[Request], header: Sequence[str]) -> bytes:
    """One line for each request, below *header*. The mark at the beginning says UTF-8 to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for each in requests:
        cells = (each.person, each.licence, each.needed_by.isoformat(), each.reason)
        writer.writerow(_harmless(cell) for cell in cells)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """*cell* as text and never a formula: whoever asks for a licence may write anything."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
