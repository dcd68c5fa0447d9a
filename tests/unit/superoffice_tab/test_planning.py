"""Remove superfluous licences: what is chosen there stays a plan until Activate."""

from __future__ import annotations

import pytest
from unit.superoffice_tab.building import Installation, claims, module, person, plan
from unit.superoffice_tab.desk import KAAN, Desk

from host.api import ConflictError, NotFoundError
from superoffice_tab.domain.wording import english
from superoffice_tab.services import planning
from superoffice_tab.services.planning import PlanRefusedError

LOGINS = {"KAAN": "2026-11-24", "MOBE": "2026-02-03", "SIRA": "", "ELSA": "2026-04-18"}


def holder(user_id: str, licences: str, **more) -> str:
    """A person who last signed in on their own day."""
    day = LOGINS[user_id]
    return person(user_id, licences, **more).replace("2026-11-20T08:30:00Z", day and f"{day}T08:30:00Z")


@pytest.fixture
def short(desk: Desk) -> Desk:
    """Four hold spin; the set that waits has two of it."""
    desk.people(*(holder(name, "superoffice.spin") for name in LOGINS))
    desk.next_set(module("spin", 2))
    return desk


def page(desk: Desk, code: str = "spin", **options) -> planning.HolderPage:
    return planning.holders("superoffice", code, session=desk.session, **options)


def targets(desk: Desk, user_id: str, code: str = "spin") -> dict[str, str | None]:
    """What somebody might get instead: code name → the reason why not."""
    found = planning.targets("superoffice", code, user_id, session=desk.session)
    return {each.name: english(each.refusal) if each.refusal else None for each in found}


def refused(desk: Desk, code: str, user_id: str, to: str | None = None) -> str:
    before = desk.left_over()
    with pytest.raises(PlanRefusedError) as caught:
        desk.plan(code, user_id, to)
    assert isinstance(caught.value, ConflictError)
    assert desk.left_over() == before
    return english(caught.value.text)


def longest(desk: Desk, code: str = "spin") -> list[str]:
    clock = desk.clock
    return planning.plan_longest_unused("SUPEROFFICE", code, work=desk.work, actor=KAAN, clock=clock)


