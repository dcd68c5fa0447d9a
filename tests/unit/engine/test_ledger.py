"""The ledger: calls, faults and how long they take, per plugin, from all threads."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.engine.ledger import LONGEST_TRACE, SAMPLES, Ledger, bounded

SECONDS = st.floats(min_value=0, max_value=600, allow_nan=False)


def noted(seconds):
    """A ledger that has seen these calls of one plugin."""
    ledger = Ledger()
    for each in seconds:
        ledger.record("acme", each)
    return ledger.behaviour("acme")


def rank(seconds, share):
    """The value at *share* of the sorted data, between its neighbours where it falls between two."""
    data = sorted(seconds)
    place = share * (len(data) - 1)
    low, high = math.floor(place), math.ceil(place)
    return data[low] + (data[high] - data[low]) * (place - low)


class TestFigures:
    def test_a_plugin_that_was_never_called_has_no_figures(self):
        """None, not zero: nobody should think it is fast."""
        behaviour = Ledger().behaviour("acme")
        assert (behaviour.calls, behaviour.faults) == (0, 0)
        assert (behaviour.p50, behaviour.p95) == (None, None)

    @given(st.lists(SECONDS, min_size=1, max_size=60))
    def test_the_percentiles_are_those_of_the_sorted_data(self, seconds):
        """In milliseconds."""
        behaviour = noted(seconds)
        assert behaviour.p50 == pytest.approx(rank(seconds, 0.50) * 1000)
        assert behaviour.p95 == pytest.approx(rank(seconds, 0.95) * 1000)

    @given(st.lists(SECONDS, min_size=1, max_size=60))
    def test_the_percentiles_lie_within_the_data_and_in_order(self, seconds):
        """Whatever the data."""
        behaviour = noted(seconds)
        slack = 1e-6
        assert min(seconds) * 1000 - slack <= behaviour.p50 <= behaviour.p95 + slack
        assert behaviour.p95 <= max(seconds) * 1000 + slack

    def test_old_calls_no_longer_count_in_the_percentiles(self):
        """A plugin that was slow last week is not slow today; the number of calls is of all."""
        behaviour = noted([60.0] * 10 + [0.001] * SAMPLES)
        assert behaviour.p95 == pytest.approx(1.0)
        assert behaviour.calls == SAMPLES + 10


class TestFaults:
    def test_the_newest_fault_is_kept(self):
        """Its id and its traceback."""
        ledger = Ledger()
        ledger.record("acme", 0.1, error_id="E-1", trace="first")
        ledger.record("acme", 0.1, error_id="E-2", trace="second")
        ledger.record("acme", 0.1)
        behaviour = ledger.behaviour("acme")
        assert (behaviour.calls, behaviour.faults) == (3, 2)
        assert (behaviour.last_error_id, behaviour.last_trace) == ("E-2", "second")

    def test_a_fault_has_a_time_and_a_good_call_has_none(self):
        """For whoever asks whether it still happens."""
        now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
        ledger = Ledger(lambda: now)
        ledger.record("acme", 0.1)
        assert ledger.behaviour("acme").last_fault_at is None
        ledger.record("acme", 0.1, error_id="E-1", trace="x")
        assert ledger.behaviour("acme").last_fault_at == ledger.since == now

    def test_of_a_long_traceback_the_end_is_kept(self):
        """It names the error; a plugin cannot fill the memory with its messages."""
        trace = bounded("x" * 1_000_000 + "KeyError: 'paper'")
        assert len(trace) == LONGEST_TRACE
        assert trace.endswith("KeyError: 'paper'")

    def test_plugins_are_counted_apart(self):
        """A neighbour's fault is not mine."""
        ledger = Ledger()
        ledger.record("acme", 0.1, error_id="E-1", trace="x")
        ledger.record("other", 0.1)
        assert ledger.behaviour("other").faults == 0

    def test_nothing_is_lost_between_threads(self):
        """Eight threads, four hundred calls each."""
        ledger = Ledger()

        def work(_: int) -> None:
            for _ in range(400):
                ledger.record("acme", 0.001, error_id="E-1", trace="x")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        behaviour = ledger.behaviour("acme")
        assert (behaviour.calls, behaviour.faults) == (3200, 3200)
