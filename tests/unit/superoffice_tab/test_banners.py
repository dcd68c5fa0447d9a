"""The banner above every page when a licence expires (domain.md 1.5), on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from unit.superoffice_tab.building import NOW
from unit.superoffice_tab.screen import Screen, make_screen


@pytest.fixture
def loaded(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """A host with both built-in tabs, and a licence that expires on 30 June 2027."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    yield made
    made.kit.close()


def above(
    loaded: Screen, day: str, *, role: str = "administrator", address: str = "/tabs/status_tab/status/"
):
    """Kind and text of each banner above a page on *day*."""
    loaded.kit.clock.now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    text = loaded.page(role=role, address=address).text
    found = re.findall(r'<aside class="th-motd th-motd--(\w+)".*?<p>(.*?)</p>', text, re.DOTALL)
    return [(kind, re.sub(r"<[^>]+>", "", said)) for kind, said in found]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-24", []),
        ("2027-06-02", [("warn", "SUPEROFFICE: The licence expires in 28 days.")]),
        ("2027-06-29", [("warn", "SUPEROFFICE: The licence expires in 1 day.")]),
        ("2027-06-30", [("warn", "SUPEROFFICE: The licence expires today.")]),
        ("2027-07-01", [("stop", "SUPEROFFICE: The licence expired 1 day ago.")]),
        ("2027-07-13", [("stop", "SUPEROFFICE: The licence expired 13 days ago.")]),
    ],
)
def test_administrators_have_it_from_the_warning_date_on(loaded: Screen, day: str, expected: list):
    """On every page; stronger once it has expired."""
    assert above(loaded, day) == expected


def test_others_have_it_once_it_has_expired(loaded: Screen):
    """Before that they could do nothing about it."""
    assert above(loaded, "2027-06-30", role="viewer") == []
    assert above(loaded, "2027-07-01", role="viewer") == [
        ("stop", "SUPEROFFICE: The licence expired 1 day ago.")
    ]


def test_on_the_owners_own_tab_the_page_says_it(loaded: Screen):
    """Not twice."""
    assert above(loaded, "2027-06-02", address="/tabs/superoffice_tab/superoffice/") == []
