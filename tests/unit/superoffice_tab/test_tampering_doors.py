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


UNREADABLE = (
    *(f"licence SET {name} = x'00ff'" for name in ("description", "tooltip", "extra_info", "version")),
    "licence SET prerequisite = x'00ff'", "licence SET name = x'00ff' WHERE name = 'spin'",
    "licence SET held = 'x'", "owner SET deployment_type = 'x'",
    *(f"owner SET {name} = x'00ff'" for name in ("description", "company", "serial")),
    "licence_set SET activated_by = x'00ff'", "licence_set SET serial = x'00ff'",
    *(f"activation SET changes = '{what}'" for what in (
        "x", "5", '{"totals": 5}', '{"totals": {"spin": 5}, "expiry": ["x", 5]}', "[" * 100_000,
    )),
    f"alteration SET what = '{'[' * 100_000}'", "activation SET by = x'00ff'",
    "associate SET last_login = 'x'", "associate SET open_requests = 'x'",
    "associate SET full_name = x'00ff'", "associate SET user_id = x'00ff'",
)  # fmt: skip


def sqlite_only(screen: Screen) -> None:
    """PostgreSQL keeps no such values."""
    if screen.kit.house.stores.host.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite keeps them")


def test_a_value_that_cannot_be_read_costs_no_page(screen: Screen):
    """Whichever column it is in: it is named, and put right. SQLite keeps any value anywhere."""
    sqlite_only(screen)
    client = screen.kit.client("administrator")
    addresses = (*DOORS, f"{API}/owners", f"{API}/owners/SUPEROFFICE/licences")
    wrong = {}
    for edited in UNREADABLE:
        screen.change(lambda session: session.execute(text(BOGUS)))
        verify(screen)
        edit = f"UPDATE superoffice_tab_{edited}".replace("SET by", 'SET "by"')
        screen.change(lambda session, edit=edit: session.execute(text(edit)))
        answers = {each: client.get(each).status for each in addresses}
        wrong |= {(edited[:40], each): status for each, status in answers.items() if status != 200}
        verify(screen)
        if client.post(f"{ADDRESS}restore").status != 200 or "Somebody changed" in client.get(ADDRESS).text:
            wrong[edited[:40], "restore"] = 0
    assert wrong == {}


def test_holders_of_nothing_are_named_whatever_they_are_called(screen: Screen):
    """And counted: of many only the first are read."""
    sqlite_only(screen)
    screen.people(*(person(f"P{number}", "superoffice.spin") for number in range(5)))

    def edit(session) -> None:
        session.execute(text("PRAGMA ignore_check_constraints = ON"))
        session.execute(text("UPDATE superoffice_tab_associate SET user_id = x'00ff' WHERE user_id = 'P0'"))
        session.execute(text("UPDATE superoffice_tab_assignment SET weight = 0"))

    screen.change(edit)
    verify(screen)
    rows = screen.kit.client().get(f"{API}/owners/superoffice").response.json["altered_rows"]
    assert [(row["name"], row["kind"], row["what"]) for row in rows] == [
        ("spin", "holders", ["P1", "P2", r"b'\x00\xff'"]), ("ten-sales", "holders", ["KAAN"]),
    ]  # fmt: skip


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


RENAMED = "UPDATE superoffice_tab_owner SET name = 'EVIL'"


def test_a_renamed_owner_is_put_right_on_the_page(screen: Screen):
    """It has its page again once that was found, and a press is all it takes."""
    screen.change(lambda session: session.execute(text(RENAMED)))
    verify(screen)
    assert re.search(r"owner information +\(name\)", banner(screen))
    page = screen.kit.client("administrator").post(f"{ADDRESS}restore")
    assert (page.status, "The licences say again what was signed." in page.text) == (200, True)
    assert banner(screen) == ""


def test_json_names_what_was_altered_and_restores_it(screen: Screen):
    screen.change(lambda session: session.execute(text(RENAMED)))
    screen.change(lambda session: session.execute(text(BOGUS)))
    verify(screen)
    client = screen.kit.client("administrator")
    for found in (
        client.get(f"{API}/owners").response.json[0],
        client.get(f"{API}/owners/superoffice").response.json,
    ):
        assert (found["name"], found["altered"], found["altered_rows"]) == ("SUPEROFFICE", 2, [
            {"name": "", "kind": "changed", "what": ["name"]},
            {"name": "ten-sales", "kind": "changed", "what": ["type"]},
        ])  # fmt: skip
    assert screen.kit.client("viewer").call("POST", f"{API}/owners/SUPEROFFICE/restore").status == 403
    assert client.call("POST", f"{API}/owners/NOBODY/restore").status == 404
    restored = client.call("POST", f"{API}/owners/superoffice/restore")
    assert (restored.status, restored.response.json["altered_rows"]) == (200, [])
    broken = "UPDATE superoffice_tab_licence_set SET content = :content"
    screen.change(lambda session: session.execute(text(broken), {"content": b"{}"}))
    refused = client.call("POST", f"{API}/owners/superoffice/restore")
    assert (refused.status, "Load the licence file again" in refused.response.json["message"]) == (409, True)


def test_the_command_restores_under_either_name(company: Company):
    for name in ("EVIL", "superoffice"):
        with company.kit.serving(PLUGIN) as served:
            served.session.execute(text(RENAMED))
        status, said, _ = company.end("superoffice", "verify", "--restore", name)
        assert (status, said) == (0, "All licences say what was signed.\n")
