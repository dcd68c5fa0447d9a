"""An add-on announces an owner of licences: that one has a tab, which stays when the add-on is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.superoffice_tab.building import Issuer, claims, module, person

from host.api import Actor
from host.testing.kit import HostKit, installed, make_host
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.keys import Roots, public_key
from superoffice_tab.services.importing import import_associates
from superoffice_tab.services.loading import load_licence

SUPEROFFICE, ACME = Issuer("SUPEROFFICE"), Issuer("ACME")
TAB = "/tabs/superoffice_tab/acme/"
SPIN = module("spin", 3)


@pytest.fixture(scope="module", params=[False, True], ids=["in process", "in a runner"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostKit]:
    """SUPEROFFICE in force, and the sample that sells ACME's licences, on both sides of the border."""
    folder = tmp_path_factory.mktemp("owners")
    found = installed("superoffice_tab", "status_tab", "acme_requests")
    kit = make_host(folder, found, runners=request.param)
    _load(kit, SUPEROFFICE, claims())
    kit.run_job("superoffice_tab", "owners")
    yield kit
    kit.close()


def _load(kit: HostKit, issuer: Issuer, what: dict) -> None:
    keys = [public_key(each.root.as_dict(private=False)) for each in (SUPEROFFICE, ACME)]
    with kit.serving("superoffice_tab") as served:
        load_licence(
            issuer.file(what),
            source="set.lic",
            roots=Roots(keys),
            confirmed=Confirmation(),
            timezone="UTC",
            work=served.work,
            actor=Actor(user_id="cli"),
            clock=served.clock,
        )


def test_its_tab_says_what_will_stand_there(host: HostKit):
    """Before any licence is loaded, the tab is there and leads on, to the shop that the add-on named."""
    page = host.client("administrator").get(TAB)
    assert page.status == 200
    assert "ACME" in host.client("viewer").get("/tabs/superoffice_tab/superoffice/").text
    assert "https://shop.acme.example/licences" in page.text


def test_it_asks_who_holds_its_licences(host: HostKit, tmp_path: Path):
    """Over the border as within the process."""
    _load(host, ACME, claims(owner="ACME", modules=(SPIN,)))
    people = tmp_path / "associates.csv"
    columns = "user_id,full_name,type,group,role,last_login,retired,open_requests,licences"
    rows = [person("ANNA", "acme.spin"), person("BO", "acme.spin"), person("OLE", "acme.spin", retired="yes")]
    people.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    with host.serving("superoffice_tab") as served:
        import_associates(people, prune=False, work=served.work, clock=served.clock, timezone="UTC")
    page = host.client("viewer").get("/tabs/acme_requests/requests/holders")
    assert page.status == 200
    assert ("Full ANNA" in page.text, "Full BO" in page.text, "Full OLE" in page.text) == (True, True, False)
    assert "Spin" in host.client("viewer").get(TAB).text


def test_what_people_hold_by_now_is_no_open_request_any_more(host: HostKit):
    """The review looks at every owner, from the runner too; whatever it closes, the event told of it."""
    client, wish = host.client("administrator"), {"licence": "Spin", "needed_by": "2026-12-01", "reason": "x"}
    for person_ in ("ANNA", "OLE"):
        client.post("/tabs/acme_requests/requests/", {**wish, "person": person_})
    page = client.post("/tabs/acme_requests/requests/review").text
    assert ("Marked as done: 1" in page, "OLE" in page, "ANNA" in page) == (True, True, False)
    (event,) = client.call("GET", "/api/v1/status_tab/events?show=finished").response.json
    assert (event["key"], event["progress"]) == ("acme_requests.review", {"done": 2, "total": 2})


def test_the_tab_stays_when_the_add_on_is_gone(tmp_path: Path):
    """What the customer bought is shown, whoever's code is installed."""
    first = make_host(tmp_path, installed("superoffice_tab", "status_tab", "acme_requests"))
    first.run_job("superoffice_tab", "owners")
    first.close()
    second = make_host(tmp_path, installed("superoffice_tab", "status_tab"))
    try:
        assert second.client("administrator").get(TAB).status == 200
    finally:
        second.close()
