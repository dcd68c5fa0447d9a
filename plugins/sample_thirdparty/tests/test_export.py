"""What a spreadsheet gets."""

from __future__ import annotations

from datetime import date

import pytest

from acme_requests.export import as_csv
from acme_requests.services import Request


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_looks_like_a_formula_is_text(start):
    """In every column that people write."""
    wish = Request(
        id=1, person=f"{start}a", licence=f"{start}b", needed_by=date(2026, 12, 1), reason=f"{start}c"
    )
    line = as_csv([wish], []).decode("utf-8-sig")
    assert [f"'{start}{letter}" in line for letter in "abc"] == [True, True, True]


def test_what_would_break_a_line_is_quoted():
    """Commas, quotes and line breaks."""
    wish = Request(id=1, person="MOBE", licence="a, b", needed_by=date(2026, 12, 1), reason='say "why"\nnow')
    assert as_csv([wish], ["Who"]).decode("utf-8-sig") == (
        'Who\r\nMOBE,"a, b",2026-12-01,"say ""why""\nnow"\r\n'
    )
