"""Where a month is heading, how far off that can be, and when the threshold is reached."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.status_tab.metering import GB, OSLO, event, send

from host.api import NotFoundError
from status_tab.domain.pace import look_ahead, same_day
from status_tab.services.pace import forecast

NOVEMBER = date(2026, 11, 1)


def steady(total: int, days: int = 30) -> list[int]:
    """A month with as much on each day."""
    return [total * day // days for day in range(1, days + 1)]


def late(total: int, days: int = 30) -> list[int]:
    """A month that has everything in its second half."""
    return [max(0, total * (2 * day - days) // days) for day in range(1, days + 1)]


def ahead(path, past, *, done, threshold=None, stays=False):
    """Look ahead in November."""
    return look_ahead(path, past, first=NOVEMBER, days=30, done=done, steady=stays, threshold=threshold)


class TestLinear:
    def test_with_fewer_than_three_past_months_the_month_goes_on_as_it_is(self):
        """No range: there is nothing that it could be measured by."""
        found = ahead(steady(3000)[:10], [steady(900), steady(900)], done=10, threshold=2000)
        assert (found.expected, found.low, found.high, found.held, found.of) == (3000, None, None, 0, 2)
        assert (found.crossing, found.crossing_low, found.crossing_high) == (date(2026, 11, 20), None, None)
        assert found.end == date(2026, 11, 30)

    def test_on_the_first_day_nothing_can_be_said(self):
        """It has only begun."""
        assert ahead([5], [], done=0) is None
        assert ahead([], [], done=0) is None

    def test_storage_stays_what_it_is(self):
        """Nobody has to send it again."""
        assert ahead([7 * GB] * 5, [], done=5, stays=True).expected == 7 * GB


class TestByPastMonths:
    def test_a_month_is_judged_by_the_share_that_others_had_by_then(self):
        """They had everything in their second half, and so will this one."""
        past = [late(1000), late(2000), late(500)]
        found = ahead(late(4000)[:20], past, done=20)
        assert found.expected == pytest.approx(4000, rel=0.02)
        assert found.low <= found.expected <= found.high
        assert (found.held, found.of) == (3, 3)

    def test_the_range_held_for_at_least_80_percent_of_them(self):
        """One of five was off: the range need not reach it."""
        past = [steady(1000), steady(1100), steady(900), steady(1000), late(5000)]
        found = ahead(steady(1500)[:10], past, done=10)
        assert found.held >= 4
        assert found.of == 5
        assert found.high < 5 * found.expected

    def test_what_others_had_only_later_still_comes(self):
        """Nothing by the 10th was never a sign of nothing at all."""
        found = ahead([0] * 10, [late(1000)] * 3, done=10)
        assert found.expected == 1000

    def test_the_day_of_crossing_has_a_range(self):
        """The upper end reaches the threshold first; where the lower never does, there is no latest day."""
        past = [steady(900), steady(1000), late(1200), steady(1100), late(1000)]
        path = steady(1500)[:15]
        found = ahead(path, past, done=15, threshold=found_threshold(path, past))
        assert found.crossing_low <= found.crossing
        assert found.crossing_high is None or found.crossing <= found.crossing_high

    def test_what_is_reached_already_was_reached_on_a_day_of_this_month(self):
        """That day, whatever comes."""
        found = ahead(steady(1500)[:20], [steady(1500)] * 3, done=20, threshold=500)
        assert found.crossing == found.crossing_low == found.crossing_high == date(2026, 11, 10)

    def test_a_threshold_that_is_out_of_reach_has_no_day(self):
        """Nor has one that no tariff names."""
        for threshold in (10**9, None):
            assert ahead(steady(1500)[:20], [steady(1500)] * 3, done=20, threshold=threshold).crossing is None


def found_threshold(path, past) -> int:
    """A threshold just below what is expected."""
    return ahead(path, past, done=len(path)).expected - 10


@given(done=st.integers(0, 31), days=st.integers(28, 31), length=st.integers(28, 31))
def test_the_same_day_of_another_month_is_as_far_as_this_one(done, days, length):
    """The last day is the last day, before the first is before the first."""
    done = min(done, days)
    found = same_day(done, days, length)
    assert abs(found / length - done / days) <= 0.5 / length + 1e-9
    assert (same_day(0, days, length), same_day(days, days, length)) == (0, length)


USE = st.lists(st.integers(0, 10**6) | st.integers(0, 2**63 - 1), min_size=31, max_size=31)


@given(
    months=st.lists(USE, max_size=12),
    now=USE,
    today=st.integers(1, 30),
    threshold=st.none() | st.integers(0, 2**64),
    stays=st.booleans(),
)
def test_whatever_was_used_the_forecast_keeps_its_promises(months, now, today, threshold, stays):
    """Never below what is used; the range around it and held for 80 %; crossing days in order, if ever."""
    past, path = [list(accumulate(each)) for each in months], list(accumulate(now))[:today]
    found = ahead(path, past, done=today if stays else today - 1, threshold=threshold, stays=stays)
    if found is None:
        return
    assert found.expected >= path[-1]
    assert found.of == sum(1 for each in past if each[-1])
    if found.low is not None:
        assert path[-1] <= found.low <= found.expected <= found.high
        assert found.held * 5 >= found.of * 4
    assert (found.crossing is not None) == (
        threshold is not None and max(found.expected, path[-1]) >= threshold
    )
    if found.crossing:
        assert NOVEMBER <= found.crossing <= found.end
    if found.low is not None and found.crossing:
        assert found.crossing_low <= found.crossing
        assert found.crossing_high is None or found.crossing <= found.crossing_high


class TestInTheHouse:
    def test_it_goes_by_this_installations_own_months(self, work):
        """Three months with 1,000 on the 5th and the 25th each: 1,000 by the 24th will be 2,000."""
        for month in (8, 9, 10):
            for day in (5, 25):
                send(
                    work, event(f"{month}/{day}", value=1000, time=datetime(2026, month, day, 9, tzinfo=UTC))
                )
        send(work, event("now", value=1000, time="2026-11-05T09:00:00Z"))
        found = forecast(
            "mailings", session=work.session, today=date(2026, 11, 24), zone=OSLO, threshold=1500
        )
        assert (found.expected, found.low, found.high, found.held, found.of) == (2000, 2000, 2000, 3, 3)
        assert found.crossing == date(2026, 11, 24)

    def test_storage_is_judged_by_its_average(self, work):
        """It grew only this month."""
        for number, month in enumerate((7, 8, 9, 10)):
            send(
                work,
                event(
                    str(number), service="storage.database", value=GB, time=f"2026-{month:02}-01T00:00:00Z"
                ),
            )
        send(work, event("now", service="storage.documents", value=GB, time="2026-11-12T10:00:00Z"))
        found = forecast("storage", session=work.session, today=date(2026, 11, 24), zone=OSLO)
        assert found.of == 4
        assert found.expected >= 2 * GB

    def test_nothing_counted_has_no_direction(self, work):
        """Nor is there one for what nobody meters."""
        assert forecast("mailings", session=work.session, today=NOVEMBER, zone=OSLO) is None
        with pytest.raises(NotFoundError):
            forecast("fax", session=work.session, today=NOVEMBER, zone=OSLO)
