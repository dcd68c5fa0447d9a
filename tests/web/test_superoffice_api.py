"""The SUPEROFFICE tab as JSON: owners, licences, holders and sets that wait, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from unit.superoffice_tab.building import NOW, SERIAL, Issuer, claims, module, person, plan
from unit.superoffice_tab.desk import modules_with
from unit.superoffice_tab.screen import PLUGIN, Screen, make_screen

from host.testing.kit import Client
from superoffice_tab.storage.changing import Check, ModuleOwner, Sample
from superoffice_tab.storage.models import Licence

API = f"/api/v1/{PLUGIN}"
OWNER = f"{API}/owners/SUPEROFFICE"


class Program:
    """A program that calls the API as somebody."""

    def __init__(self, screen: Screen, role: str = "administrator") -> None:
        self.screen, self.client = screen, screen.kit.client(role)

    def get(self, address: str, status: int = 200) -> Any:
        """What an address says."""
        page = self.client.get(address)
        assert page.status == status, page.text
        return page.response.json

    def call(self, method: str, address: str, json: Any = None, *, status: int = 200, **options: Any) -> Any:
        """Change something; what that says."""
        page = self.client.call(method, address, json, **options)
        assert page.status == status, page.text
        return page.response.json if page.text else None

    def send(
        self,
        given: dict[str, Any] | bytes,
        *,
        status: int = 200,
        owner: str = "SUPEROFFICE",
        name: str = "a.lic",
    ) -> Any:
        """Send a licence file."""
        content = given if isinstance(given, bytes) else self.screen.issuer.file(given)
        address = f"{API}/owners/{owner}/pending?name={name}"
        kind = {"data": content, "content_type": "application/octet-stream"}
        return self.call("POST", address, status=status, **kind)

    def holders(self, code: str) -> list[str]:
        """User ids of who was given a licence."""
        return [each["user_id"] for each in self.get(f"{OWNER}/licences/{code}/holders")["holders"]]

    def audited(self, action: str) -> list[str]:
        """Of what was done, to whom; newest first."""
        return [each.subject for each in self.screen.kit.audit() if each.action == action]


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """Set 1 of SUPEROFFICE is in force; three hold spin, one of them with an open request."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    made.people(
        person("KAAN", "superoffice.spin;superoffice.ten-sales"),
        person("MOBE", "superoffice.spin*2"),
        person("SIRA", "superoffice.ten-service", open_requests=2),
        person("OLEA"),
    )
    yield made
    made.kit.close()


@pytest.fixture
def program(screen: Screen) -> Program:
    return Program(screen)


def smaller(seq: int = 2, **more: Any) -> dict[str, Any]:
    """A set with one spin and one more windows."""
    return claims(seq, modules=modules_with(module("spin", 1), module("windows", 6)), **more)


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


