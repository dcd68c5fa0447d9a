"""What a new set changes for people."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from superoffice_tab.domain.comparing import Change, compare, is_harmless, totals
from superoffice_tab.domain.counting import Cause
from superoffice_tab.domain.licences import LicenceSet, LicenceType, ModuleLicence, OwnerDates, UserType
from superoffice_tab.domain.moves import Move


def licence(name: str, quantity: int = 1, **more: Any) -> ModuleLicence:
    kind = more.pop("type", LicenceType.USER)
    fields = {"description": name.title(), "type": kind, "quantity": quantity, **more}
    return ModuleLicence(owner="SUPEROFFICE", name=name, **fields)


def of(*licences: ModuleLicence, **more: Any) -> LicenceSet:
    fields = {"company": "Example Trading AS", "serial": "1801001239", "owner": "SUPEROFFICE", **more}
    return LicenceSet(licences=licences, **fields)


def only(found: list[Change]) -> Change:
    (change,) = found
    return change


class TestFigures:
    def test_a_smaller_total_blocks_by_what_is_too_many(self):
        """The example of the pictures: 21 in use, 17 granted, 4 to remove."""
        before, after = of(licence("sales", 21)), of(licence("sales", 17))
        change = only(compare(before, after, {"sales": 21}, {}))
        assert (change.in_use, change.free, change.total) == (21, 0, 21)
        assert (change.added, change.new_total, change.new_free) == (-4, 17, -4)
        assert (change.to_remove, change.cause, change.state) == (4, Cause.SMALLER, "changed")

    def test_a_larger_total_is_that_many_more(self):
        change = only(compare(of(licence("spin", 15)), of(licence("spin", 20)), {"spin": 5}, {}))
        assert (change.in_use, change.free, change.total) == (5, 10, 15)
        assert (change.added, change.new_total, change.new_free, change.to_remove) == (5, 20, 15, 0)

    def test_what_the_plan_does_is_counted(self):
        """Three of four chosen: one is left, and the row says how many were planned."""
        plan = [
            Move(name="sales", to=None, people=2, weight=2, assigned=2),
            Move(name="sales", to="spin", people=1, weight=1, assigned=1),
        ]
        before = of(licence("sales", 21), licence("spin", 5))
        after = of(licence("sales", 17), licence("spin", 6))
        sales, spin = compare(before, after, {"sales": 21, "spin": 1}, {}, plan)
        assert (sales.name, sales.in_use, sales.to_remove, sales.new_free, sales.planned) == (
            "sales", 21, 1, -1, 3,
        )  # fmt: skip
        assert (spin.in_use, spin.new_free, spin.planned) == (1, 4, 0)

    def test_a_licence_that_disappears_needs_everybody_gone(self):
        """Retired people hold it too."""
        change = only(compare(of(licence("spin", 5)), of(), {"spin": 1}, {"spin": 2}))
        assert (change.state, change.cause, change.to_remove) == ("gone", Cause.GONE, 2)
        assert (change.in_use, change.total, change.added, change.new_total) == (1, 5, -5, None)

    def test_a_new_licence_has_nothing_before(self):
        change = only(compare(of(), of(licence("spin", 5)), {}, {}))
        assert (change.state, change.in_use, change.free, change.total) == ("new", None, None, None)
        assert (change.added, change.new_total, change.new_free) == (5, 5, 5)

    def test_what_is_on_or_off_has_no_figures(self):
        change = only(compare(of(), of(licence("ai", type=LicenceType.SYSTEM)), {}, {}))
        figures = (change.in_use, change.free, change.total, change.added, change.new_total, change.new_free)
        assert figures == (None,) * 6

    def test_a_site_licence_has_a_total_and_no_use(self):
        kind = LicenceType.SATELLITE
        change = only(compare(of(licence("site", 4, type=kind)), of(licence("site", 6, type=kind)), {}, {}))
        assert (change.in_use, change.free, change.total, change.new_total) == (None, None, 4, 6)

    def test_unrestricted_has_no_total(self):
        before, after = of(licence("for", 9)), of(licence("for", 9, unrestricted=True))
        change = only(compare(before, after, {"for": 12}, {}))
        assert (change.unrestricted_before, change.unrestricted_after) == (False, True)
        assert (change.total, change.new_total, change.added, change.to_remove) == (9, None, None, 0)

    def test_a_hidden_licence_is_used_through_plans(self):
        """It blocks though nothing about the plan changed, and reassigning to a plan that brings it too
        leaves it as it is."""
        plan = licence("plan", 5, extra_flags=1, extra_info="set=user")
        other = dataclasses.replace(plan, name="other")
        before = of(plan, other, licence("user", 5, hidden=True))
        after = of(plan, other, licence("user", 2, hidden=True))
        moves = [
            Move(name="plan", to="other", people=1, weight=1, assigned=1),
            Move(name="plan", to=None, people=1, weight=1, assigned=1),
        ]
        change = only(compare(before, after, {"plan": 4}, {}, moves))
        assert (change.name, change.hidden, change.in_use) == ("user", True, 4)
        assert (change.to_remove, change.planned) == (1, 1)

    def test_a_licence_in_the_way_is_listed_though_nothing_about_it_changes(self):
        change = only(compare(of(licence("spin", 2)), of(licence("spin", 2)), {"spin": 3}, {}))
        assert (change.state, change.added, change.to_remove) == ("changed", 0, 1)


class TestWhatIsListed:
    @pytest.mark.parametrize(
        "change",
        [
            {"quantity": 2},
            {"unrestricted": True},
            {"hidden": True},
            {"type": LicenceType.SATELLITE},
            {"prerequisite": "windows"},
            {"allowed_user_type": UserType.EXTERNAL},
            {"extra_flags": 1},
            {"extra_flags": 1, "extra_info": "set=user"},
        ],
    )
    def test_what_matters_to_people(self, change):
        before = licence("spin", 1)
        assert only(compare(of(before), of(dataclasses.replace(before, **change)), {}, {})).name == "spin"

    @pytest.mark.parametrize(
        "change",
        [
            {"description": "Renamed"},
            {"tooltip": "New"},
            {"version": "12.1"},
            {"sort_order": 7},
            {"extra_flags": 2},
            {"extra_info": "note"},
        ],
    )
    def test_what_matters_to_nobody_is_left_out(self, change):
        before = licence("spin", 1)
        assert compare(of(before), of(dataclasses.replace(before, **change)), {}, {}) == []

    def test_the_number_of_what_is_on_or_off_matters_to_nobody(self):
        kind = LicenceType.SYSTEM
        assert compare(of(licence("ai", 1, type=kind)), of(licence("ai", 9, type=kind)), {}, {}) == []

    def test_what_blocks_stands_first_then_by_type_and_name(self):
        before = of(licence("b", 5), licence("c", 5), licence("z", 5))
        after = of(licence("ai", type=LicenceType.SYSTEM), licence("c", 6), licence("b", 6), licence("z", 1))
        found = compare(before, after, {"z": 2}, {})
        assert [change.name for change in found] == ["z", "b", "c", "ai"]

    def test_every_difference_is_in_the_totals(self):
        """The history shows more than the dialog: a renamed licence too."""
        before = of(licence("spin", 5), licence("old", 1))
        after = of(dataclasses.replace(licence("spin", 5), description="Renamed"), licence("new", 2))
        assert totals(before, after) == {"spin": (5, 5), "old": (1, None), "new": (None, 2)}


class TestHarmless:
    DATES = OwnerDates(warning=date(2027, 6, 2), expiry=date(2027, 6, 30), grace=date(2027, 7, 12))

    def test_a_renewal_that_changes_nothing_else(self):
        before = of(licence("spin"), dates=self.DATES)
        later = dataclasses.replace(self.DATES, expiry=date(2028, 6, 30), grace=None)
        assert is_harmless(before, of(licence("spin"), dates=later), [])
        assert is_harmless(before, of(licence("spin")), []), "a set without dates never ends"

    @pytest.mark.parametrize("name", ["warning", "expiry", "grace", "maintenance"])
    def test_no_date_comes_earlier(self, name):
        before = of(dates=self.DATES)
        earlier = dataclasses.replace(self.DATES, **{name: date(2027, 1, 1)})
        assert not is_harmless(before, of(dates=earlier), [])

    def test_the_day_of_the_next_check_is_no_matter(self):
        before = of(dates=dataclasses.replace(self.DATES, next_check=date(2027, 6, 1)))
        assert is_harmless(before, of(dates=dataclasses.replace(self.DATES, next_check=date(2027, 1, 1))), [])

    def test_a_new_identity_is_not_harmless(self):
        assert not is_harmless(of(), of(company="Other AS"), [])
        assert not is_harmless(of(), of(serial="1600007775"), [])

    def test_neither_is_a_change_or_a_first_set(self):
        before, after = of(), of(licence("spin"))
        assert not is_harmless(before, after, compare(before, after, {}, {}))
        assert not is_harmless(None, of(), [])
