"""The finer points of giving licences and taking them back: weights, plans, altered rows, what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from unit.superoffice_tab.building import claims, module, person, plan
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.seats import alter, assign, denied, licence_id, reason, release, results

from host.api import InputError, NotFoundError
from superoffice_tab.services import denials
from superoffice_tab.storage import counts
from superoffice_tab.storage.changing import PlannedChange
from superoffice_tab.storage.models import Licence


@pytest.fixture
def staff(desk: Desk) -> Desk:
    """Four people who hold nothing."""
    desk.people(*(person(user) for user in ("KAAN", "MOBE", "SIRA", "TOVE")))
    return desk


class TestWeights:
    def test_a_weight_can_be_changed_as_far_as_there_is_room(self, staff: Desk):
        assign(staff, "spin", "KAAN", weight=4)
        assert reason(assign(staff, "spin", "MOBE", weight=2)) == "No Spin is free."
        assert results(assign(staff, "spin", "KAAN", weight=3)) == {"KAAN": "assigned"}
        assert results(assign(staff, "spin", "MOBE", weight=2)) == {"MOBE": "assigned"}
        assert reason(assign(staff, "spin", "KAAN", weight=4)) == "No Spin is free."
        assert staff.held() == {"KAAN": {"spin": 3}, "MOBE": {"spin": 2}}

    def test_a_changed_weight_is_written_down(self, staff: Desk):
        assign(staff, "spin", "KAAN")
        assign(staff, "spin", "KAAN", weight=2)
        one, two = ({"licence": "superoffice.spin", "weight": n} for n in (1, 2))
        assert staff.work.audits[-1] == ("licence.assigned", "KAAN", one, two)

    @pytest.mark.parametrize("weight", [0, -1, 10**9])
    def test_a_number_that_is_none_is_refused(self, staff: Desk, weight: int):
        with pytest.raises(InputError):
            assign(staff, "visible-for", "KAAN", weight=weight)

    def test_too_many_people_at_once_are_refused(self, staff: Desk):
        with pytest.raises(InputError, match="at most 10000"):
            assign(staff, "spin", *(f"U{number}" for number in range(10_001)))

    def test_a_retired_person_occupies_nothing_and_frees_nothing(self, desk: Desk):
        """Taking places from somebody retired would make room that is not there."""
        desk.people(
            person("GONE", "superoffice.spin*3", retired="yes"),
            person("KAAN", "superoffice.spin*5"),
            person("MOBE"),
        )
        done = assign(desk, "spin", "GONE", "MOBE", weight=1)
        assert results(done) == {"GONE": "refused", "MOBE": "refused"}
        assert desk.in_use()["spin"] == (5, 5)


class TestPlans:
    def test_without_being_asked_to_the_plan_is_not_replaced(self, staff: Desk):
        assign(staff, "ten-sales", "KAAN")
        said = "A person has one plan at most: Ten-Service does not go with Ten-Sales."
        assert reason(assign(staff, "ten-service", "KAAN")) == said
        assert staff.held() == {"KAAN": {"ten-sales": 1}}

    def test_whoever_is_refused_the_new_plan_keeps_the_old_one(self, staff: Desk):
        assign(staff, "ten-service", "MOBE", "SIRA")
        assign(staff, "ten-sales", "KAAN")
        assert reason(assign(staff, "ten-service", "KAAN", instead_of_plan=True)) == "No Ten-Service is free."
        assert staff.held()["KAAN"] == {"ten-sales": 1}

    def test_what_the_old_plan_occupied_is_counted_no_longer(self, staff: Desk):
        assign(staff, "ten-sales", "KAAN")
        assign(staff, "ten-service", "KAAN", instead_of_plan=True)
        in_use = [
            staff.in_use()[name][0] for name in ("ten-sales", "web", "ten-service", "ej-client", "user")
        ]
        assert in_use == [0, 0, 1, 1, 1]

    def test_open_requests_hold_on_to_a_plan_for_service(self, staff: Desk):
        """But not where the other plan lets the person work in Service as well."""
        staff.load(claims(2, modules=modules_with(plan("ten-both", 3, "user,ej-client"))))
        staff.people(person("KAAN", "superoffice.ten-service", open_requests=2))
        assert "open request" in reason(assign(staff, "ten-sales", "KAAN", instead_of_plan=True))
        assert results(assign(staff, "ten-both", "KAAN", instead_of_plan=True)) == {"KAAN": "assigned"}

    def test_a_licence_beside_the_plan_replaces_nothing(self, staff: Desk):
        assign(staff, "ten-sales", "KAAN")
        assign(staff, "spin", "KAAN", instead_of_plan=True)
        assert staff.held() == {"KAAN": {"ten-sales": 1, "spin": 1}}


class TestRefusals:
    @pytest.mark.parametrize("altered", ["ten-sales", "web"])
    def test_an_altered_licence_counts_for_nothing(self, staff: Desk, altered: str):
        """Neither one whose row was altered is given, nor a plan that brings it. Nothing is wanting then."""
        assign(staff, "ten-sales", "KAAN")
        alter(staff, altered)
        said = "%s was altered in the database and counts for nothing. Restore it first."
        assert reason(assign(staff, "ten-sales", "MOBE")) == said % altered.title()
        assert denied(staff, altered) == 0
        assert results(release(staff, "ten-sales", "KAAN")) == {"KAAN": "released"}

    def test_a_want_says_what_was_full(self, staff: Desk):
        staff.load(claims(2, modules=modules_with(module("web", 1, IsHidden=True))))
        assign(staff, "ten-sales", "KAAN", "MOBE")
        after = {"licence": "superoffice.ten-sales", "none_free": "superoffice.web"}
        assert staff.work.audits[-1] == ("licence.denied", "MOBE", None, after)

    def test_a_want_belongs_to_its_day_where_the_installation_is(self, staff: Desk):
        """At 23:30 in London it is tomorrow in Oslo."""
        assign(staff, "ten-service", "KAAN", "MOBE")
        staff.now = staff.now.replace(hour=23, minute=30)
        assign(staff, "ten-service", "SIRA")
        tomorrow, number = staff.now.date() + timedelta(days=1), licence_id(staff, "ten-service")
        assert denials.denied(number, staff.session, tomorrow) == 1
        assert denials.denied(number, staff.session, tomorrow + timedelta(days=1)) == 0


class TestTakingBack:
    def test_a_retired_person_loses_it_too(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin*3", retired="yes"))
        assert results(release(desk, "spin", "KAAN")) == {"KAAN": "released"}
        assert desk.held() == {}

    def test_what_is_needed_first_can_be_taken_back_last(self, staff: Desk):
        assign(staff, "windows", "KAAN")
        assign(staff, "travel", "KAAN")
        said = "Travel, which the person has, needs Windows. Take Travel back first."
        assert reason(release(staff, "windows", "KAAN")) == said
        assert results(release(staff, "travel", "KAAN")) == {"KAAN": "released"}
        assert results(release(staff, "windows", "KAAN")) == {"KAAN": "released"}

    def test_what_is_planned_for_it_is_forgotten(self, staff: Desk):
        """Whoever gets it again later does not lose it by a plan that was made for what they had before."""
        assign(staff, "spin", "KAAN", "MOBE", "SIRA")
        staff.next_set(module("spin", 1))
        staff.plan("spin", "KAAN")
        staff.plan("spin", "MOBE")
        release(staff, "spin", "KAAN")
        assign(staff, "spin", "KAAN")
        assert len(staff.session.scalars(select(PlannedChange.id)).all()) == 1

    def test_another_weight_leaves_what_is_planned(self, staff: Desk):
        assign(staff, "spin", "KAAN", "MOBE")
        staff.next_set(module("spin", 1))
        staff.plan("spin", "KAAN")
        assign(staff, "spin", "KAAN", weight=2)
        assert staff.left_over() == (1, 1, 0)

    def test_no_such_person_changes_nothing(self, staff: Desk):
        assign(staff, "spin", "KAAN")
        before = staff.everything()
        with pytest.raises(NotFoundError, match="NOBODY"):
            release(staff, "spin", "KAAN", "NOBODY")
        assert staff.everything() == before


class TestImporting:
    def test_an_import_forgets_plans_for_what_it_takes_back(self, staff: Desk):
        assign(staff, "spin", "KAAN", "MOBE")
        staff.next_set(module("spin", 1))
        staff.plan("spin", "KAAN")
        staff.people(person("KAAN"))
        assert staff.left_over() == (1, 0, 0)

    def test_nobody_is_given_an_altered_licence_by_a_file(self, staff: Desk):
        """Whoever has it keeps it, however many its row says there are."""
        assign(staff, "spin", "KAAN", "MOBE")
        staff.session.execute(update(Licence).where(Licence.name == "spin").values(quantity=1))
        alter(staff, "spin")
        rows = [person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin")]
        staff.people(*rows)
        for more in ([*rows, person("SIRA", "superoffice.spin")], [person("KAAN", "superoffice.spin*2")]):
            with pytest.raises(InputError, match="altered"):
                staff.people(*more)
            staff.session.rollback()


class TestCounting:
    def test_only_what_is_named_is_counted_anew(self, staff: Desk):
        assign(staff, "spin", "KAAN", "MOBE")
        assign(staff, "windows", "KAAN")
        staff.session.execute(update(Licence).values(held=9))
        counts.recount(staff.session, [licence_id(staff, "spin")])
        assert [staff.in_use()[name][0] for name in ("spin", "windows")] == [2, 9]
        counts.recount(staff.session, [])
        assert staff.in_use()["windows"][0] == 9
        counts.recount(staff.session)
        assert staff.in_use()["windows"][0] == 1
