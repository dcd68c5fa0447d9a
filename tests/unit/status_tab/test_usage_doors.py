"""Usage on the command line, as JSON, and by the clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.exceptions import BadParameter
from unit.status_tab.metering import event
from unit.status_tab.test_tariff import tariff

from host.api import ConflictError, InputError, NotFoundError
from host.testing import HostKit
from host.testing.kit import installed
from status_tab.cli import status
from status_tab.services.files import Item
from status_tab.services.ingest import ingest

API = "/api/v1/status_tab"


class House:
    """A host with the Status tab, its commands and its JSON."""

    def __init__(self, kit: HostKit, folder: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.kit, self.folder, self._capsys = kit, folder, capsys

    def run(self, *arguments: object) -> str:
        """Run a command of ``tabhost status``; what it printed."""
        self._capsys.readouterr()
        with self.kit.serving("status_tab"):
            status.main([str(each) for each in arguments], standalone_mode=False)
        return self._capsys.readouterr().out

    def json(self, *arguments: object) -> Any:
        """What a command says in JSON."""
        return json.loads(self.run(*arguments, "--json"))

    def get(self, path: str) -> Any:
        """What an address answers to somebody who may only look."""
        page = self.kit.client("viewer").get(API + path)
        assert page.status == 200, page.text
        return page.response.json

    def file(self, name: str, content: Any) -> Any:
        """A file."""
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def send(self, *events: Any) -> None:
        """Take usage in."""
        with self.kit.serving("status_tab") as host:
            items = [Item(str(number), each) for number, each in enumerate(events)]
            ingest(items, work=host.work, clock=host.clock, zone=UTC, backfill=True)


@pytest.fixture
def house(host_on, tmp_path, capsys) -> House:
    """65,001 mailings in October, 12,800 in November."""
    house = House(host_on(*installed("status_tab")), tmp_path, capsys)
    house.send(
        event("1", value=65_001, time="2026-10-05T10:00:00Z"),
        event("2", value=12_800, time="2026-11-05T10:00:00Z"),
        event("3", service="storage.database", value=7_000, time="2026-10-01T00:00:00Z"),
    )
    return house


class TestCommands:
    def test_usage_is_a_list_of_objects(self, house):
        """With what was used, included, and what the rest costs, as decimal text."""
        found = {each["service"]: each for each in house.json("usage", "--month", "2026-10")}
        assert list(found) == [
            "storage",
            "mailings",
            "customer-center-logins",
            "chat-sessions",
            "form-submissions",
        ]
        mailings = found["mailings"]
        expected = {"used": 65_001, "included": 15_000, "overage": 50_001, "packages": 2, "price": "64.80"}
        assert expected.items() <= mailings.items()
        assert (mailings["currency"], mailings["users"], mailings["closed"], mailings["late"]) == (
            "EUR",
            None,
            None,
            0,
        )
        assert found["storage"]["parts"] == [
            {"measure": "storage.database", "used": 7_000},
            {"measure": "storage.documents", "used": 0},
        ]

    def test_people_get_a_table(self, house):
        """Of this month, if they name none."""
        lines = house.run("usage").splitlines()
        assert lines[0].split() == [
            "SERVICE",
            "USED",
            "INCLUDED",
            "USERS",
            "ABOVE",
            "PACKAGES",
            "PRICE",
            "LATE",
        ]
        assert lines[2].split() == ["mailings", "12800", "15000", "–", "0", "0", "EUR", "0.00", "0"]
        assert lines[-1] == "2026-11 is not closed."

    @pytest.mark.parametrize("month", ["2026-13", "october", "2026-1", "0000-01"])
    def test_what_is_no_month_is_refused(self, house, month):
        """With an example of one."""
        with pytest.raises(BadParameter, match="must be a month such as 2026-10"):
            house.run("usage", "--month", month)

    def test_a_closed_month_can_be_verified_and_a_difference_is_exit_status_1(self, house):
        """Each service is named."""
        with pytest.raises(NotFoundError, match="2026-10 is not closed"):
            house.run("usage", "verify", "2026-10")
        house.kit.run_job("status_tab", "months")
        lines = house.run("usage", "verify", "2026-10").splitlines()
        assert lines[1] == "mailings: right: closed 65001 of 1 events, derived 65001 of 1"
        with house.kit.serving("status_tab") as host:
            host.session.connection().exec_driver_sql(
                "UPDATE status_tab_usage_event SET value = 65002 WHERE value = 65001"
            )
        with pytest.raises(SystemExit) as ended:
            house.run("usage", "verify", "2026-10")
        assert ended.value.code == 1
        assert "mailings: DIFFERENT" in house._capsys.readouterr().out
        with pytest.raises(SystemExit):
            house.json("usage", "verify", "2026-10")
        assert [each["right"] for each in json.loads(house._capsys.readouterr().out)].count(False) == 1

    def test_a_tariff_is_loaded_listed_and_removed(self, house):
        """It holds from its day on, and alerts follow it."""
        assert house.run("tariff", "list") == "There is none: the published table holds.\n"
        said = house.run("tariff", "load", house.file("own.json", tariff()))
        assert said == "Loaded the tariff that holds from 2026-11-01 on: 5 services, prices in NOK.\n"
        assert house.json("usage")[1]["currency"] == "NOK"
        assert house.json("usage", "--month", "2026-10")[1]["currency"] == "EUR"
        assert house.json("tariff", "list")[0]["valid_from"] == "2026-11-01"
        assert house.run("tariff", "list").splitlines()[1].startswith("2026-11-01  NOK")
        house.run("tariff", "remove", "2026-11-01")
        assert house.json("usage")[1]["currency"] == "EUR"

    def test_a_tariff_that_is_wrong_names_the_line(self, house):
        """Nothing is changed."""
        path = house.folder / "own.json"
        path.write_text(json.dumps(tariff(currency="euro"), indent=1), encoding="utf-8")
        with pytest.raises(InputError, match=r"own\.json: line 3, currency: must be an ISO 4217 code"):
            house.run("tariff", "load", path)
        assert house.json("tariff", "list") == []

    def test_ingest_raises_alerts(self, house):
        """In its own transaction: near at first, now all is used."""
        assert [each["kind"] for each in house.get("/alerts")] == ["near"]
        house.run("ingest", house.file("more.json", event("4", value=5_000, time="2026-11-20T10:00:00Z")))
        assert [each["kind"] for each in house.get("/alerts")] == ["reached"]


class TestJson:
    def test_a_month_of_all_services_and_twelve_of_one(self, house):
        """The same figures as on the command line."""
        assert house.get("/usage?month=2026-10") == house.json("usage", "--month", "2026-10")
        assert house.get("/usage") == house.json("usage")
        months = house.get("/usage/Mailings")
        assert [each["month"] for each in months][::11] == ["2025-12", "2026-11"]
        assert [each["used"] for each in house.get("/usage/mailings?months=2")] == [65_001, 12_800]

    def test_the_days_of_a_month(self, house):
        """Only those that have events."""
        assert house.get("/usage/mailings/2026-10/days") == [
            {"day": "2026-10-05", "total": 65_001, "events": 1}
        ]

    def test_the_invoice_of_a_month_and_the_expected_one(self, house):
        """12,800 by the 5th of November, with one past month: 16,000 by its end."""
        found = house.get("/invoice?month=2026-10")
        assert (found["total"], found["currency"], found["expected"]) == ("64.80", "EUR", False)
        assert house.get("/invoice")["total"] == "0.00"
        expected = house.get("/invoice?expected=true")
        assert (expected["total"], expected["expected"]) == ("32.40", True)
        mailings = next(each for each in expected["lines"] if each["service"] == "mailings")
        assert mailings["used"] == 12_800 * 30 // 23

    @pytest.mark.parametrize(
        ("path", "answer"),
        [
            ("/usage?month=2026-13", 422),
            ("/usage/mailings?months=0", 422),
            ("/usage/fax", 404),
            ("/usage/fax/2026-10/days", 404),
            ("/usage/mailings/october/days", 404),
            ("/invoice?month=2026-10&expected=true", 422),
        ],
    )
    def test_what_is_not_there_is_said(self, house, path, answer):
        """No address answers with an error of ours."""
        assert house.kit.client("viewer").get(API + path).status == answer

    def test_nobody_sees_it_without_permission(self, house):
        """Default deny."""
        for path in ("/usage", "/usage/mailings", "/usage/mailings/2026-10/days", "/invoice", "/alerts"):
            assert house.kit.anonymous().get(API + path).status in (401, 302)


class TestByTheClock:
    def test_the_job_closes_what_is_due_and_looks_at_alerts(self, house):
        """October; and 12,800 in 23 days are heading above 15,000."""
        house.kit.run_job("status_tab", "months")
        assert house.get("/usage?month=2026-10")[1]["closed"] is not None
        assert {each["kind"] for each in house.get("/alerts")} == {"near"}
        assert "month.closed" in [entry.action for entry in house.kit.audit()]

    def test_closing_is_seen_among_the_system_events(self, house):
        """Once: an hour later nothing is due, and nothing is shown."""
        for _ in range(2):
            house.kit.run_job("status_tab", "months")
            (shown,) = house.get("/events?show=finished")
            assert (shown["key"], shown["message"]) == ("month-close", "2026-10")
            assert shown["activated_by"] == "system"
        assert house.get("/events") == []

    def test_a_long_file_is_seen_and_one_that_somebody_killed_keeps_nobody_from_it(self, house):
        """The event that was left open is another one's; what is taken in counts all the same."""
        short, long = (
            [event(f"{size}-{each}", time="2026-11-05T10:00:00Z") for each in range(size)]
            for size in (1_000, 1_001)
        )
        assert house.json("ingest", house.file("short.json", short))["accepted"] == 1_000
        assert house.get("/events?show=all") == []
        assert house.json("ingest", house.file("long.json", long))["accepted"] == 1_001
        (shown,) = house.get("/events?show=finished")
        assert (shown["key"], shown["message"]) == ("usage-ingest", "long.json")
        house.run("add-event", "--type", "usage-ingest", "--lease-seconds", "300")
        assert house.json("ingest", house.file("long.json", long))["duplicate"] == 1_001

    def test_what_comes_late_is_listed(self, house):
        """It changes no figure."""
        house.kit.run_job("status_tab", "months")
        house.send(event("late", value=9, time="2026-10-06T10:00:00Z"))
        mailings = house.get("/usage?month=2026-10")[1]
        assert (mailings["used"], mailings["late"], mailings["late_total"]) == (65_001, 1, 9)
        assert (
            house.run("usage", "--month", "2026-10").splitlines()[-1] == "2026-10 was closed on 2026-11-24."
        )

    def test_raw_events_go_after_24_months(self, house):
        """Then verifying says that it cannot."""
        house.kit.run_job("status_tab", "months")
        house.kit.clock.advance(datetime(2028, 12, 1, tzinfo=UTC) - datetime(2026, 11, 24, tzinfo=UTC))
        house.kit.run_job("status_tab", "months")
        with pytest.raises(ConflictError, match="cannot be derived again"):
            house.run("usage", "verify", "2026-10")
