"""Giving licences and taking them back outside any activation: every rule, for one person and for many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from unit.superoffice_tab.building import NOW, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.seats import assign, licence_id, reason, release, results

from host.api import NotFoundError
from superoffice_tab.services import reading
from superoffice_tab.services.choosing import choices, choose
from superoffice_tab.services.use import daily, denied
from superoffice_tab.storage.models import Licence

TODAY = NOW.date()


@pytest.fixture
def people(desk: Desk) -> Desk:
    """Five people, one of them retired, one with open requests."""
    desk.people(
        person("ANNA", "superoffice.ten-sales"),
        person("BO"),
        person("CHLO", "superoffice.ten-service", open_requests=3),
        person("DAVE"),
        person("GONE", retired="yes"),
    )
    return desk


class TestGiving:
    def test_each_person_has_an_outcome_and_an_audit_row(self, people: Desk):
        assert results(assign(people, "spin", "bo", "ANNA", "BO")) == {"BO": "assigned", "ANNA": "assigned"}
        assert people.in_use()["spin"] == (2, 5)
        assert people.work.audits[-2:] == [
            ("licence.assigned", name, None, {"licence": "superoffice.spin", "weight": 1})
            for name in ("BO", "ANNA")
        ]

    def test_what_somebody_has_stays(self, people: Desk):
        assign(people, "spin", "BO")
        before = len(people.work.audits)
        assert results(assign(people, "spin", "BO")) == {"BO": "unchanged"}
        assert len(people.work.audits) == before

    def test_somebody_may_occupy_more_than_one(self, people: Desk):
        assert results(assign(people, "spin", "BO", weight=4)) == {"BO": "assigned"}
        assert results(assign(people, "spin", "ANNA", weight=2)) == {"ANNA": "refused"}
        assert results(assign(people, "spin", "BO", weight=5)) == {"BO": "assigned"}
        assert people.in_use()["spin"] == (5, 5)

    def test_a_plan_brings_its_licences_along(self, people: Desk):
        assign(people, "ten-sales", "BO")
        assert (people.in_use()["web"], people.in_use()["user"]) == ((2, 3), (3, 5))

    @pytest.mark.parametrize(
        ("code", "user", "why"),
        [
            ("spin", "GONE", "retired"),
            ("web", "BO", "cannot be assigned"),
            ("aiplatform", "BO", "cannot be assigned"),
            ("travel", "BO", "needs Windows first"),
            ("ten-service", "ANNA", "one plan at most"),
        ],
    )
    def test_what_may_not_be_is_refused_with_the_reason(self, people: Desk, code, user, why):
        before = people.held()
        assert why in reason(assign(people, code, user))
        assert people.held() == before

    def test_only_the_allowed_kind_of_people_may_hold_it(self, people: Desk):
        people.load(claims(2, modules=modules_with(module("spin", 5, AllowedUserType="ExternalAssociate"))))
        assert "not for people of this kind" in reason(assign(people, "spin", "BO"))

    def test_a_row_that_was_altered_gives_nothing(self, people: Desk):
        people.session.execute(update(Licence).where(Licence.name == "spin").values(altered=True))
        assert "altered" in reason(assign(people, "spin", "BO"))

    def test_who_or_what_is_not_there_changes_nothing(self, people: Desk):
        before = people.everything()
        for code, user in (("spin", "NOBODY"), ("nothing", "BO")):
            with pytest.raises(NotFoundError):
                assign(people, code, "ANNA", user)
            people.session.rollback()
        assert people.everything() == before


class TestAPlanInsteadOfAnother:
    def test_it_takes_the_other_ones_place(self, people: Desk):
        assert results(assign(people, "ten-service", "ANNA", instead_of_plan=True)) == {"ANNA": "assigned"}
        assert people.held()["ANNA"] == {"ten-service": 1}
        action, subject, before, after = people.work.audits[-1]
        assert (action, subject) == ("licence.reassigned", "ANNA")
        assert (before["licence"], after["licence"]) == ("superoffice.ten-sales", "superoffice.ten-service")

    def test_what_both_bring_is_not_needed_twice(self, people: Desk):
        """`user` has five places; the sixth person cannot come, the fifth can still change plans."""
        people.load(claims(2, modules=modules_with(module("user", 2, IsHidden=True))))
        assert results(assign(people, "ten-service", "ANNA", instead_of_plan=True)) == {"ANNA": "assigned"}


class TestNoneFree:
    def test_the_first_get_them_and_the_others_are_counted(self, people: Desk):
        outcomes = assign(people, "ten-service", "BO", "DAVE")
        assert results(outcomes) == {"BO": "assigned", "DAVE": "refused"}
        assert outcomes[1].denied
        assert denied(licence_id(people, "ten-service"), people.session, TODAY) == 1
        assert people.work.audits[-1][:2] == ("licence.denied", "DAVE")

    def test_it_is_the_full_one_that_is_counted(self, people: Desk):
        """A plan may be free while what it brings along is not: that is what has to be bought."""
        people.load(claims(2, modules=modules_with(module("web", 1, IsHidden=True))))
        assert "No Web is free" in reason(assign(people, "ten-sales", "BO"))
        assert denied(licence_id(people, "web"), people.session, TODAY) == 1
        assert denied(licence_id(people, "ten-sales"), people.session, TODAY) == 0

    def test_days_add_up(self, people: Desk):
        assign(people, "ten-service", "BO")
        for _ in range(3):
            assign(people, "ten-service", "DAVE")
        people.now += timedelta(days=2)
        assign(people, "ten-service", "DAVE")
        number = licence_id(people, "ten-service")
        assert denied(number, people.session, TODAY) == 4
        assert denied(number, people.session, TODAY + timedelta(days=1)) == 1

    def test_unrestricted_ones_never_run_out(self, people: Desk):
        assert set(results(assign(people, "visible-for", "ANNA", "BO", "CHLO", "DAVE")).values()) == {
            "assigned"
        }


class TestTakingBack:
    def test_it_is_free_again(self, people: Desk):
        assert results(release(people, "ten-sales", "ANNA", "BO")) == {"ANNA": "released", "BO": "unchanged"}
        assert people.in_use()["ten-sales"] == (0, 3)
        before = {"licence": "superoffice.ten-sales", "weight": 1}
        assert people.work.audits[-1] == ("licence.released", "ANNA", before, None)

    def test_open_requests_keep_the_licence_for_service(self, people: Desk):
        assert "3 open requests" in reason(release(people, "ten-service", "CHLO")).replace(
            "open request in", "open requests in"
        )
        assert people.held()["CHLO"] == {"ten-service": 1}

    def test_what_another_licence_needs_stays(self, people: Desk):
        assign(people, "windows", "BO")
        assign(people, "travel", "BO")
        assert "needs Windows" in reason(release(people, "windows", "BO"))


class TestChoosingForOne:
    def test_everything_becomes_as_chosen_in_an_order_that_works(self, people: Desk):
        owner = reading.known_owner("SUPEROFFICE", people.session)
        given = {"work": people.work, "clock": people.clock, "timezone": people.timezone}
        choose(owner, "ANNA", ["travel", "windows", "ten-service"], **given)
        assert people.held()["ANNA"] == {"ten-service": 1, "travel": 1, "windows": 1}
        choose(owner, "ANNA", [], **given)
        assert "ANNA" not in people.held()
        people.session.commit()

    def test_what_is_offered_stands_below_what_it_needs(self, people: Desk):
        owner = reading.known_owner("SUPEROFFICE", people.session)
        found = [(each.code, each.depth) for each in choices(owner, people.session)]
        alone = ("ten-sales", "ten-service", "spin", "visible-for", "windows")
        assert found == [*((code, 0) for code in alone), ("travel", 1)]


class TestTheDaysUse:
    def test_the_highest_of_a_day_is_kept(self, people: Desk):
        """What was held in the morning was in use that day, though it is taken back later."""
        assign(people, "spin", "ANNA", "BO", "DAVE")
        release(people, "spin", "BO")
        people.now += timedelta(days=1)
        release(people, "spin", "ANNA")
        owner = reading.known_owner("SUPEROFFICE", people.session)
        days = daily(owner.id, "spin", people.session, since=TODAY)
        assert [(each.day, each.in_use, each.bought) for each in days] == [
            (TODAY, 3, 5), (TODAY + timedelta(days=1), 2, 5),
        ]  # fmt: skip
