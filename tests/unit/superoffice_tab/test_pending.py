"""What waits, as the dialog Activate new licence shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from unit.superoffice_tab.building import NOW, Installation, Issuer, claims, module, person
from unit.superoffice_tab.desk import Desk

from host.api import NotFoundError
from superoffice_tab.domain.verdicts import Verdict
from superoffice_tab.domain.wording import english
from superoffice_tab.services.in_force import held, held_now, in_force
from superoffice_tab.services.pending import discard
from superoffice_tab.storage.changing import PendingSet


def test_nothing_waits_at_first(desk: Desk):
    assert desk.waiting() is None


class TestTheView:
    def test_it_says_what_waits(self, desk: Desk):
        desk.next_set(module("spin", 9), ExpiryDate="2028-06-30T00:00:00", GraceDate=None)
        view = desk.view
        assert (view.owner, view.title, view.company) == (
            "SUPEROFFICE",
            "SuperOffice AS",
            "Example Trading AS",
        )
        assert (view.seq, view.source, view.received_at, view.received_by) == (2, "next.lic", NOW, "KAAN")
        assert (view.issued_at, view.is_first) == (NOW - timedelta(hours=1), False)
        assert (view.new_serial, view.new_company, view.verdict) == (None, None, None)
        assert (view.expiry_before, view.expiry) == (date(2027, 6, 30), date(2028, 6, 30))
        assert [change.name for change in view.changes] == ["spin"]
        assert view.can_activate

    def test_it_says_what_activating_will_do(self, desk: Desk):
        desk.next_set(module("spin", 9))
        assert [english(text) for text in desk.view.effects] == [
            "4 more people can have Spin.",
            "The present set is kept, so it can be put back.",
        ]

    def test_what_blocks_is_named(self, desk: Desk):
        desk.people(*(person(name, "superoffice.spin") for name in ("KAAN", "MOBE", "SIRA")))
        desk.next_set(module("spin", 1))
        assert [(change.name, change.to_remove) for change in desk.view.blocked] == [("spin", 2)]
        assert not desk.view.can_activate

    def test_the_plan_is_taken_into_account(self, desk: Desk):
        desk.people(*(person(name, "superoffice.spin") for name in ("KAAN", "MOBE", "SIRA")))
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")
        assert [(change.to_remove, change.planned) for change in desk.view.changes] == [(1, 1)]
        desk.plan("spin", "MOBE", "windows")
        assert desk.view.blocked == []
        assert desk.view.can_activate
        said = [english(text) for text in desk.view.effects]
        assert "1 person loses Spin." in said
        assert "1 person gets Windows instead of Spin." in said


class TestJudgedAgain:
    """A set that was accepted may no longer be: the page says so before anybody presses."""

    def test_a_clock_that_went_back(self, desk: Desk):
        desk.next_set()
        desk.now = NOW - timedelta(hours=1)
        assert desk.view.verdict is not None
        assert desk.view.verdict.verdict is Verdict.CLOCK_MOVED_BACK
        assert not desk.view.can_activate

    def test_a_set_that_ran_out(self, desk: Desk):
        desk.next_set(module("spin", 9), ExpiryDate="2026-12-01T00:00:00", GraceDate=None)
        desk.now = NOW + timedelta(days=30)
        assert desk.view.verdict is not None
        assert desk.view.verdict.verdict is Verdict.EXPIRED
        assert [change.name for change in desk.view.changes] == ["spin"], "what it changes is still shown"

    def test_what_can_no_longer_be_verified_is_not_shown(self, desk: Desk):
        desk.next_set(module("spin", 9))
        desk.trusted = Issuer().roots
        view = desk.view
        assert view.verdict is not None
        assert (view.verdict.verdict, view.changes, view.effects) == (Verdict.UNKNOWN_ROOT, [], [])
        assert not view.can_activate

    def test_a_row_that_was_altered(self, desk: Desk):
        desk.next_set(module("spin", 9))
        desk.session.execute(update(PendingSet).values(content=b"{}"))
        assert desk.view.verdict is not None
        assert desk.view.verdict.verdict is Verdict.MALFORMED


class TestDiscarding:
    def test_the_set_and_its_plan_are_gone(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin"))
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")
        discard("superoffice", work=desk.work)
        assert (desk.waiting(), desk.left_over()) == (None, (0, 0, 0))
        assert desk.held() == {"KAAN": {"spin": 1}, "MOBE": {"spin": 1}}
        action, subject, before, after = desk.work.audits[-1]
        assert (action, subject, before["seq"], after) == ("licence.discarded", "SUPEROFFICE", 2, None)

    def test_it_can_be_received_again(self, desk: Desk):
        content = desk.next_set(module("spin", 9))
        discard("SUPEROFFICE", work=desk.work)
        desk.receive(content)
        assert desk.view.seq == 2

    def test_there_must_be_one(self, desk: Desk):
        with pytest.raises(NotFoundError, match="No new licence of “SUPEROFFICE” waits"):
            discard("superoffice", work=desk.work)


def test_loading_from_the_command_line_activates_what_waits(desk: Desk):
    """With everything that was planned: it is the same file."""
    desk.people(person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin"))
    content = desk.next_set(module("spin", 1))
    desk.plan("spin", "KAAN")
    done = desk.load(content)
    assert (done.seq, done.released) == (2, 1)
    assert (desk.waiting(), desk.held()) == (None, {"MOBE": {"spin": 1}})


def test_loading_an_older_set_leaves_what_waits(desk: Desk):
    desk.next_set(module("spin", 9), seq=5)
    desk.load(claims(3))
    assert desk.view.seq == 5
    desk.load(claims(6))
    assert desk.waiting() is None


def test_an_owner_may_be_unknown(empty: Installation):
    assert Desk(work=empty.work, issuer=empty.issuer, folder=empty.folder).waiting("NOBODY") is None


def test_what_is_kept_of_holders_is_what_is_counted(desk: Desk):
    """Of a licence that goes away those who are retired stand in the way, too."""
    desk.people(
        person("KAAN", "superoffice.spin*2"), person("GONE", "superoffice.spin", retired="yes"),
        person("MOBE", "superoffice.windows"), person("SIRA", "superoffice.ten-sales", retired="yes"),
    )  # fmt: skip
    current = in_force("SUPEROFFICE", desk.session)
    assert current is not None
    stays = [each for each in current.set.licences if each.name not in ("spin", "ten-sales")]
    new = replace(current.set, licences=tuple(stays))
    counted = held_now(current, new, desk.session)
    assert counted.assigned == held(current, new, desk.session).assigned == {"spin": 3, "ten-sales": 1}
