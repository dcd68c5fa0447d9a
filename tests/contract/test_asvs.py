"""``docs/asvs.md``: every item of the chapters that the host is measured by; the tests it names exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)*)`")
WHY_NOT = ("Not here: ", "Open: ")
"""Why an item has no test: it does not concern this product, or it is not done yet."""

LEVEL_ONE = """
3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8
6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3
9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
"""
LEVEL_TWO = """
3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5 3.4.6 3.5.4 3.5.5 3.7.1 3.7.2 6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12
6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4 7.1.1
7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 8.1.2 8.2.3 8.4.1 9.2.2 9.2.3 9.2.4
10.1.1 10.1.2 10.2.1 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10 10.4.11
10.5.1 10.5.2 10.5.3 10.5.4 10.5.5 10.6.1 10.6.2 10.7.1 10.7.2 10.7.3 16.1.1 16.2.1 16.2.2 16.2.3 16.2.4
16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3
"""
"""Items of ASVS 5.0.0 in chapters V3, V6 to V10 and V16, by level."""


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(PAGE.read_text("utf-8"))


@cache
def names_in(path: Path) -> frozenset[str]:
    """Tests of a file, as pytest names them."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found.add(f"::{node.name}")
            found |= {
                f"::{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)
            }
        elif isinstance(node, ast.FunctionDef):
            found.add(f"::{node.name}")
    return frozenset(found)


def test_every_item_stands_there_once_and_in_order():
    """With its level."""
    wanted = dict.fromkeys(LEVEL_ONE.split(), "1") | dict.fromkeys(LEVEL_TWO.split(), "2")
    found = [(number, level) for number, level, _, _ in rows()]
    assert len(found) == len(wanted) == 131
    assert dict(found) == wanted
    assert found == sorted(found, key=lambda each: [int(part) for part in each[0].split(".")])


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_it_is_shown_by_tests_that_exist_or_it_says_why_not(row):
    """A name that was changed must be changed there, too."""
    number, _, words, shown = row
    assert len(words) > 10, number
    named = NAMED.findall(shown)
    assert named or shown.startswith(WHY_NOT), f"{number}: {shown}"
    for file, name in named:
        path = ROOT / file
        assert path.is_file(), f"{number}: there is no {file}"
        assert not name or name in names_in(path), f"{number}: there is no {file}{name}"
