"""``tabhost superoffice`` and ``tabhost licence`` in a host, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from unit.superoffice_tab.building import NOW, SERIAL, Issuer, claims, person
from unit.superoffice_tab.commands import Company, make_company

from host.api import InputError, NotFoundError
from host.testing import HostKit
from superoffice_tab.demo import expiry_after
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services import reading
from superoffice_tab.storage.models import Associate, StoredSet


@pytest.fixture
def company(
    host_on: Callable[..., HostKit], tmp_path: Path, capsys: pytest.CaptureFixture[str], issuer: Issuer
) -> Company:
    return make_company(host_on, issuer, tmp_path, capsys)


class TestLoading:
    def test_a_set_and_its_holders_come_in_and_are_listed(self, company: Company):
        assert company.load() == "SUPEROFFICE: set 1 is in force, 12 licences, 12 changed.\n"
        assert "2 new, 0 changed, 0 unchanged, 0 removed" in company.people(
            person("KAAN", "superoffice.ten-sales"), person("MOBE", "superoffice.spin*2")
        )
        rows = {row["name"]: row for row in company.json("licences", "superoffice")}
        assert rows["superoffice.ten-sales"] == {
            "name": "superoffice.ten-sales",
            "description": "Ten-Sales",
            "type": "user",
            "hidden": False,
            "unrestricted": False,
            "in_use": 1,
            "total": 3,
            "free": 2,
            "tooltip": "",
        }
        assert (rows["superoffice.user"]["hidden"], rows["superoffice.user"]["in_use"]) == (True, 1)
        assert rows["superoffice.aiplatform"]["type"] == "system"
        assert rows["superoffice.spin"]["in_use"] == 2

    def test_a_refused_file_leaves_one_audit_row_and_nothing_else(self, company: Company):
        company.load()
        with pytest.raises(VerdictError, match="replayed"):
            company.load()
        assert company.count(StoredSet) == 1
        refused, activated = company.kit.audit()[:2]
        assert (refused.action, refused.subject, refused.after["verdict"]) == (
            "licence.refused",
            "1.lic",
            "replayed",
        )
        assert (activated.action, activated.actor) == ("licence.activated", "cli")

    def test_a_bad_row_keeps_every_row_out(self, company: Company):
        company.load()
        with pytest.raises(InputError, match="line 3, column licences"):
            company.people(person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.nothing"))
        assert company.count(Associate) == 0
        assert [each.action for each in company.kit.audit()][:1] == ["licence.activated"]

    def test_a_larger_file_of_people_comes_in_at_once(self, company: Company):
        company.load()
        rows = [person(f"P{number:04}", "superoffice.visible-for") for number in range(1200)]
        company.people(*rows)
        company.people(*(row.replace("Sales", "Service") for row in rows))
        assert company.run(
            "superoffice", "import-associates", company.folder / "associates.csv", "--prune"
        ).startswith("0 new, 0 changed, 1200 unchanged")

    def test_a_missing_file_is_named(self, company: Company):
        for command in ("load-licence", "import-associates"):
            with pytest.raises(InputError, match="nowhere"):
                company.run("superoffice", command, company.folder / "nowhere")

    def test_a_new_identity_is_typed(self, company: Company):
        company.load()
        with pytest.raises(VerdictError, match="--confirm-serial"):
            company.load(1, serial="1600007775")
        company.load(1, "--confirm-serial", "1600007775", serial="1600007775")
        company.load(2, "--confirm-company", "Other AS", serial="1600007775", CompanyName="Other AS")
        (owner,) = company.json("owners")
        assert (owner["serial"], owner["company"], owner["days_left"]) == ("1600007775", "Other AS", 218)


class TestListing:
    def test_nothing_yet_is_said(self, company: Company):
        assert company.run("superoffice", "owners") == "Nothing yet.\n"
        assert company.json("associates") == []
        with pytest.raises(NotFoundError, match="Loaded owners: none yet"):
            company.run("superoffice", "licences", "SUPEROFFICE")

    def test_columns_are_aligned_and_numbers_stand_to_the_right(self, company: Company):
        company.load()
        company.people(person("KAAN", "superoffice.ten-sales"))
        lines = company.run("superoffice", "licences", "SUPEROFFICE", "--visible").splitlines()
        assert len(lines) == 9
        (row,) = [line for line in lines if line.startswith("superoffice.ten-sales ")]
        assert row.split() == ["superoffice.ten-sales", "Ten-Sales", "user", "no", "1", "3", "2"]
        assert lines[0].index("in_use") + len("in_use") == row.index(" 1 ") + 2
        assert "KAAN" in company.run("superoffice", "associates")
        assert f"Example Trading AS  {SERIAL}  2027-06-30        218" in company.run("superoffice", "owners")


class TestIssuing:
    def test_the_whole_way_from_keys_to_a_verified_file(self, company: Company):
        folder = company.folder
        (folder / "claims.json").write_text(json.dumps(claims()))
        for stem in ("theirs", "owner"):
            company.run("licence", "keygen", folder / stem)
        options = ("--root-key", folder / "theirs.private.jwk", "--owner-key", folder / "owner.private.jwk")
        company.run("licence", "sign", folder / "claims.json", folder / "set.lic", *options)
        roots = ("--roots", folder / "theirs.public.jwk")
        assert "good. Set 1 of SUPEROFFICE" in company.run("licence", "verify", folder / "set.lic", *roots)
        assert "Verdict: good." in company.run("licence", "inspect", folder / "set.lic", *roots)
        with pytest.raises(VerdictError, match="unknown-root"):
            company.run("licence", "verify", folder / "set.lic")
        assert "Verdict: unknown-root." in company.run("licence", "inspect", folder / "set.lic")


class TestPage:
    address = "/tabs/superoffice_tab/superoffice/"

    def test_an_empty_installation_says_what_to_do(self, company: Company):
        page = company.kit.client().get(self.address)
        assert page.status == 200
        assert "tabhost superoffice load-licence FILE" in page.text

    @pytest.mark.parametrize("role", ["administrator", "viewer"])
    def test_owner_and_licences_are_shown(self, company: Company, role: str):
        company.load()
        company.people(person("KAAN", "superoffice.ten-sales"))
        page = company.kit.client(role).get(self.address)
        for each in (
            "SuperOffice AS",
            "Example Trading AS",
            SERIAL,
            "30 Jun 2027",
            "218 days left",
            "2 Jun 2027",
        ):
            assert each in page.text
        assert "Aiplatform" in page.text
        assert "superoffice.user" not in page.text
        assert "superoffice.user" in company.kit.client(role).get(self.address + "?hidden=yes").text

    def test_it_speaks_danish(self, company: Company):
        company.load()
        page = company.kit.client(language="da").get(self.address)
        for each in (
            "Ejeroplysninger",
            "Firmanavn",
            "218 dage tilbage",
            "Brugerlicenser",
            "Systemlicenser",
            "Ubegrænset",
        ):
            assert each in page.text

    def test_a_licence_that_ran_out_calls_for_renewal(self, company: Company):
        company.load(GraceDate="2028-12-31T00:00:00")
        company.kit.clock.now = NOW + timedelta(days=218 + 250)
        page = company.kit.client().get(self.address)
        assert "−250 days left" in page.text
        assert "Renew the licence." in page.text
        assert "upgrades are no longer covered" in page.text

    def test_a_search_without_a_hit_offers_the_wider_one(self, company: Company):
        company.load()
        page = company.kit.client().get(self.address + "?q=<zzz>&show=nonsense")
        assert "No licence has “&lt;zzz&gt;” in its name" in page.text
        assert f'href="{self.address}"' in page.text

    def test_the_status_tab_learns_what_is_in_force(self, company: Company):
        company.load()
        page = company.kit.client().get("/tabs/status_tab/status/")
        for each in ("Example Trading AS", SERIAL, "SuperOffice Online", "30 Jun 2027"):
            assert each in page.text


def test_demo_numbers_are_those_of_the_domain(demo: HostKit):
    """domain.md 5.1: 21 + 15 + 20 + 7 = 63 of user, 21 + 20 = 41 of sale-cal, 15 + 20 = 35 of ej-client."""
    with demo.serving("superoffice_tab", writes=False) as host:
        owner = reading.known_owner("SUPEROFFICE", host.session)
        rows = {each.code: each for each in reading.licences(owner, host.session, hidden=True)}
        counts = reading.licence_counts(owner, host.session)
        people = reading.associates(host.session)
    seen = {
        code: (each.in_use, each.total, each.free)
        for code, each in rows.items()
        if each.type is LicenceType.USER and not each.hidden
    }
    assert seen == {
        "ten-marketing": (3, 7, 4),
        "ten-sales": (21, 21, 0),
        "ten-salesservicemarketing": (20, 20, 0),
        "ten-service": (5, 15, 10),
        "visible-for": (12, None, None),
    }
    assert [rows[name].total for name in ("user", "sale-cal", "ej-client")] == [63, 41, 35]
    assert [rows[name].in_use for name in ("user", "web", "sale-cal", "ej-client")] == [49, 49, 41, 25]
    assert (counts.user, counts.system, counts.satellite) == (5, 12, 0)
    assert (owner.company, owner.serial) == ("Example Trading AS", SERIAL)
    assert (len(people), sum(each["retired"] for each in people)) == (52, 2)
    assert sum(each["type"] == "external" for each in people) == 1
    assert sum(each["open_requests"] > 0 for each in people) == 1
    sales = {each["user_id"] for each in people if "superoffice.ten-sales" in each["licences"]}
    assert sales >= {"KAAN", "MOBE", "SIRA", "LENN", "OLEA", "JUNI"}  # codespell:ignore juni


@pytest.mark.parametrize(
    ("day", "year"),
    [("2026-11-24", 2027), ("2027-06-01", 2027), ("2027-06-02", 2028), ("2027-06-30", 2028)],
)
def test_the_demo_never_starts_with_a_warning(day: str, year: int):
    assert expiry_after(date.fromisoformat(day)) == date(year, 6, 30)
