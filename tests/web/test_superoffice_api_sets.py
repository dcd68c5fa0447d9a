"""The SUPEROFFICE tab as JSON: sets that wait, what they change, and what is planned, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.superoffice_tab.building import NOW, Issuer, claims, module, person, plan
from unit.superoffice_tab.desk import modules_with
from unit.superoffice_tab.program import API, OWNER, Program, served, smaller
from unit.superoffice_tab.screen import PLUGIN, Screen


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    made = served(tmp_path / "screen", database_url)
    yield made
    made.kit.close()


@pytest.fixture
def program(screen: Screen) -> Program:
    return Program(screen)


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
        assert (before["expiry"], before["grace_until"], before["days_left"] > 0) == (
            "2027-06-30",
            None,
            True,
        )
        undone = program.call("POST", f"{OWNER}/put-back", {"seq": 2})
        assert (undone["seq"], undone["undone_seq"], undone["returned"]) == (1, 2, 2)
        assert (undone["expiry"], undone["grace_until"]) == ("2027-06-30", None)
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
        chosen = program.call("POST", f"{OWNER}/pending/plan/spin")
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