class TestTheHolders:
    def test_those_who_have_not_signed_in_for_longest_stand_first(self, short: Desk):
        """Who never did stands before them."""
        assert [row.user_id for row in page(short).rows] == ["SIRA", "MOBE", "ELSA", "KAAN"]

    def test_the_numbers_stand_above_them(self, short: Desk):
        found = page(short)
        assert (found.in_use, found.available, found.to_remove, found.chosen, found.total) == (4, 2, 2, 0, 4)
        short.plan("spin", "MOBE")
        found = page(short)
        assert (found.in_use, found.available, found.to_remove, found.chosen) == (4, 2, 2, 1)

    def test_a_row_says_who_it_is_and_what_is_planned(self, short: Desk):
        short.plan("spin", "MOBE")
        short.plan("spin", "SIRA", "windows")
        rows = {row.user_id: row for row in page(short).rows}
        assert (rows["KAAN"].full_name, rows["KAAN"].role, rows["KAAN"].weight) == ("Full KAAN", "User", 1)
        assert [rows[name].planned for name in ("MOBE", "SIRA", "KAAN")] == ["remove", "windows", None]
        assert (rows["SIRA"].last_login, rows["SIRA"].refusal, rows["SIRA"].licence) == (None, None, "spin")

    def test_they_can_be_searched_and_turned_over(self, short: Desk):
        assert [row.user_id for row in page(short, search="full mo").rows] == ["MOBE"]
        assert page(short, search="mo").total == 1
        assert [row.user_id for row in page(short, limit=2, offset=1).rows] == ["MOBE", "ELSA"]
        assert page(short, search="100%").rows == []

    def test_retired_people_stand_in_the_way_of_a_licence_that_disappears_only(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin"), holder("MOBE", "superoffice.spin", retired="yes"))
        desk.next_set(module("spin", 0))
        assert [row.user_id for row in page(desk).rows] == ["KAAN"]
        desk.next_set(seq=3, without=("spin",))
        found = page(desk)
        assert [(row.user_id, row.retired) for row in found.rows] == [("MOBE", True), ("KAAN", False)]
        assert (found.in_use, found.available, found.to_remove) == (2, 0, 2)

    def test_a_weight_counts_in_full(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin*3"), holder("MOBE", "superoffice.spin"))
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")
        found = page(desk)
        assert (found.in_use, found.to_remove, found.chosen, found.total) == (4, 3, 3, 2)

    def test_a_hidden_licence_is_held_through_plans(self, desk: Desk):
        """Who has the plan holds it, and taking the plan back is what helps."""
        desk.people(holder("KAAN", "superoffice.ten-sales"), holder("MOBE", "superoffice.ten-service"))
        desk.next_set(module("user", 1, IsHidden=True))
        assert [(row.user_id, row.licence) for row in page(desk, "user").rows] == [
            ("MOBE", "ten-service"),
            ("KAAN", "ten-sales"),
        ]
        desk.plan("user", "MOBE")
        assert (page(desk, "user").chosen, desk.view.can_activate) == (1, True)
        assert desk.work.audits[-1][3]["licence"] == "superoffice.ten-service"

    def test_there_must_be_a_set_and_such_a_licence(self, desk: Desk):
        with pytest.raises(NotFoundError, match="waits"):
            page(desk)
        desk.next_set()
        with pytest.raises(NotFoundError, match="no licence “nosuch” in force"):
            page(desk, "nosuch")
        with pytest.raises(NotFoundError, match="“KAAN” does not hold “spin”"):
            desk.plan("spin", "KAAN")

    def test_of_a_first_set_there_are_none(self, empty: Installation):
        first = Desk(work=empty.work, issuer=empty.issuer, folder=empty.folder)
        first.receive(claims())
        with pytest.raises(NotFoundError, match="nobody holds one"):
            page(first)


class TestChoosing:
    def test_a_plan_changes_nobodys_licences(self, short: Desk):
        before = short.held(), short.in_use()
        short.plan("spin", "mobe")
        assert (short.held(), short.in_use()) == before

    def test_a_second_choice_takes_the_place_of_the_first(self, short: Desk):
        short.plan("spin", "MOBE")
        short.plan("spin", "MOBE", "Windows")
        assert (short.left_over()[1], page(short).rows[1].planned) == (1, "windows")

    def test_every_change_of_plan_is_written_down(self, short: Desk):
        short.plan("spin", "mobe")
        short.plan("spin", "MOBE", "windows")
        planning.unplan("SUPEROFFICE", "spin", "MOBE", work=short.work)
        remove = {"licence": "superoffice.spin", "to": None}
        other = {"licence": "superoffice.spin", "to": "windows"}
        assert short.work.audits[-3:] == [
            ("licence.planned", "MOBE", None, remove),
            ("licence.planned", "MOBE", remove, other),
            ("licence.planned", "MOBE", other, None),
        ]

    def test_a_choice_can_be_undone(self, short: Desk):
        short.plan("spin", "MOBE")
        planning.unplan("superoffice", "SPIN", "mobe", work=short.work)
        assert short.left_over()[1] == 0
        audits = len(short.work.audits)
        planning.unplan("superoffice", "spin", "mobe", work=short.work)
        assert len(short.work.audits) == audits, "there was nothing to undo"

    def test_all_of_them_can(self, short: Desk):
        longest(short)
        planning.clear("superoffice", "spin", work=short.work)
        assert short.left_over()[1] == 0
        assert short.work.audits[-1][2] == {"licence": "superoffice.spin", "planned": 2}
        audits = len(short.work.audits)
        planning.clear("superoffice", "spin", work=short.work)
        assert len(short.work.audits) == audits


class TestTheLongestUnused:
    def test_as_many_as_have_to_go_are_chosen(self, short: Desk):
        assert longest(short) == ["SIRA", "MOBE"]
        assert short.view.can_activate
        assert short.work.audits[-1] == (
            "licence.planned",
            "SUPEROFFICE",
            None,
            {"licence": "superoffice.spin", "to": None, "people": ["SIRA", "MOBE"]},
        )

    def test_what_is_planned_already_counts(self, short: Desk):
        short.plan("spin", "KAAN", "windows")
        assert longest(short) == ["SIRA"]
        assert longest(short) == []

    def test_a_weight_may_be_enough(self, desk: Desk):
        desk.people(holder("SIRA", "superoffice.spin*2"), holder("KAAN", "superoffice.spin*3"))
        desk.next_set(module("spin", 3))
        assert longest(desk) == ["SIRA"]

    def test_who_has_to_keep_it_is_left_out(self, desk: Desk):
        desk.people(
            holder("SIRA", "superoffice.ten-service", open_requests=3),
            holder("KAAN", "superoffice.ten-service"),
        )
        desk.next_set(plan("ten-service", 1, "user,ej-client"))
        assert longest(desk, "ten-service") == ["KAAN"]

    def test_everybody_goes_where_the_licence_does(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin"), holder("MOBE", "superoffice.spin", retired="yes"))
        desk.next_set(without=("spin",))
        assert longest(desk) == ["MOBE", "KAAN"]
        assert desk.view.can_activate


class TestOpenRequests:
    """Who works on requests in Service keeps the licence for it (domain.md 1.4)."""

    @pytest.fixture
    def busy(self, desk: Desk) -> Desk:
        desk.people(
            holder("KAAN", "superoffice.ten-service", open_requests=3),
            holder("MOBE", "superoffice.ten-service"),
        )
        desk.next_set(plan("ten-service", 1, "user,ej-client"), plan("ten-both", 5, "user,ej-client"))
        return desk

    def test_the_licence_cannot_be_taken_back(self, busy: Desk):
        reason = "The person keeps it: 3 open requests in Service. Close or move them first."
        assert refused(busy, "ten-service", "KAAN") == reason
        rows = {row.user_id: row.refusal for row in page(busy, "ten-service").rows}
        assert rows["KAAN"] is not None
        assert (english(rows["KAAN"]), rows["MOBE"]) == (reason, None)

    def test_it_can_be_exchanged_for_one_that_is_as_good(self, busy: Desk):
        assert "keeps it" in (targets(busy, "KAAN", "ten-service")["ten-sales"] or "")
        busy.plan("ten-service", "KAAN", "ten-both")
        assert busy.view.can_activate

    def test_other_licences_can_go(self, desk: Desk):
        desk.people(
            holder("KAAN", "superoffice.ten-service;superoffice.spin", open_requests=3),
            holder("MOBE", "superoffice.spin"),
        )
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")


class TestReassigning:
    def test_targets_are_licences_of_the_new_set(self, short: Desk):
        short.next_set(module("spin", 2), module("curve", 1), seq=3, without=("travel",))
        found = targets(short, "MOBE")
        assert list(found) == ["curve", "ten-sales", "ten-service", "visible-for", "windows"]
        assert all(reason is None for reason in found.values())

    def test_free_is_what_is_left_after_the_plan(self, short: Desk):
        short.next_set(module("spin", 2), module("curve", 1), seq=3)
        short.plan("spin", "SIRA", "curve")
        found = planning.targets("SUPEROFFICE", "spin", "MOBE", session=short.session)
        free = {each.name: each.free for each in found}
        assert (free["curve"], free["windows"], free["visible-for"]) == (0, 5, None)
        assert refused(short, "spin", "MOBE", "curve") == "No Curve is free."

    def test_what_comes_along_needs_room_too(self, desk: Desk):
        """Three of web, and two of them taken by plans."""
        desk.people(
            holder("KAAN", "superoffice.ten-sales"),
            holder("MOBE", "superoffice.spin"),
            holder("SIRA", "superoffice.spin"),
        )
        desk.next_set(module("spin", 0), module("web", 1, IsHidden=True))
        assert refused(desk, "spin", "MOBE", "ten-sales") == "No Web is free."

    def test_somebody_elses_plan_makes_room(self, desk: Desk):
        desk.people(
            *(holder(name, "superoffice.ten-sales") for name in ("KAAN", "SIRA")),
            holder("MOBE", "superoffice.spin"),
        )
        desk.next_set(plan("ten-sales", 1, "user,web"), module("spin", 0))
        assert refused(desk, "spin", "MOBE", "ten-sales") == "No Ten-Sales is free."
        desk.plan("ten-sales", "KAAN")
        assert refused(desk, "spin", "MOBE", "ten-sales") == "No Ten-Sales is free."
        desk.plan("ten-sales", "SIRA")
        desk.plan("spin", "MOBE", "ten-sales")

    def test_what_is_offered_knows_who_occupies_what_comes_along(self, desk: Desk):
        """Web is full: whoever gives one up gets one with another plan, and nobody else does."""
        desk.people(holder("KAAN", "superoffice.ten-sales"), holder("MOBE", "superoffice.spin"))
        desk.next_set(
            module("web", 1, IsHidden=True), module("spin", 0), plan("ten-both", 5, "user,web"),
            plan("ten-sales", 0, "user,web"),
        )  # fmt: skip
        assert targets(desk, "KAAN", "ten-sales")["ten-both"] is None
        assert targets(desk, "MOBE")["ten-both"] == "No Web is free."
        desk.plan("ten-sales", "KAAN", "ten-both")
        assert targets(desk, "KAAN", "ten-sales")["ten-both"] is None
        assert targets(desk, "MOBE")["ten-both"] == "No Web is free."

    def test_an_exchange_of_plans_takes_no_more_of_what_both_bring(self, desk: Desk):
        desk.people(*(holder(name, "superoffice.ten-sales") for name in ("KAAN", "MOBE")))
        desk.next_set(plan("ten-sales", 1, "user,web"), module("user", 2, IsHidden=True))
        desk.plan("ten-sales", "KAAN", "ten-service")
        assert desk.view.can_activate

    def test_a_change_of_mind_needs_no_second_place(self, short: Desk):
        short.next_set(module("spin", 2), module("curve", 1), seq=3)
        short.plan("spin", "SIRA", "curve")
        short.plan("spin", "SIRA", "curve")
        assert short.left_over()[1] == 1

    @pytest.mark.parametrize(
        ("licences", "to", "reason"),
        [
            ("superoffice.spin;superoffice.windows", "windows", "The person has Windows already."),
            ("superoffice.spin", "travel", "Travel needs Windows first."),
            ("superoffice.spin", "web", "Web cannot be assigned."),
            ("superoffice.spin", "aiplatform", "Aiplatform cannot be assigned."),
            ("superoffice.spin", "nosuch", "superoffice.nosuch cannot be assigned."),
            ("superoffice.spin", "outside", "Outside is not for people of this kind."),
            (
                "superoffice.spin;superoffice.ten-sales",
                "ten-service",
                "A person has one plan at most: Ten-Service does not go with Ten-Sales.",
            ),
        ],
    )
    def test_what_somebody_may_not_have_is_refused(self, desk: Desk, licences, to, reason):
        desk.people(holder("KAAN", licences))
        desk.next_set(module("spin", 0), module("outside", 5, AllowedUserType="ExternalAssociate"))
        assert refused(desk, "spin", "KAAN", to) == reason
        assert targets(desk, "KAAN").get(to, reason) == reason

    def test_the_right_kind_of_person_may(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin", kind="external"))
        desk.next_set(module("spin", 0), module("outside", 5, AllowedUserType="ExternalAssociate"))
        desk.plan("spin", "KAAN", "outside")

    def test_retired_people_get_nothing(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin", retired="yes"))
        desk.next_set(without=("spin",))
        assert refused(desk, "spin", "KAAN", "windows") == "The person is retired."
        desk.plan("spin", "KAAN")

    def test_two_licences_do_not_become_the_same(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin;superoffice.windows"))
        desk.next_set(module("spin", 0), module("windows", 0), module("curve", 5))
        desk.plan("spin", "KAAN", "curve")
        assert refused(desk, "windows", "KAAN", "curve") == "The person has Curve already."


class TestPrerequisites:
    """Travel needs windows: while somebody keeps the one, they keep the other."""

    @pytest.fixture
    def traveller(self, desk: Desk) -> Desk:
        desk.people(holder("KAAN", "superoffice.windows;superoffice.travel"))
        desk.next_set(module("windows", 0), module("travel", 0, PrerequisiteModuleName="windows"))
        return desk

    def test_what_is_needed_goes_last(self, traveller: Desk):
        reason = "Travel, which the person has, needs Windows. Take Travel back first."
        assert refused(traveller, "windows", "KAAN") == reason
        traveller.plan("travel", "KAAN")
        traveller.plan("windows", "KAAN")
        assert traveller.view.can_activate

    def test_and_comes_back_first(self, traveller: Desk):
        traveller.plan("travel", "KAAN")
        traveller.plan("windows", "KAAN")
        with pytest.raises(PlanRefusedError, match="Take Travel back first"):
            planning.unplan("SUPEROFFICE", "travel", "KAAN", work=traveller.work)
        planning.unplan("SUPEROFFICE", "windows", "KAAN", work=traveller.work)
        planning.unplan("SUPEROFFICE", "travel", "KAAN", work=traveller.work)

    def test_what_disappears_can_always_go(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.windows;superoffice.travel"))
        desk.next_set(without=("windows",))
        desk.plan("windows", "KAAN")
        assert desk.view.can_activate

    def test_a_system_licence_that_is_needed_is_there_for_all(self, desk: Desk):
        desk.people(holder("KAAN", "superoffice.spin"))
        desk.next_set(module("spin", 0), module("extra", 3, PrerequisiteModuleName="aiplatform"))
        desk.plan("spin", "KAAN", "extra")
