"""The day's figures: the peak of each licence, and how many users there are (formats.md 6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select
from unit.superoffice_tab.building import NOW, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.seats import alter, assign, release

from superoffice_tab.services import sampling
from superoffice_tab.services.use import user_counts
from superoffice_tab.storage.changing import Sample, UserSample

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def staff(desk: Desk) -> Desk:
    """Three people who hold nothing, and no figures yet."""
    desk.people(*(person(user) for user in ("KAAN", "MOBE", "SIRA")))
    for table in (Sample, UserSample):
        desk.session.execute(delete(table))
    desk.session.commit()
    return desk


def samples(desk: Desk, day: date = TODAY) -> dict[str, tuple[int, int | None]]:
    """In use and bought of what has a figure on a day, by code name."""
    rows = desk.session.execute(select(Sample.name, Sample.in_use, Sample.bought).where(Sample.day == day))
    return {name: (in_use, bought) for name, in_use, bought in rows}


def users(desk: Desk) -> list[tuple[date, int]]:
    return user_counts(desk.session, TODAY)


class TestTheDailySample:
    def test_it_covers_what_is_listed_or_held_of_user_licences(self, staff: Desk):
        assign(staff, "ten-sales", "KAAN")
        sampling.sample(staff.session, TOMORROW)
        assert samples(staff, TOMORROW) == {
            "ten-sales": (1, 3),
            "ten-service": (0, 2),
            "visible-for": (0, None),
            "spin": (0, 5),
            "windows": (0, 5),
            "travel": (0, 5),
            "user": (1, 5),
            "web": (1, 3),
        }

    def test_sampling_again_changes_nothing(self, staff: Desk):
        sampling.sample(staff.session, TODAY)
        before = staff.session.execute(select(Sample.__table__)).all()
        sampling.sample(staff.session, TODAY)
        assert staff.session.execute(select(Sample.__table__)).all() == before

    def test_a_larger_set_counts_from_the_day_it_is_in_force(self, staff: Desk):
        assign(staff, "spin", "KAAN")
        staff.load(claims(2, modules=modules_with(module("spin", 9))))
        assert samples(staff)["spin"] == (1, 9)

    def test_an_altered_licence_was_not_bought(self, staff: Desk):
        for code in ("spin", "visible-for"):
            alter(staff, code)
        sampling.sample(staff.session, TODAY)
        assert (samples(staff)["spin"], samples(staff)["visible-for"]) == ((0, 0), (0, 0))


class TestWhatChangesDuringTheDay:
    def test_the_peak_is_kept(self, staff: Desk):
        assign(staff, "spin", "KAAN", "MOBE")
        release(staff, "spin", "KAAN")
        assert samples(staff) == {"spin": (2, 5)}

    def test_what_was_held_in_the_morning_was_in_use(self, staff: Desk):
        """Even where the first thing that happens on a day is that it is taken back."""
        assign(staff, "spin", "KAAN", "MOBE")
        staff.now += timedelta(days=1)
        release(staff, "spin", "KAAN", "MOBE")
        assert samples(staff, TOMORROW) == {"spin": (2, 5)}

    def test_what_a_plan_brings_along_is_in_use_as_well(self, staff: Desk):
        assign(staff, "ten-sales", "KAAN")
        assert samples(staff) == {"ten-sales": (1, 3), "user": (1, 5), "web": (1, 3)}

    def test_an_import_is_seen_with_what_it_takes_back(self, staff: Desk):
        assign(staff, "spin", "KAAN", "MOBE")
        staff.now += timedelta(days=1)
        staff.people(person("KAAN"), person("MOBE", "superoffice.windows"))
        found = samples(staff, TOMORROW)
        assert (found["spin"], found["windows"]) == ((2, 5), (1, 5))

    def test_a_plan_that_takes_effect_is_seen(self, staff: Desk):
        assign(staff, "spin", "KAAN", "MOBE")
        staff.next_set(module("spin", 1))
        staff.plan("spin", "KAAN", "windows")
        staff.now += timedelta(days=1)
        staff.activate()
        found = samples(staff, TOMORROW)
        assert (found["spin"], found["windows"]) == ((2, 1), (1, 5))

    def test_the_day_is_that_of_the_installation(self, staff: Desk):
        """At 23:30 in London it is tomorrow in Oslo."""
        staff.now = staff.now.replace(hour=23, minute=30)
        assign(staff, "spin", "KAAN")
        assert (samples(staff), samples(staff, TOMORROW)) == ({}, {"spin": (1, 5)})


class TestUsers:
    def test_they_are_people_not_places(self, staff: Desk):
        """Each once, through whichever plan; retired people and those without the user licence are none."""
        staff.people(
            person("KAAN", "superoffice.ten-sales*2;superoffice.spin"),
            person("MOBE", "superoffice.ten-service"),
            person("SIRA", "superoffice.spin"),
            person("GONE", "superoffice.ten-sales", retired="yes"),
        )
        assert users(staff) == [(TODAY, 2)]

    def test_whoever_holds_the_user_licence_itself_is_one(self, staff: Desk):
        staff.load(claims(2, modules=modules_with(module("user", 5))))
        assign(staff, "user", "KAAN", weight=3)
        assign(staff, "user", "MOBE")
        assert users(staff) == [(TODAY, 2)]

    def test_the_last_count_of_a_day_stands(self, staff: Desk):
        """Unlike a peak: it is the number of users of the day."""
        assign(staff, "ten-sales", "KAAN", "MOBE")
        release(staff, "ten-sales", "KAAN")
        staff.now += timedelta(days=1)
        release(staff, "ten-sales", "MOBE")
        assert users(staff) == [(TODAY, 1), (TOMORROW, 0)]

    def test_another_licence_makes_no_user(self, staff: Desk):
        assign(staff, "spin", "KAAN")
        assert users(staff) == []
