"""What people open in a spreadsheet is text, and never a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api import csv_file

FORMULA = re.compile(r"[\s\ufeff\u200b\u2060\x00-\x1f]*[=+\-@]")
STARTS = st.text(alphabet="\ufeff\u200b\u2060\xa0 \t\r\n\x07\u3000", max_size=3)
SIGNS = st.sampled_from("=+-@＝＋－＠﹢﹣﹦﹫⁼a1'")


def cells(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.removeprefix(b"\xef\xbb\xbf").decode(), newline="")))


@pytest.mark.parametrize("text", [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠A", "\ufeff=1", " =1", "\xa0＝1",
    "\u200b@a", "\ufeff\ufeff +1", "\tb", "\rb", "\nb", '=HYPERLINK("x","y")', "\u3164=1",
])  # fmt: skip
def test_what_would_be_a_formula_is_text(text: str):
    """In the head as well as in a row, and nothing of it is lost."""
    assert cells(csv_file([text], [[text]])) == [[f"'{text}"], [f"'{text}"]]


def test_anything_else_is_as_it_was():
    """Negative numbers are numbers, and what nobody knows is empty."""
    row = ["plain", "a=b", "1-2", "", " ", 'Åse, "Bo"\nand others', -5, 1.5, None]
    assert cells(csv_file(["Name"], [row])) == [["Name"], [*row[:6], "-5", "1.5", ""]]


@given(start=STARTS, sign=SIGNS, rest=st.text(max_size=5))
def test_no_cell_begins_like_one(start: str, sign: str, rest: str):
    """Whatever stands before it, and however wide it is written; what is put before is one apostrophe."""
    text = (start + sign + rest).encode("utf-8", "ignore").decode().replace("\x00", "")
    ((_,), (cell,)) = cells(csv_file(["Name"], [[text]]))
    assert cell in (text, f"'{text}")
    assert not FORMULA.match(unicodedata.normalize("NFKC", cell))
