"""Files that people open in a spreadsheet: what others wrote is text there, and never a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

from .texts import unseen

_FORMULA = frozenset("=+-@")
"""What makes a spreadsheet take a cell for a formula (CWE-1236), in any width."""
_BREAKS = ("\t", "\r", "\n")
"""What some take for the end of the cell before, or of the row."""


def csv_file(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file for a spreadsheet, in UTF-8 with a byte order mark, which tells Excel what it is.

    A text that a spreadsheet might take for a formula, be it behind blanks and unseen characters or in full
    width, gets an apostrophe before it. Numbers stay numbers, and None is an empty cell.

    Args:
        heads: What stands above the columns, in the reader's language.
        rows: Their cells.

    Returns:
        The file's content, for an answer of type ``text/csv``.

    .. versionadded:: 0.1
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in (heads, *rows):
        writer.writerow([_harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    first = next((each for each in cell if not (each.isspace() or unseen(each))), "")
    formula = unicodedata.normalize("NFKC", first)[:1] in _FORMULA
    return f"'{cell}" if formula or cell.startswith(_BREAKS) else cell
