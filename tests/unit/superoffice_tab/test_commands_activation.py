"""``tabhost superoffice`` for sets that wait and for people, in a host, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from unit.superoffice_tab.building import Issuer, claims, module, person
from unit.superoffice_tab.commands import Company, make_company
from unit.superoffice_tab.desk import modules_with

from host.api import ConflictError, NotFoundError
from host.testing import HostKit
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services.activating import TooManyHoldersError
from superoffice_tab.services.planning import PlanRefusedError
from superoffice_tab.storage.changing import PlannedChange


@pytest.fixture
def company(
    host_on: Callable[..., HostKit], tmp_path: Path, capsys: pytest.CaptureFixture[str], issuer: Issuer
) -> Company:
    """Set 1 is in force; KAAN and MOBE hold spin, SIRA has an open request."""
    made = make_company(host_on, issuer, tmp_path, capsys)
    made.load()
    made.people(
        person("KAAN", "superoffice.spin;superoffice.ten-sales"),
        person("MOBE", "superoffice.spin*2"),
        person("SIRA", "superoffice.ten-service", open_requests=2),
        person("OLEA"),
    )
    return made


def receive(company: Company, *changed: dict[str, Any], seq: int = 2, **more: Any) -> str:
    """Take a set in, in which some licences are changed."""
    path = company.folder / f"{seq}.lic"
    without = more.pop("without", ())
    given = claims(seq, modules=modules_with(*changed, without=without), **more)
    path.write_bytes(company.issuer.file(given))
    return company.run("superoffice", "receive", path)


def holders(company: Company, code: str = "spin") -> list[str]:
    return [each["user_id"] for each in company.json("holders", "SUPEROFFICE", code)]


def actions(company: Company) -> list[str]:
    """What was done, newest first."""
    return [each.action for each in company.kit.audit()]


class TestReceiving:
    def test_a_set_waits_and_the_diff_says_how_many_have_to_go(self, company: Company):
        told = "SUPEROFFICE: set 2 waits. See what it changes: tabhost superoffice pending SUPEROFFICE\n"
        assert receive(company, module("spin", 1), module("windows", 6)) == told
        found = company.json("pending", "superoffice")
        assert (found["seq"], found["source"], found["can_activate"]) == (2, "2.lic", False)
        assert {each["name"]: each["to_remove"] for each in found["changes"]} == {
            "superoffice.spin": 2,
            "superoffice.windows": 0,
        }
        shown = company.run("superoffice", "pending", "SUPEROFFICE")
        assert "spin: 2 to remove before it can be activated." in shown
        row = next(line for line in shown.splitlines() if line.startswith("spin "))
        assert row.split() == ["spin", "changed", "3", "2", "5", "-4", "1", "-2", "0", "2"]

    def test_what_changes_nothing_for_anybody_is_in_force_at_once(self, company: Company):
        assert receive(company) == "SUPEROFFICE: set 2 changes nothing for anybody and is in force.\n"
        with pytest.raises(NotFoundError, match="No new licence of “SUPEROFFICE” waits"):
            company.run("superoffice", "pending", "superoffice")
        assert "is known already" in receive(company)

    def test_a_new_identity_is_told_with_what_has_to_be_typed(self, company: Company):
        receive(company, seq=1, serial="1600007775", CompanyName="Other AS")
        shown = company.run("superoffice", "pending", "SUPEROFFICE")
        assert "--confirm-serial 1600007775" in shown
        assert "--confirm-company “Other AS”" in shown
        options = ("--confirm-serial", "1600007775", "--confirm-company", "Other AS")
        with pytest.raises(VerdictError, match="serial"):
            company.run("superoffice", "activate", "SUPEROFFICE")
        company.run("superoffice", "activate", "SUPEROFFICE", *options)
        assert company.json("owners")[0]["serial"] == "1600007775"

    def test_a_refused_file_leaves_one_audit_row_and_nothing_else(self, company: Company):
        with pytest.raises(VerdictError, match="replayed"):
            receive(company, module("spin", 1), seq=1)
        refused = company.kit.audit()[0]
        assert (refused.action, refused.subject, refused.after["verdict"]) == (
            "licence.refused",
            "1.lic",
            "replayed",
        )

    def test_it_can_be_discarded_once(self, company: Company):
        receive(company, module("spin", 1))
        assert "was discarded" in company.run("superoffice", "discard", "superoffice")
        with pytest.raises(NotFoundError):
            company.run("superoffice", "discard", "superoffice")


class TestActivating:
    def test_what_was_planned_is_done_and_can_be_put_back(self, company: Company):
        """Too few, remove one, reassign another, activate, put back."""
        receive(company, module("spin", 0), module("windows", 6))
        with pytest.raises(TooManyHoldersError, match="3 in use, new total 0, 3 to remove"):
            company.run("superoffice", "activate", "SUPEROFFICE")
        assert "KAAN loses spin, once" in company.run("superoffice", "plan", "SUPEROFFICE", "spin", "KAAN")
        instead = ("--to", "superoffice.windows")
        told = company.run("superoffice", "plan", "SUPEROFFICE", "superoffice.spin", "MOBE", *instead)
        assert told == "MOBE loses spin and gets windows instead, once the new licence is activated.\n"
        assert holders(company) == ["KAAN", "MOBE"]
        told = company.run("superoffice", "activate", "superoffice", "--seq", 2)
        assert "set 2 is in force, 12 licences, 2 changed; holders: 1 released, 1 reassigned." in told
        assert (holders(company), holders(company, "superoffice.windows")) == ([], ["MOBE"])
        told = company.run("superoffice", "put-back", "superoffice", "--dry-run")
        assert (
            "set 1 would come back in the place of set 2.\nThe last day of the set is 2027-06-30.\n" in told
        )
        assert "* 1 person gets Spin back." in told
        told = company.run("superoffice", "put-back", "superoffice", "--dry-run", "--json")
        assert json.loads(told)["grace_until"] is None
        told = company.run("superoffice", "put-back", "superoffice")
        assert "The last day of the set is 2027-06-30.\n" in told
        assert "set 1 is in force again in the place of set 2; holders who got back what they had: 2." in told
        assert (holders(company), holders(company, "windows")) == (["KAAN", "MOBE"], [])

    def test_whoever_does_not_get_back_what_they_had_is_named(self, company: Company):
        receive(company, module("spin", 2))
        company.run("superoffice", "plan", "SUPEROFFICE", "spin", "KAAN")
        company.run("superoffice", "activate", "SUPEROFFICE")
        company.people(person("KAAN", retired="yes"))
        told = company.run("superoffice", "put-back", "SUPEROFFICE")
        assert "KAAN does not get superoffice.spin back: The person is retired." in told

    def test_only_the_set_that_was_looked_at_is_activated(self, company: Company):
        receive(company, module("windows", 6))
        with pytest.raises(ConflictError, match="no longer set 3"):
            company.run("superoffice", "activate", "SUPEROFFICE", "--seq", 3)
        with pytest.raises(ConflictError, match="no longer set 2"):
            company.run("superoffice", "put-back", "SUPEROFFICE", "--seq", 2)
        with pytest.raises(NotFoundError):
            company.run("superoffice", "activate", "ACME")

    def test_its_history_tells_every_activation_that_changed_it(self, company: Company):
        receive(company, module("spin", 4))
        company.run("superoffice", "activate", "SUPEROFFICE")
        newest, first = company.json("history", "SUPEROFFICE", "spin")
        assert (newest["by"], newest["total_before"], newest["total_after"]) == ("cli", 5, 4)
        assert (first["total_before"], first["expiry_after"]) == (None, "2027-06-30")
        lines = company.run("superoffice", "history", "SUPEROFFICE", "superoffice.spin").splitlines()
        assert (len(lines), lines[1].split()[-3:]) == (3, ["5", "4", "2027-06-30"])
        with pytest.raises(NotFoundError, match="SUPEROFFICE has no licence “nothing” in force"):
            company.run("superoffice", "history", "SUPEROFFICE", "nothing")


class TestPlanning:
    def test_the_longest_unused_are_chosen_and_somebody_may_keep_it(self, company: Company):
        receive(company, module("spin", 1))
        told = company.run("superoffice", "plan", "SUPEROFFICE", "spin", "--longest")
        assert told == "These lose spin, once the new licence is activated: KAAN, MOBE.\n"
        assert "Nobody was chosen" in company.run("superoffice", "plan", "SUPEROFFICE", "spin", "--longest")
        assert company.run("superoffice", "plan", "SUPEROFFICE", "spin", "KAAN", "--undo") == (
            "KAAN keeps spin.\n"
        )
        assert company.count(PlannedChange) == 1
        assert company.json("pending", "SUPEROFFICE")["can_activate"] is True

    def test_a_refusal_says_why(self, company: Company):
        receive(company, without=("ten-service",))
        with pytest.raises(PlanRefusedError, match="SIRA: The person keeps it: 2 open requests in Service"):
            company.run("superoffice", "plan", "SUPEROFFICE", "ten-service", "SIRA")
        assert company.count(PlannedChange) == 0

    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("KAAN", "--longest"),
            ("--longest", "--undo"),
            ("KAAN", "--undo", "--to", "windows"),
            ("--undo",),
        ],
    )
    def test_what_contradicts_itself_is_not_guessed_at(self, company: Company, options: tuple[str, ...]):
        receive(company, module("spin", 1))
        with pytest.raises(click.UsageError, match="Name a USER"):
            company.run("superoffice", "plan", "SUPEROFFICE", "spin", *options)


class TestAssigning:
    def test_people_get_a_licence_and_lose_it(self, company: Company):
        told = company.run("superoffice", "assign", "superoffice", "spin", "olea", "KAAN", "--weight", 1)
        assert told == "OLEA: superoffice.spin assigned.\nKAAN: superoffice.spin unchanged.\n"
        rows = company.json("holders", "SUPEROFFICE", "spin")
        assert [(each["user_id"], each["weight"]) for each in rows] == [("KAAN", 1), ("MOBE", 2), ("OLEA", 1)]
        assert rows[0]["last_login"] == "2026-11-20T08:30:00+00:00"
        told = company.run("superoffice", "release", "superoffice", "superoffice.spin", "OLEA")
        assert told == "OLEA: superoffice.spin released.\n"
        assert "OLEA" not in company.run("superoffice", "holders", "SUPEROFFICE", "spin")
        assert actions(company)[:2] == ["licence.released", "licence.assigned"]

    def test_a_licence_that_comes_with_a_plan_is_held_by_whoever_has_the_plan(self, company: Company):
        """Nobody was given it by itself: they occupy as many of it as of the plan."""
        rows = company.json("holders", "SUPEROFFICE", "user")
        assert {each["user_id"]: each["weight"] for each in rows} == {"KAAN": 1, "SIRA": 1}

    def test_a_plan_takes_the_place_of_another(self, company: Company):
        command = ("superoffice", "assign", "SUPEROFFICE", "ten-service", "KAAN", "--instead-of-plan")
        assert "assigned" in company.run(*command)
        assert (holders(company, "ten-sales"), holders(company, "ten-service")) == ([], ["KAAN", "SIRA"])

    def test_whoever_is_refused_is_named_and_everything_else_is_kept(self, company: Company):
        """With exit status 1; the refusal is counted as need."""
        command = ("superoffice", "assign", "SUPEROFFICE", "spin", "OLEA", "SIRA", "--weight", "2")
        status, out, err = company.end(*command)
        assert (status, out) == (1, "OLEA: superoffice.spin assigned.\n")
        assert err == "SIRA: superoffice.spin refused. No Spin is free.\n"
        assert holders(company) == ["KAAN", "MOBE", "OLEA"]
        assert actions(company)[:2] == ["licence.denied", "licence.assigned"]

    def test_whoever_keeps_a_licence_is_named(self, company: Company):
        status, out, err = company.end("superoffice", "release", "SUPEROFFICE", "ten-service", "SIRA", "OLEA")
        assert (status, out) == (1, "OLEA: superoffice.ten-service unchanged.\n")
        assert "2 open requests in Service" in err
        assert holders(company, "ten-service") == ["SIRA"]

    def test_bad_input_ends_with_2_and_changes_nothing(self, company: Company):
        for command in (
            ("assign", "SUPEROFFICE", "spin", "OLEA", "NOBODY"),
            ("assign", "SUPEROFFICE", "nothing", "OLEA"),
            ("assign", "SUPEROFFICE", "spin"),
            ("assign", "SUPEROFFICE", "spin", "OLEA", "--weight", "0"),
            ("release", "ACME", "spin", "KAAN"),
            ("holders", "SUPEROFFICE", "nothing"),
        ):
            status, out, err = company.end("superoffice", *command)
            assert (status, out) == (2, ""), command
            assert err, command
        assert holders(company) == ["KAAN", "MOBE"]

    def test_nobody_is_said_to_hold_what_nobody_holds(self, company: Company):
        assert company.run("superoffice", "holders", "SUPEROFFICE", "windows") == "Nothing yet.\n"
