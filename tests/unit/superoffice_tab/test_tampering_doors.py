"""An edited database at the doors: every page stands, names what was altered, and can be put right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from unit.superoffice_tab.building import NOW, Issuer, person
from unit.superoffice_tab.commands import Company, make_company
from unit.superoffice_tab.screen import ADDRESS, PLUGIN, Screen, make_screen

from host.api import current_host
from host.testing import HostKit
from superoffice_tab.circumstances import trusted
from superoffice_tab.services import verifying

API = "/api/v1/superoffice_tab"
DOORS = (ADDRESS, f"{ADDRESS}?licence=ten-sales", f"{ADDRESS}people/", f"{ADDRESS}licences.csv")
OWNER = (
    "UPDATE superoffice_tab_owner SET expiry = '2099-01-01', grace = '2099-02-01', serial = '666', "
    "company = 'Evil AS'"
)
BOGUS = "UPDATE superoffice_tab_licence SET type = 'Bogus' WHERE name = 'ten-sales'"
NEVER = "UPDATE superoffice_tab_owner SET expiry = 'never'"


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """Set 1 of SUPEROFFICE, and somebody who holds ten-sales."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    made.people(person("KAAN", "superoffice.ten-sales"))
    yield made
    made.kit.close()


@pytest.fixture
def company(
    host_on: Callable[..., HostKit], tmp_path: Path, capsys: pytest.CaptureFixture[str], issuer: Issuer
) -> Company:
    """Set 1 is in force, and SQL is run past Tabhost."""
    made = make_company(host_on, issuer, tmp_path, capsys)
    made.load()
    return made


def verify(screen: Screen) -> None:
    """What the job does."""
    with screen.kit.serving(PLUGIN):
        verifying.verify_all(roots=trusted(), work=current_host.work, clock=current_host.clock)


def banner(screen: Screen) -> str:
    """What the page says of altered rows."""
    found = re.search(r'th-banner__more">(Somebody changed.*?)</p>', screen.page().text, re.DOTALL)
    return re.sub(r"<.*?>|\s+", " ", found[1]).strip() if found else ""


def test_the_page_names_what_was_altered(screen: Screen):
    screen.change(lambda session: session.execute(text(OWNER)))
    screen.change(lambda session: session.execute(text(BOGUS)))
    verify(screen)
    said = re.sub(r"\s+", " ", banner(screen))
    assert "owner information (company, expiry, grace, serial)" in said.replace("  ", " ")
    assert "ten-sales (type)" in said
    page = screen.page().text
    assert "Evil AS" not in page
    assert "Example Trading AS" in page
    assert f'action="{ADDRESS}restore"' in page


@pytest.mark.parametrize("edited", [BOGUS, NEVER], ids=["type", "expiry"])
def test_every_page_stands_before_and_after_it_is_found(screen: Screen, edited: str):
    def edit(session) -> None:
        if edited == BOGUS or session.get_bind().dialect.name == "sqlite":
            session.execute(text(edited))

    screen.change(edit)
    client = screen.kit.client("administrator")
    for _ in range(2):
        addresses = (*DOORS, f"{API}/owners", f"{API}/owners/SUPEROFFICE/licences")
        assert {address: client.get(address).status for address in addresses} == dict.fromkeys(addresses, 200)
        verify(screen)


def test_verify_names_what_differs_and_says_no(company: Company):
    with company.kit.serving(PLUGIN) as served:
        served.session.execute(text(OWNER))
        served.session.execute(text(BOGUS))
    status, said, _ = company.end("superoffice", "verify")
    assert status == 1
    assert re.search(r"SUPEROFFICE +– +changed: company, expiry, grace, serial\n", said)
    assert re.search(r"SUPEROFFICE +ten-sales +changed: type\n", said)
    status, said, _ = company.end("superoffice", "verify", "--json")
    assert [(each["name"], each["what"]) for each in json.loads(said)] == [
        ("", ["company", "expiry", "grace", "serial"]),
        ("ten-sales", ["type"]),
    ]
    assert company.json("owners")[0]["serial"] == "1801001239"
    assert company.json("licences", "SUPEROFFICE")
    assert company.end("superoffice", "verify", "--restore", "superoffice")[0] == 0
