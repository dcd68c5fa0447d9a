"""What activating will do, in sentences."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from unit.superoffice_tab.test_comparing import licence, of

from superoffice_tab.domain.comparing import compare
from superoffice_tab.domain.effects import effects
from superoffice_tab.domain.licences import LicenceSet, LicenceType, OwnerDates, UserType
from superoffice_tab.domain.moves import Move
from superoffice_tab.domain.wording import english

KEPT = "The present set is kept, so it can be put back."


def said(old: LicenceSet | None, new: LicenceSet, direct: Any = None, plan: Any = ()) -> list[str]:
    direct = direct or {}
    found = effects(compare(old, new, direct, direct, plan), old, new, plan)
    return [english(text) for text in found if english(text) != KEPT]


def test_the_picture_says_what_the_picture_says():
    """ui/activate.html."""
    before = of(licence("marketing", 7), licence("service", 15), dates=OwnerDates(expiry=date(2027, 6, 30)))
    after = of(
        licence("chatbot", type=LicenceType.SYSTEM),
        licence("marketing", 5),
        licence("service", 20),
        dates=OwnerDates(expiry=date(2028, 6, 30)),
    )
    changes = compare(before, after, {"marketing": 3, "service": 5}, {})
    assert [english(text) for text in effects(changes, before, after, [])] == [
        "Nobody with Marketing is affected: there is room for all of them.",
        "5 more people can have Service.",
        "Everyone gets Chatbot at once.",
        "The new licence runs 366 days longer than the present one.",
        KEPT,
    ]


@pytest.mark.parametrize(
    ("old", "new", "held", "sentence"),
    [
        ((licence("a", 3),), (licence("a", 1),), 3, "2 too many of A are in use: they have to go first."),
        ((licence("a", 3),), (licence("a", 2),), 3, "1 too many of A is in use: one has to go first."),
        ((licence("a", 3),), (), 0, "A disappears. Nobody is affected."),
        ((), (licence("a", 3),), 0, "3 people can have A, which is new."),
        ((licence("a", 3),), (licence("a", 4),), 0, "1 more person can have A."),
        ((licence("a"),), (licence("a", unrestricted=True),), 0, "Any number of people can have A."),
        (
            (licence("a", unrestricted=True),),
            (licence("a", 9),),
            0,
            "From now on no more than 9 people can have A.",
        ),
        ((licence("a", type=LicenceType.SYSTEM),), (), 0, "Everyone loses A."),
        (
            (licence("a", 4, type=LicenceType.SATELLITE),),
            (licence("a", 6, type=LicenceType.SATELLITE),),
            0,
            "A is good for 6 satellites.",
        ),
        (
            (licence("a"),),
            (licence("a", hidden=True),),
            0,
            "From now on A is hidden, and is not assigned by hand.",
        ),
        ((licence("a", hidden=True),), (licence("a"),), 0, "From now on A is in the list."),
        (
            (licence("a"), licence("b")),
            (licence("a", prerequisite="b"), licence("b")),
            0,
            "From now on A can be given only to who has B.",
        ),
        (
            (licence("a", prerequisite="b"),),
            (licence("a"),),
            0,
            "From now on A needs no other licence first.",
        ),
        (
            (licence("a"),),
            (licence("a", allowed_user_type=UserType.EXTERNAL),),
            0,
            "From now on only external users can be given A.",
        ),
    ],
)
def test_each_change_has_its_sentence(old, new, held, sentence):
    assert sentence in said(of(*old), of(*new), {"a": held})


def test_what_a_plan_brings_is_told_by_name():
    plan = licence("plan", 5, extra_flags=1, extra_info="set=user,web")
    rest = [licence(name, 9, hidden=True) for name in ("user", "web", "mobile")]
    after = dataclasses.replace(plan, extra_info="set=user,mobile")
    assert said(of(plan, *rest), of(after, *rest)) == [
        "Everyone with Plan also gets Mobile.",
        "Everyone with Plan loses Web.",
    ]


def test_the_plan_for_holders_is_told():
    before, after = (
        of(licence("sales", 3), licence("service", 9)),
        of(licence("sales"), licence("service", 9)),
    )
    moves = [
        Move(name="sales", to="service", people=2, weight=2, assigned=2),
        Move(name="sales", to=None, people=1, weight=1, assigned=1),
        Move(name=None, to="service", people=1, weight=1, assigned=1),
    ]
    assert said(before, after, {"sales": 3}, moves) == [
        "2 people get Service instead of Sales.",
        "1 person loses Sales.",
        "1 person gets Service back.",
    ]


class TestDates:
    @pytest.mark.parametrize(
        ("before", "after", "sentence"),
        [
            (date(2027, 6, 30), None, "The new licence never expires."),
            (None, date(2027, 6, 30), "The new licence has an expiry date; the present one has none."),
            (
                date(2027, 6, 30),
                date(2027, 6, 29),
                "The new licence ends 1 day before the present one.",
            ),
        ],
    )
    def test_another_end_is_told(self, before, after, sentence):
        old, new = (of(dates=OwnerDates(expiry=day)) for day in (before, after))
        assert said(old, new) == [sentence]

    @pytest.mark.parametrize("day", [None, date(2027, 6, 30)])
    def test_the_same_end_is_not(self, day):
        assert said(of(dates=OwnerDates(expiry=day)), of(dates=OwnerDates(expiry=day))) == []


def test_a_new_identity_is_told():
    assert said(of(), of(company="Other AS", serial="1600007775")) == [
        "The company is called Other AS from then on.",
        "The serial number is 1600007775 from then on.",
    ]


def test_there_is_nothing_to_put_back_after_a_first_set():
    assert effects(compare(None, of(), {}, {}), None, of(), []) == []
