"""What the clock has done: the plugin's jobs as the host runs them, and the commands that do the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders.licence_server import LicenceServer, licence_server
from sqlalchemy import select, update
from unit.superoffice_tab.building import NOW, SERIAL, Issuer, claims, module, person
from unit.superoffice_tab.commands import Company, make_company
from unit.superoffice_tab.desk import modules_with

from host.testing import HostKit
from superoffice_tab.services.upkeep import next_day
from superoffice_tab.storage.changing import Check, ModuleOwner, PendingSet, Sample, UserSample
from superoffice_tab.storage.models import Clock, Licence

FILE = f"/SUPEROFFICE/{SERIAL}.lic"
TAB = "/tabs/superoffice_tab/superoffice/"


@pytest.fixture
def server() -> Iterator[LicenceServer]:
    """A licence server that has nothing yet."""
    with licence_server() as found:
        yield found


@pytest.fixture
def company(
    host_on: Callable[..., HostKit],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    issuer: Issuer,
    server: LicenceServer,
) -> Company:
    """Set 1 is in force; its licence server is *server*, which should be asked today."""
    made = make_company(host_on, issuer, tmp_path, capsys)
    made.load(LicenseUrl=server.address, NextCheckDate="2026-11-24T00:00:00")
    return made


def job(company: Company, name: str) -> tuple[str, datetime | None]:
    """Do a job; how it went, and when it is due again."""
    view = company.kit.run_job("superoffice_tab", name)
    assert view.reason == ""
    return view.result, view.next_at


def edit(company: Company, quantity: int) -> None:
    """Change how many of spin there are, past everything."""
    with company.kit.serving("superoffice_tab") as host:
        host.session.execute(update(Licence).where(Licence.name == "spin").values(quantity=quantity))


class TestAsking:
    def test_a_new_set_waits_and_its_tab_says_so(self, company: Company, server: LicenceServer):
        server.files[FILE] = company.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        assert job(company, "check") == ("done", NOW + timedelta(minutes=15))
        assert company.count(PendingSet) == 1
        assert company.kit.audit()[0].action == "licence.received"
        assert company.kit.audit()[0].actor == "system"
        assert "A new licence waits" in company.kit.client().get(TAB).text

    def test_it_is_asked_once_a_day(self, company: Company, server: LicenceServer):
        server.files[FILE] = (company.folder / "1.lic").read_bytes()
        job(company, "check")
        job(company, "check")
        assert server.asked == [(FILE, "")]

    def test_after_a_failure_it_is_asked_again_before_the_next_look(
        self, company: Company, server: LicenceServer
    ):
        """The run itself is done: an answer that is no good is no fault of the job."""
        server.status, server.files[FILE] = 503, b""
        assert job(company, "check") == ("done", NOW + timedelta(minutes=5))
        assert "error 503" in company.kit.client().get(TAB).text

    def test_an_empty_database_has_nobody_to_ask(
        self, host_on: Callable[..., HostKit], tmp_path: Path, capsys: pytest.CaptureFixture[str], issuer
    ):
        empty = make_company(host_on, issuer, tmp_path, capsys)
        for name in ("owners", "check", "verify", "sample"):
            assert job(empty, name)[0] == "done"
        assert empty.kit.client().get(TAB).status == 200

    def test_the_command_says_how_it_went(self, company: Company, server: LicenceServer):
        server.files[FILE] = (company.folder / "1.lic").read_bytes()
        assert company.run("superoffice", "fetch", "superoffice") == "SUPEROFFICE: Ok\n"
        server.status = 503
        status, _, told = company.end("superoffice", "fetch", "SUPEROFFICE")
        assert (status, "error 503" in told) == (2, True)
        with company.kit.serving("superoffice_tab") as host:
            assert host.session.scalar(select(Check.failures)) == 1

    def test_every_door_asks_for_an_owner_without_a_set_and_keeps_its_promise(
        self, company: Company, server: LicenceServer
    ):
        """Such as one that an add-on announces; of others, it is said that they are not there."""
        path, server.status = f"/ACME/{SERIAL}.lic", 503
        server.files[path] = b""
        said = {"title": "Acme", "licence_url": server.address, "shop_url": "", "plugin": "acme"}
        with company.kit.serving("superoffice_tab") as host:
            host.session.add(ModuleOwner(name="ACME", declared_at=NOW, **said))
            host.tabs_changed()
        status, _, told = company.end("superoffice", "fetch", "acme")
        assert (status, "error 503" in told, "Next try: 2026-11-24 13:05." in told) == (2, True, True)
        client = company.kit.client()
        assert "Next try: Today, 13:05." in client.get("/tabs/superoffice_tab/acme/").text
        owner = json.loads(client.get("/api/v1/superoffice_tab/owners/acme").text)
        assert owner["check"]["next_try"] == "2026-11-24T12:05:00+00:00"
        company.kit.clock.now += timedelta(minutes=5)
        job(company, "check")
        assert [asked for asked, _ in server.asked].count(path) == 2
        assert "Next try: Today, 13:15." in client.get("/tabs/superoffice_tab/acme/").text
        assert "“HUMBUG”" in company.end("superoffice", "fetch", "HUMBUG")[2]


class TestComparing:
    def test_what_was_altered_is_on_the_tab_until_it_is_right_again(self, company: Company):
        edit(company, 500)
        assert job(company, "verify") == ("done", NOW + timedelta(days=1))
        assert company.kit.audit()[0].action == "licence.altered"
        page = company.kit.client().get(TAB).text
        assert "The licence rows were altered" in page
        edit(company, 5)
        job(company, "verify")
        assert "The licence rows were altered" not in company.kit.client().get(TAB).text

    def test_the_command_names_them_and_can_restore(self, company: Company):
        assert "All licences say what was signed" in company.run("superoffice", "verify")
        edit(company, 500)
        status, told, _ = company.end("superoffice", "verify", "--json")
        assert (status, '"name": "spin"' in told) == (1, True)
        status, told, _ = company.end("superoffice", "verify", "--restore", "superoffice")
        assert (status, told) == (0, "All licences say what was signed.\n")

    def test_without_readable_root_keys_it_fails_and_says_where(self, company: Company):
        """Nothing is called altered for want of a key file, and users are counted all the same."""
        (company.folder / "root.jwk").unlink()
        view = company.kit.run_job("superoffice_tab", "verify")
        assert (view.result, "root.jwk" in view.reason) == ("failed", True)
        assert company.json("licences", "SUPEROFFICE")
        assert job(company, "sample")[0] == "done"


class TestCounting:
    def test_users_and_licences_are_counted_every_morning(self, company: Company):
        company.people(person("KAAN", "superoffice.ten-sales"), person("MOBE", "superoffice.ten-service"))
        result, again = job(company, "sample")
        assert (result, again) == ("done", datetime(2026, 11, 24, 23, 10, tzinfo=UTC))
        with company.kit.serving("superoffice_tab") as host:
            assert host.session.execute(select(UserSample.day, UserSample.users)).all() == [(NOW.date(), 2)]
            assert (host.session.scalars(select(Sample.day).distinct()).all()) == [NOW.date()]

    def test_what_is_held_is_counted_anew_and_the_time_is_remembered(self, company: Company):
        """Whatever somebody made of the counts; and a clock that goes back is seen on a quiet day, too."""
        company.people(person("KAAN", "superoffice.spin*2"))
        with company.kit.serving("superoffice_tab") as host:
            host.session.execute(update(Licence).where(Licence.name == "spin").values(held=0))
            host.session.execute(update(Clock).values(seen_at=NOW - timedelta(days=1)))
        job(company, "sample")
        with company.kit.serving("superoffice_tab") as host:
            assert host.session.scalar(select(Licence.held).where(Licence.name == "spin")) == 2
            assert host.session.scalar(select(Clock.seen_at)) == NOW

    @pytest.mark.parametrize(
        ("now", "wanted"),
        [
            (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), datetime(2026, 11, 24, 23, 10, tzinfo=UTC)),
            (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), datetime(2026, 11, 25, 23, 10, tzinfo=UTC)),
            (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), datetime(2027, 3, 27, 23, 10, tzinfo=UTC)),
            (datetime(2027, 3, 28, 12, 0, tzinfo=UTC), datetime(2027, 3, 28, 22, 10, tzinfo=UTC)),
        ],
    )
    def test_the_morning_is_that_of_the_installation(self, now: datetime, wanted: datetime):
        """In the week of summer time, too."""
        assert next_day(now, "Europe/Oslo") == wanted
