"""When a job is due, and how long it waits after a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from host.domain.jobs import LATEST, LONGEST_LEASE, JobState, next_after, pause_after

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class TestDue:
    def test_a_job_that_never_ran_is(self):
        """Whatever its pace."""
        assert JobState().is_due(NOW)

    def test_a_job_is_when_its_time_has_come_and_not_before(self):
        """To the moment."""
        state = JobState(begun_at=NOW - HOUR, next_at=NOW)
        assert state.is_due(NOW)
        assert not state.is_due(NOW - timedelta(seconds=1))

    def test_a_start_of_the_host_makes_it_due_once(self):
        """What began since then has had its turn, whoever ran it."""
        state = JobState(begun_at=NOW - HOUR, next_at=NOW + DAY)
        assert state.is_due(NOW, started=NOW - MINUTE)
        assert not state.is_due(NOW, started=NOW - 2 * HOUR)
        assert (state.has_run_since(NOW - MINUTE), state.has_run_since(NOW - HOUR)) == (False, True)

    def test_a_clock_that_went_back_does_not_stop_it_for_a_year(self):
        """What was planned by a clock that was wrong is void; a few minutes are nothing."""
        assert JobState(begun_at=NOW + 365 * DAY, next_at=NOW + 366 * DAY).is_due(NOW)
        assert not JobState(begun_at=NOW + 2 * MINUTE, next_at=NOW + DAY).is_due(NOW)


class TestRunning:
    def test_it_runs_while_its_lease_lasts(self):
        """And no longer, though nobody gave it back."""
        state = JobState(holder="a", held_until=NOW + MINUTE)
        assert state.is_running(NOW)
        assert not state.is_running(NOW + MINUTE)
        assert not JobState().is_running(NOW)

    def test_a_lease_of_a_wrong_clock_does_not_hold_for_ever(self):
        """None is longer than an hour and a minute."""
        assert not JobState(holder="a", held_until=NOW + LONGEST_LEASE + DAY).is_running(NOW)


class TestNext:
    def test_it_runs_as_often_as_it_says(self):
        """From its end on."""
        assert next_after(NOW, 900, None) == NOW + timedelta(seconds=900)

    @pytest.mark.parametrize(
        ("wanted", "given"),
        [
            (NOW + 3 * DAY, NOW + 3 * DAY),
            (NOW, NOW + MINUTE),
            (NOW - DAY, NOW + MINUTE),
            (datetime.max.replace(tzinfo=UTC), NOW + LATEST),
        ],
        ids=["in three days", "now", "yesterday", "never"],
    )
    def test_what_it_wants_counts_within_bounds(self, wanted, given):
        """It can neither keep the machine busy nor be forgotten."""
        assert next_after(NOW, 900, wanted) == given

    def test_the_pause_after_failures_grows_to_an_hour(self):
        """One minute first; and a thousand failures are no larger number than the clock can take."""
        assert [pause_after(each) // MINUTE for each in (1, 2, 3, 4, 5, 6, 7, 1000)] == [
            1, 2, 4, 8, 16, 32, 60, 60,
        ]  # fmt: skip
