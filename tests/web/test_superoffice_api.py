"""The SUPEROFFICE tab as JSON: owners, licences and who holds them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from unit.superoffice_tab.building import NOW, SERIAL, claims, module
from unit.superoffice_tab.desk import modules_with
from unit.superoffice_tab.program import API, OWNER, Program, served, smaller
from unit.superoffice_tab.screen import Screen

from host.testing.kit import Client
from superoffice_tab.storage.changing import Check, ModuleOwner, Sample
from superoffice_tab.storage.models import Licence


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    made = served(tmp_path / "screen", database_url)
    yield made
    made.kit.close()


@pytest.fixture
def program(screen: Screen) -> Program:
    return Program(screen)


class TestOwners:
    def test_they_are_told_with_their_dates_and_what_those_mean_today(self, program: Program):
        owner = program.get(f"{API}/owners/superoffice")
        assert program.get(f"{API}/owners") == [owner]
        assert {name: owner[name] for name in ("name", "title", "company", "serial", "seq")} == {
            "name": "SUPEROFFICE",
            "title": "SuperOffice AS",
            "company": "Example Trading AS",
            "serial": SERIAL,
            "seq": 1,
        }
        assert (owner["warning"], owner["expiry"], owner["grace"]) == (
            "2027-06-02",
            "2027-06-30",
            "2027-07-12",
        )
        assert (owner["licence_state"], owner["days_left"], owner["upgrades_covered"]) == ("ok", 218, True)
        assert (owner["pending_seq"], owner["altered"], owner["check"]["status"]) == (None, 0, "")

    @pytest.mark.parametrize(
        ("days", "state", "covered"),
        [(190, "warning", True), (218, "warning", False), (219, "expired", False), (231, "read-only", False)],
    )
    def test_the_state_follows_the_four_dates(self, program: Program, days: int, state: str, covered: bool):
        program.screen.kit.clock.now = NOW + timedelta(days=days)
        owner = Program(program.screen).get(OWNER)
        assert (owner["licence_state"], owner["days_left"], owner["upgrades_covered"]) == (
            state,
            218 - days,
            covered,
        )

    def test_the_last_check_and_the_set_that_waits_are_told(self, program: Program):
        program.screen.receive(smaller())
        check = {
            "status": "UseCustomMessageAndUrl",
            "message": "Look",
            "url": "https://example.com/",
            "etag": "",
        }
        program.screen.add(Check(owner="SUPEROFFICE", **check, checked_at=NOW, next_try=None, failures=0))
        owner = program.get(OWNER)
        assert owner["pending_seq"] == 2
        assert owner["check"] == {
            "status": "UseCustomMessageAndUrl",
            "message": "Look",
            "url": "https://example.com/",
            "checked_at": NOW.isoformat(),
            "next_try": None,
        }

    def test_an_owner_without_a_set_is_there_without_dates(self, program: Program):
        declared = {"title": "Acme Ltd", "licence_url": "", "shop_url": "", "plugin": "acme"}
        program.screen.add(ModuleOwner(name="ACME", **declared, declared_at=NOW))
        assert [each["name"] for each in program.get(f"{API}/owners")] == ["SUPEROFFICE", "ACME"]
        owner = program.get(f"{API}/owners/acme")
        assert (owner["title"], owner["licence_state"], owner["seq"]) == ("Acme Ltd", None, None)
        assert "No licence of" in program.get(f"{API}/owners/acme/licences", 404)["message"]

    def test_an_unknown_one_is_not_found(self, program: Program):
        assert program.get(f"{API}/owners/NOBODY", 404)["status"] == "Not Found"
        assert program.get(f"{API}/owners/a%00b", 404)["code"] == 404


class TestLicences:
    def test_hidden_ones_are_listed_where_they_are_asked_for(self, program: Program):
        listed = {each["code"]: each for each in program.get(f"{OWNER}/licences")}
        assert len(listed) == 8
        assert listed["spin"] == {
            "name": "superoffice.spin",
            "code": "spin",
            "title": "Spin",
            "tooltip": "",
            "type": "UserLicense",
            "hidden": False,
            "unrestricted": False,
            "in_use": 3,
            "total": 5,
            "free": 2,
            "altered": False,
        }
        assert listed["aiplatform"]["type"] == "SiteLicense"
        assert (listed["visible-for"]["unrestricted"], listed["visible-for"]["total"]) == (True, None)
        assert len(program.get(f"{OWNER}/licences?hidden=yes")) == 12
        assert [each["code"] for each in program.get(f"{OWNER}/licences?type=SatelliteLicense")] == [
            "satellite"
        ]
        assert [each["code"] for each in program.get(f"{OWNER}/licences?search=TEN-SA")] == ["ten-sales"]
        assert program.get(f"{OWNER}/licences?type=Seat", 422)["errors"]["query"]["type"]

    def test_one_tells_what_it_needs_and_brings_along(self, program: Program):
        found = program.get(f"{OWNER}/licences/superoffice.TEN-SALES")
        assert [each["name"] for each in found["brings"]] == ["superoffice.user", "superoffice.web"]
        assert (found["is_plan"], found["in_use"], found["denied"]) == (True, 1, 0)
        assert (found["allowed_user_type"], found["prerequisite"]) == ("Unknown", None)
        travel = program.get(f"{OWNER}/licences/travel")
        needed = {"name": "superoffice.windows", "code": "windows", "title": "Windows"}
        assert travel["prerequisite"] == needed
        hidden = program.get(f"{OWNER}/licences/user")
        assert [each["code"] for each in hidden["comes_with"]] == ["ten-sales", "ten-service"]
        assert program.get(f"{OWNER}/licences/server")["denied"] is None
        assert "nothing" in program.get(f"{OWNER}/licences/nothing", 404)["message"]

    def test_holders_come_a_part_at_a_time(self, program: Program):
        found = program.get(f"{OWNER}/licences/spin/holders?limit=1&offset=1")
        assert found["total"] == 2
        (holder,) = found["holders"]
        assert (holder["user_id"], holder["full_name"], holder["weight"]) == ("MOBE", "Full MOBE", 2)
        assert holder["last_login"] == "2026-11-20T08:30:00+00:00"
        assert program.get(f"{OWNER}/licences/spin/holders?search=kaan")["total"] == 1
        refused = program.get(f"{OWNER}/licences/spin/holders?limit=501", 422)
        assert refused["message"].startswith("query.limit: ")
        assert list(refused["errors"]["query"]) == ["limit"]
        assert program.get(f"{OWNER}/licences/nothing/holders", 404)
        assert program.get(f"{OWNER}/licences/spin/holders?search=%00", 422)

    def test_use_is_told_by_month_and_day(self, program: Program):
        today = NOW.date()

        def kept(session: Any) -> None:
            owner_id = session.query(Licence.owner_id).filter_by(name="spin").scalar()
            spin = {"owner_id": owner_id, "name": "spin"}
            session.add(Sample(**spin, day=today - timedelta(days=40), in_use=5, bought=6))
            session.merge(Sample(**spin, day=today, in_use=4, bought=5))

        program.screen.change(kept)
        found = program.get(f"{OWNER}/licences/spin/use")
        assert len(found["months"]) == 12
        assert found["months"][-2:] == [
            {"month": "2026-10-01", "peak": 5, "bought": 6},
            {"month": "2026-11-01", "peak": 4, "bought": 5},
        ]
        assert found["months"][0] == {"month": "2025-12-01", "peak": None, "bought": None}
        assert found["days"] == [{"day": "2026-11-24", "in_use": 4, "bought": 5}]
        assert len(program.get(f"{OWNER}/licences/spin/use?months=1&days=60")["days"]) == 2

    def test_its_history_tells_every_activation_that_changed_it(self, program: Program):
        program.send(claims(2, modules=modules_with(module("spin", 4))))
        program.call("POST", f"{OWNER}/pending/activate", {"seq": 2})
        newest, first = program.get(f"{OWNER}/licences/spin/history")
        assert (newest["by"], newest["total_before"], newest["total_after"]) == ("ADMI_EN", 5, 4)
        assert (first["by"], first["total_before"], first["total_after"]) == ("cli", None, 5)
        assert newest["expiry_after"] == "2027-06-30"
        assert len(program.get(f"{OWNER}/licences/spin/history?limit=1")) == 1


class TestAssociates:
    def test_they_are_listed_with_what_they_hold(self, program: Program):
        found = program.get(f"{API}/associates?sort=user_id&limit=2")
        assert found["total"] == 4
        assert [each["user_id"] for each in found["associates"]] == ["KAAN", "MOBE"]
        assert found["associates"][1]["licences"] == [
            {
                "name": "superoffice.spin",
                "owner": "SUPEROFFICE",
                "code": "spin",
                "title": "Spin",
                "weight": 2,
                "is_plan": False,
            }
        ]

    def test_those_of_one_licence_are_found_by_its_full_name(self, program: Program):
        found = program.get(f"{API}/associates?licence=superoffice.SPIN&search=mo")
        assert [each["user_id"] for each in found["associates"]] == ["MOBE"]
        assert program.get(f"{API}/associates?licence=spin", 422)["errors"]["query"]["licence"]
        assert program.get(f"{API}/associates?licence=acme.spin&owner=superoffice", 422)
        assert program.get(f"{API}/associates?licence=acme.spin")["total"] == 0


class TestAssigning:
    def test_each_person_has_an_outcome_and_the_others_are_kept(self, program: Program):
        """The last free one goes to the first; whoever gets none is counted as need."""
        outcomes = program.call(
            "PUT", f"{OWNER}/licences/spin/holders", {"user_ids": ["OLEA", "KAAN", "SIRA"], "weight": 2}
        )
        assert [(each["user_id"], each["result"], each["denied"]) for each in outcomes] == [
            ("OLEA", "assigned", False),
            ("KAAN", "refused", True),
            ("SIRA", "refused", True),
        ]
        assert outcomes[0]["licence"] == "superoffice.spin"
        assert outcomes[0]["reason"] is None
        assert outcomes[1]["reason"] == "No Spin is free."
        assert program.holders("spin") == ["KAAN", "MOBE", "OLEA"]
        assert program.get(f"{OWNER}/licences/spin")["denied"] == 2
        assert (program.audited("licence.assigned"), program.audited("licence.denied")) == (
            ["OLEA"],
            ["SIRA", "KAAN"],
        )

    def test_a_plan_takes_the_place_of_another_where_that_is_wanted(self, program: Program):
        address, whom = f"{OWNER}/licences/ten-service/holders", {"user_ids": ["kaan"]}
        (refused,) = program.call("PUT", address, whom)
        assert "one plan at most" in refused["reason"]
        (done,) = program.call("PUT", address, whom | {"instead_of_plan": True})
        assert done["result"] == "assigned"
        assert program.holders("ten-sales") == []

    def test_what_is_taken_back_is_free_again_and_who_keeps_it_is_told_why(self, program: Program):
        outcomes = program.call("DELETE", f"{OWNER}/licences/spin/holders", {"user_ids": ["MOBE", "OLEA"]})
        assert [each["result"] for each in outcomes] == ["released", "unchanged"]
        assert program.holders("spin") == ["KAAN"]
        (kept,) = program.call("DELETE", f"{OWNER}/licences/ten-service/holders", {"user_ids": ["SIRA"]})
        assert (kept["result"], "2 open requests" in kept["reason"]) == ("refused", True)

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            ({"user_ids": ["KAAN", "NOBODY"]}, 404),
            ({"user_ids": []}, 422),
            ({"user_ids": ["\ud800"]}, 422),
            ({"user_ids": ["a\x00b"]}, 422),
            ({"user_ids": ["OLEA"], "weight": 0}, 422),
            ({"user_ids": ["OLEA"], "weight": 2**40}, 422),
            ({"user_ids": ["OLEA"], "weight": True}, 422),
            ({"user_ids": "OLEA"}, 422),
            ({"users": ["OLEA"]}, 422),
        ],
    )
    def test_what_makes_no_sense_changes_nothing(self, program: Program, sent: Any, status: int):
        program.call("PUT", f"{OWNER}/licences/spin/holders", sent, status=status)
        assert program.holders("spin") == ["KAAN", "MOBE"]

    def test_a_licence_that_is_not_there_is_not_found(self, program: Program):
        for method in ("PUT", "DELETE"):
            program.call(method, f"{OWNER}/licences/nothing/holders", {"user_ids": ["OLEA"]}, status=404)


class TestDoors:
    def test_whoever_may_only_look_changes_nothing(self, program: Program):
        program.send(smaller())
        viewer = Program(program.screen, "viewer")
        for address in (f"{API}/owners", f"{OWNER}/pending", f"{OWNER}/licences/spin/holders"):
            viewer.get(address)
        whom = {"user_ids": ["OLEA"]}
        viewer.call("PUT", f"{OWNER}/licences/spin/holders", whom, status=403)
        viewer.call("DELETE", f"{OWNER}/licences/spin/holders", whom, status=403)
        viewer.call("POST", f"{OWNER}/pending", status=403)
        viewer.call("DELETE", f"{OWNER}/pending", status=403)
        viewer.call("POST", f"{OWNER}/pending/activate", {"seq": 2}, status=403)
        viewer.call("POST", f"{OWNER}/put-back", {"seq": 1}, status=403)
        viewer.call("PUT", f"{OWNER}/pending/plan/spin/KAAN", {"to": None}, status=403)
        assert program.get(OWNER)["pending_seq"] == 2

    def test_nobody_and_other_sites_stay_outside(self, program: Program):
        anonymous: Client = program.screen.kit.anonymous()
        assert anonymous.get(f"{API}/owners").status == 401
        forged = {"headers": {"X-CSRF-Token": "forged"}}
        program.call("DELETE", f"{OWNER}/pending", status=403, **forged)

    def test_a_large_file_is_refused(self, program: Program):
        page = program.client.call("POST", f"{OWNER}/pending", data=b"x" * 7_000_000)
        assert (page.status, page.response.mimetype) == (413, "application/json")
        assert program.send(b"x" * 5_500_000, status=422)["errors"]["verdict"] == "too-large"

    def test_it_is_described_as_openapi_wants_it(self, program: Program):
        described = program.get("/api/v1/openapi.json")
        validate(described)
        own = {path: each for path, each in described["paths"].items() if path.startswith(API)}
        assert len(own) == 14
        upload = own[f"{API}/owners/{{owner}}/pending"]["post"]
        assert set(upload["requestBody"]["content"]) == {"application/json", "application/octet-stream"}
        for path, item in own.items():
            for method, operation in item.items():
                if method != "parameters":
                    assert operation["summary"], path
                    assert "requestBody" in operation or method in {"get", "delete", "post"}, path