class TestPending:
    def test_the_diff_says_how_many_have_to_go(self, program: Program):
        assert program.send(smaller()) == {"outcome": "pending", "owner": "SUPEROFFICE", "seq": 2}
        found = program.get(f"{OWNER}/pending")
        spin, windows = found["changes"]
        assert spin == {
            "name": "superoffice.spin",
            "code": "spin",
            "title": "Spin",
            "type": "UserLicense",
            "state": "changed",
            "in_use": 3,
            "free": 2,
            "total": 5,
            "added": -4,
            "new_total": 1,
            "new_free": -2,
            "unrestricted_before": False,
            "unrestricted_after": False,
            "hidden": False,
            "to_remove": 2,
            "planned": 0,
            "cause": "smaller",
        }
        assert (windows["name"], windows["added"], windows["to_remove"]) == ("superoffice.windows", 1, 0)
        assert (found["blocked"], found["can_activate"]) == (["superoffice.spin"], False)
        assert (found["source"], found["received_by"], found["is_first"]) == ("a.lic", "ADMI_EN", False)
        assert (found["verdict"], found["problem"]) == (None, None)
        assert any("Windows" in sentence for sentence in found["effects"])

    def test_a_file_goes_in_as_json_too_and_twice_is_no_harm(self, program: Program):
        content = program.screen.issuer.file(smaller())
        kind = {"data": content, "content_type": "application/json"}
        assert program.call("POST", f"{OWNER}/pending", **kind)["outcome"] == "pending"
        assert program.get(f"{OWNER}/pending")["source"] == "API"
        assert program.send(content)["outcome"] == "up-to-date"

    def test_what_changes_nothing_for_anybody_is_in_force_at_once(self, program: Program):
        assert program.send(claims(2))["outcome"] == "activated"
        assert program.get(OWNER)["seq"] == 2

    @pytest.mark.parametrize(
        ("given", "verdict"),
        [(b"{}", "malformed"), (claims(1, company="x"), "fields"), (claims(1, CompanyName="x"), "replayed")],
    )
    def test_a_file_that_is_not_accepted_leaves_its_verdict_and_one_audit_row(
        self, program: Program, given: Any, verdict: str
    ):
        told = program.send(given, status=422, name="b.lic")
        assert told["errors"]["verdict"] == verdict
        assert verdict in told["message"]
        assert program.audited("licence.refused") == ["b.lic"]
        assert program.get(OWNER)["pending_seq"] is None

    def test_another_owners_file_is_not_taken_for_this_one(self, program: Program):
        assert "SUPEROFFICE" in program.send(smaller(), owner="ACME", status=422)["message"]
        assert program.get(OWNER)["pending_seq"] is None

    def test_the_first_set_of_another_owner_brings_a_tab(self, program: Program):
        modules = [module("hello", 3)]
        acme = Issuer("ACME")
        acme.root = program.screen.issuer.root
        content = acme.file(claims(1, owner="ACME", modules=modules, OwnerDescription="Acme"))
        assert program.send(content, owner="ACME")["outcome"] == "pending"
        assert program.get(f"{API}/owners/acme/pending")["is_first"] is True
        assert program.client.get(f"/tabs/{PLUGIN}/acme/").status == 200
        program.call("POST", f"{API}/owners/acme/pending/activate", {"seq": 1})
        assert [each["name"] for each in program.get(f"{API}/owners/ACME/licences")] == ["acme.hello"]

    def test_a_set_that_can_no_longer_be_accepted_says_so(self, program: Program):
        program.send(smaller())
        program.screen.kit.clock.now = NOW + timedelta(days=232)
        later = Program(program.screen)
        found = later.get(f"{OWNER}/pending")
        assert (found["verdict"], found["can_activate"]) == ("expired", False)
        assert "[expired]" in found["problem"]
        told = later.call("POST", f"{OWNER}/pending/activate", {"seq": 2}, status=422)
        assert told["errors"]["verdict"] == "expired"

    def test_it_can_be_discarded_once(self, program: Program):
        program.send(smaller())
        program.call("DELETE", f"{OWNER}/pending", status=204)
        program.call("DELETE", f"{OWNER}/pending", status=404)
        program.get(f"{OWNER}/pending", 404)
        assert program.audited("licence.discarded") == ["SUPEROFFICE"]


class TestActivating:
    def test_too_many_holders_are_told_and_nothing_is_changed(self, program: Program):
        program.send(smaller())
        told = program.call("POST", f"{OWNER}/pending/activate", {"seq": 2}, status=409)
        assert told["errors"]["deficits"] == [
            {
                "name": "superoffice.spin",
                "code": "spin",
                "title": "Spin",
                "in_use": 3,
                "new_total": 1,
                "to_remove": 2,
                "cause": "smaller",
            }
        ]
        assert program.get(OWNER)["seq"] == 1

    def test_what_was_planned_is_done_and_can_be_put_back(self, program: Program):
        """The whole story: too few, remove one, reassign another, activate, put back."""
        program.send(claims(2, modules=modules_with(module("spin", 0), module("windows", 6))))
        program.call("PUT", f"{OWNER}/pending/plan/spin/kaan", {"to": None}, status=204)
        program.call("PUT", f"{OWNER}/pending/plan/spin/MOBE", {"to": "superoffice.windows"}, status=204)
        found = program.get(f"{OWNER}/pending")
        assert (found["can_activate"], [each["planned"] for each in found["changes"]]) == (True, [2, 0])
        done = program.call("POST", f"{OWNER}/pending/activate", {"seq": 2})
        assert (done["seq"], done["released"], done["reassigned"]) == (2, 1, 1)
        changed = {"name": "superoffice.spin", "code": "spin", "total_before": 5, "total_after": 0}
        assert changed in done["changed"]
        assert (program.holders("spin"), program.holders("windows")) == ([], ["MOBE"])
        before = program.get(f"{OWNER}/put-back")
        assert (before["seq"], before["previous_seq"], before["returning"]) == (2, 1, 2)
        assert (before["can_put_back"], before["skipped"]) == (True, [])
        undone = program.call("POST", f"{OWNER}/put-back", {"seq": 2})
        assert (undone["seq"], undone["undone_seq"], undone["returned"]) == (1, 2, 2)
        assert (program.holders("spin"), program.holders("windows")) == (["KAAN", "MOBE"], [])
        assert program.get(OWNER)["pending_seq"] == 2
        program.get(f"{OWNER}/put-back", 404)
        program.call("POST", f"{OWNER}/put-back", {"seq": 1}, status=409)

    def test_of_two_who_press_one_gets_a_clear_message(self, program: Program):
        program.send(claims(2, modules=modules_with(module("windows", 6))))
        other = Program(program.screen)
        program.call("POST", f"{OWNER}/pending/activate", {"seq": 2})
        told = other.call("POST", f"{OWNER}/pending/activate", {"seq": 2}, status=409)
        assert "is in force already: ADMI_EN activated it" in told["message"]
        assert len(program.audited("licence.activated")) == 2

    def test_a_new_identity_is_typed(self, program: Program):
        program.send(claims(1, serial="1600007775", CompanyName="Other AS"))
        found = program.get(f"{OWNER}/pending")
        assert (found["new_serial"], found["new_company"]) == ("1600007775", "Other AS")
        seen: dict[str, Any] = {"seq": 1}
        told = program.call("POST", f"{OWNER}/pending/activate", seen, status=422)
        assert told["errors"]["verdict"] == "serial"
        seen["confirm_serial"] = "1600007775"
        told = program.call("POST", f"{OWNER}/pending/activate", seen, status=409)
        assert told["errors"] == {"confirm_company": "Other AS"}
        program.call("POST", f"{OWNER}/pending/activate", seen | {"confirm_company": "Other AS"})
        assert (program.get(OWNER)["serial"], program.get(OWNER)["company"]) == ("1600007775", "Other AS")

    @pytest.mark.parametrize(
        "seen", [{}, {"seq": "2"}, {"seq": -1}, {"seq": 2**70}, {"seq": 2, "force": True}]
    )
    def test_the_set_that_was_looked_at_is_named(self, program: Program, seen: Any):
        program.send(claims(2, modules=modules_with(module("windows", 6))))
        program.call("POST", f"{OWNER}/pending/activate", seen, status=422)
        assert program.get(OWNER)["seq"] == 1


