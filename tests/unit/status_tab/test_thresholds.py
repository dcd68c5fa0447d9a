"""Users of a month: the average of the daily counts, rounded up (formats.md 6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.testing.kit import installed
from status_tab.services.thresholds import month_users, samples_since, users_by_month

NOVEMBER, TODAY = date(2026, 11, 1), date(2026, 11, 24)


def day(number: int, month: int = 11) -> date:
    """A day of 2026."""
    return date(2026, month, number)


@pytest.mark.parametrize(
    ("samples", "average", "users"),
    [
        ([(day(1), 40)], Decimal(40), 40),
        ([(day(20), 40)], Decimal(40), 40),
        ([(day(1), 40), (day(13), 42)], Decimal(41), 41),
        ([(day(1), 100), (day(24), 101)], Decimal(2401) / 24, 101),
        ([(day(3, 10), 10), (day(13), 20)], Decimal(15), 15),
        ([(day(3, 10), 10)], Decimal(10), 10),
        ([(day(30), 7)], Decimal(7), 7),
    ],
)
def test_days_before_the_first_sample_count_as_it_and_missing_ones_as_the_day_before(samples, average, users):
    """Also over the turn of a month; 100.04 users are 101."""
    found = month_users(day(9), today=TODAY, samples=samples)
    assert (found.month, found.average, found.users, found.users_known) == (NOVEMBER, average, users, True)
    assert len(found.days) == 24


def test_without_any_sample_nobody_knows(work):
    """Then the smallest tier holds, and the page says so."""
    found = month_users(NOVEMBER, today=TODAY, samples=[])
    assert (found.average, found.users, found.days, found.users_known) == (None, None, (), False)


def test_a_month_that_is_over_counts_all_its_days_and_one_to_come_what_is_known():
    """October has 31 days."""
    samples = [(day(1, 10), 31), (day(31, 10), 62)]
    assert month_users(day(1, 10), today=TODAY, samples=samples).average == 32
    assert month_users(date(2027, 1, 1), today=TODAY, samples=samples).users == 62


@given(
    samples=st.dictionaries(st.integers(-40, 40), st.integers(0, 10**6), max_size=20),
    today=st.integers(0, 29),
)
def test_every_day_has_the_last_known_count(samples, today):
    """Against a look at each day; the number is the average rounded up."""
    known = {NOVEMBER + timedelta(days=each): users for each, users in samples.items()}
    found = month_users(NOVEMBER, today=NOVEMBER + timedelta(days=today), samples=sorted(known.items()))
    if not known:
        assert found.users is None
        return
    for each, users in found.days:
        before = [other for other in known if other <= each]
        assert users == known[max(before) if before else min(known)]
    total = sum(users for _, users in found.days)
    assert len(found.days) == today + 1
    assert found.users * (today + 1) >= total > (found.users - 1) * (today + 1)


def test_they_are_asked_for_once_from_a_month_before_on():
    """A month may begin without a sample."""
    asked = []

    def ask(since):
        asked.append(since)
        return [(day(30, 9), 12)]

    found = users_by_month([day(1, 10), NOVEMBER], today=TODAY, ask=ask)
    assert asked == [day(1, 9)]
    assert [each.users for each in found.values()] == [12, 12]


def test_who_knows_of_licences_is_asked_and_need_not_be_there(host_with):
    """A host without that plugin has no users."""
    kit = host_with(*installed("status_tab"))
    with kit.serving("status_tab") as host:
        assert list(samples_since(host.hooks)(NOVEMBER)) == []
