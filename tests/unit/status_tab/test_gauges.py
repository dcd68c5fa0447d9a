"""The average over time of the last known value, also where readings arrive in any order (formats.md 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.status_tab.metering import GB, NOW, OSLO, average, event, month, raw, send, value_at

from status_tab.domain.gauges import Reading, whole
from status_tab.domain.months import Rule, bounds, days_of, end_of, last_of, start_of
from status_tab.storage.gauges import gauge_days

OCTOBER = date(2026, 10, 1)
EDGES = [0, 1320, 1440, 4380, 4440, 4500, 4560, 5700, 14340, 14339]
"""Minutes after 22 October, UTC, at which days and months of Oslo begin and clocks change."""
DATABASE, DOCUMENTS = "storage.database", "storage.documents"


class TestADay:
    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 10, 26), 24)]
    )
    def test_a_day_is_as_long_as_it_is_when_clocks_change(self, day, hours):
        """A reading at midnight holds for 25 hours in autumn, 23 in spring."""
        assert end_of(day, OSLO) - start_of(day, OSLO) == timedelta(hours=hours)
        found = whole([Reading(start_of(day, OSLO), 1)], end_of(day, OSLO))
        assert found.held == hours * 3600 * 10**6

    def test_of_two_readings_at_one_moment_the_larger_counts(self):
        """In whatever order they come."""
        at = start_of(OCTOBER, OSLO)
        pair = [Reading(at, 5), Reading(at, 7)]
        assert whole(pair, end_of(OCTOBER, OSLO)) == whole(pair[::-1], end_of(OCTOBER, OSLO))


class TestAMonth:
    def test_what_was_measured_last_holds_until_it_is_measured_again(self, work):
        """Half of October at 10 GB, half at 20 GB, to the hour: the 25th has 25 of them."""
        start, end = bounds(OCTOBER, OSLO)
        half = start + (end - start) / 2
        send(work, event("1", service=DATABASE, value=10 * GB, time=start - timedelta(days=3)))
        send(work, event("2", service=DATABASE, value=20 * GB, time=half))
        assert month(work, OCTOBER)["storage"].used == 15 * GB

    def test_before_the_first_value_ever_there_is_no_time_that_counts(self, work):
        """A database that is first seen on the 20th was not empty until then."""
        send(work, event(service=DATABASE, value=7 * GB, time="2026-10-20T10:00:00Z"))
        found = month(work, OCTOBER)["storage"]
        assert (found.used, found.parts) == (7 * GB, ((DATABASE, 7 * GB), (DOCUMENTS, 0)))

    def test_a_month_without_a_reading_is_what_was_there_before(self, work):
        """Nobody measured in October."""
        send(work, event(service=DOCUMENTS, value=3 * GB, time="2026-08-20T10:00:00Z"))
        assert month(work, OCTOBER)["storage"].used == 3 * GB
        assert month(work, date(2026, 7, 1))["storage"].used == 0

    @pytest.mark.parametrize(
        ("rule", "used", "parts"),
        [
            (Rule.PEAK, 14 * GB, (9 * GB, 5 * GB)),
            (Rule.LATEST, 8 * GB, (6 * GB, 2 * GB)),
            (Rule.AVERAGE, None, None),
        ],
    )
    def test_the_figure_can_be_average_peak_or_latest(self, work, rule, used, parts):
        """The peak is the highest day of both together, not that of each."""
        for number, (day, service, value) in enumerate(
            [(1, DATABASE, 9), (1, DOCUMENTS, 5), (10, DOCUMENTS, 2), (20, DATABASE, 12), (21, DATABASE, 6)]
        ):
            send(
                work,
                event(str(number), service=service, value=value * GB, time=f"2026-10-{day:02}T00:00:00Z"),
            )
        found = month(work, OCTOBER, rule=rule)["storage"]
        assert sum(value for _, value in found.parts) == found.used
        if used:
            assert (found.used, tuple(value for _, value in found.parts)) == (used, parts)
        assert found.rule is rule

    def test_this_month_counts_to_the_end_of_today(self, work):
        """10 GB on the first day, 20 GB on the second: so far 15."""
        send(work, event("1", service=DATABASE, value=10 * GB, time=start_of(date(2026, 11, 1), OSLO)))
        send(work, event("2", service=DATABASE, value=20 * GB, time=start_of(date(2026, 11, 2), OSLO)))
        assert month(work, date(2026, 11, 1), today=date(2026, 11, 2))["storage"].used == 15 * GB


def readings() -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """Measure, minutes from 22 October on, value: few minutes, so that many readings share one."""
    minutes = st.integers(0, 12 * 24 * 60) | st.sampled_from(EDGES)
    return st.lists(
        st.tuples(
            st.sampled_from([DATABASE, DOCUMENTS]), minutes, st.integers(0, 9) | st.integers(0, 2**63 - 1)
        ),
        max_size=14,
    )


@settings(max_examples=150, deadline=None)
@given(found=readings(), cuts=st.lists(st.integers(0, 14), max_size=4))
def test_bit_by_bit_is_the_same_as_at_once_and_as_step_by_step(new_work, found, cuts):
    """What is kept of each day, and the month's three figures, from any order and any batches."""
    start = datetime(2026, 10, 22, tzinfo=UTC)
    events = [
        event(str(number), service=service, value=value, time=start + timedelta(minutes=minutes))
        for number, (service, minutes, value) in enumerate(found)
    ]
    with new_work() as work:
        edges = [0, *sorted(cuts), len(events)]
        for begin, until in pairwise(edges):
            send(work, *events[begin:until])
        by_day: dict[tuple[str, date], list[Reading]] = {}
        for service, time, value, _ in raw(work):
            by_day.setdefault((service, time.astimezone(OSLO).date()), []).append(Reading(time, value))
        known = gauge_days([DATABASE, DOCUMENTS], date(2026, 10, 1), date(2026, 11, 30), work.session, OSLO)
        assert known == {key: whole(each, end_of(key[1], OSLO)) for key, each in by_day.items()}
        for first in (OCTOBER, date(2026, 11, 1)):
            check_month(work, first)


def check_month(work, first: date) -> None:
    """The three figures of a month against a walk through all readings."""
    lines: dict[str, list[tuple[datetime, int]]] = {DATABASE: [], DOCUMENTS: []}
    for service, time, value, _ in raw(work):
        lines[service].append((time, value))
    start, end = bounds(first, OSLO)
    today = min(last_of(first), NOW.astimezone(OSLO).date())
    end = min(end, end_of(today, OSLO))
    found = month(work, first)["storage"]
    assert found.parts == tuple((gauge, average(line, start, end)) for gauge, line in lines.items())
    latest = month(work, first, rule=Rule.LATEST)["storage"]
    before_end = end - timedelta(microseconds=1)
    assert latest.parts == tuple((gauge, value_at(line, before_end) or 0) for gauge, line in lines.items())
    peak = month(work, first, rule=Rule.PEAK)["storage"]
    assert peak.used == max(
        sum(_peak(line, start_of(day, OSLO), end_of(day, OSLO)) for line in lines.values())
        for day in days_of(first, today)
    )


def _peak(line: list[tuple[datetime, int]], start: datetime, end: datetime) -> int:
    return max([value_at(line, start) or 0, *(value for time, value in line if start <= time < end)])