class TestPlanning:
    def test_holders_are_listed_with_what_is_planned(self, program: Program):
        program.send(smaller())
        chosen = program.call("POST", f"{OWNER}/pending/plan/spin/longest-unused")
        assert chosen == {"user_ids": ["KAAN", "MOBE"]}
        found = program.get(f"{OWNER}/pending/plan/spin?limit=1")
        assert (found["in_use"], found["available"], found["to_remove"], found["chosen"]) == (3, 1, 2, 3)
        assert [(each["user_id"], each["planned"]) for each in found["holders"]] == [("KAAN", "remove")]
        program.call("DELETE", f"{OWNER}/pending/plan/spin/KAAN", status=204)
        assert program.get(f"{OWNER}/pending")["can_activate"] is True
        program.call("DELETE", f"{OWNER}/pending/plan/spin", status=204)
        assert program.get(f"{OWNER}/pending")["changes"][0]["to_remove"] == 2

    def test_it_says_what_somebody_might_get_instead(self, program: Program):
        program.send(smaller())
        found = {each["code"]: each for each in program.get(f"{OWNER}/pending/plan/spin/MOBE")}
        assert found["windows"] == {"code": "windows", "title": "Windows", "free": 6, "refusal": None}
        assert "Windows first" in found["travel"]["refusal"]

    def test_a_refusal_names_the_person_and_the_reason(self, program: Program):
        program.send(claims(2, modules=modules_with(without=("ten-service",))))
        told = program.call("PUT", f"{OWNER}/pending/plan/ten-service/SIRA", {"to": None}, status=409)
        (refused,) = told["errors"]["refused"]
        assert (refused["user_id"], "2 open requests" in refused["reason"]) == ("SIRA", True)
        program.call("PUT", f"{OWNER}/pending/plan/ten-service/NOBODY", {"to": None}, status=404)
        program.call("PUT", f"{OWNER}/pending/plan/nothing/SIRA", {"to": None}, status=404)

    def test_a_plan_that_has_become_impossible_is_told_when_it_is_activated(self, program: Program):
        program.send(claims(2, modules=modules_with(plan("ten-service", 0))))
        program.screen.people(person("SIRA", "superoffice.ten-service"))
        program.call("PUT", f"{OWNER}/pending/plan/ten-service/SIRA", {"to": None}, status=204)
        program.screen.people(person("SIRA", "superoffice.ten-service", open_requests=1))
        told = program.call("POST", f"{OWNER}/pending/activate", {"seq": 2}, status=409)
        assert [each["user_id"] for each in told["errors"]["refused"]] == ["SIRA"]


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

    def test_a_large_file_is_refused_before_it_is_read(self, program: Program):
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
