"""What is alike is counted, and written down once in a while: no flood fills the disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from host.domain.sieve import Sieve

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class TestASieve:
    def test_the_first_comes_through_and_after_a_minute_one_that_counts_the_rest(self):
        """Each kind by itself."""
        sieve = Sieve()
        assert [sieve.let(("a",), NOON + SECOND * each) for each in (0, 1, 59)] == [1, None, None]
        assert sieve.let(("b",), NOON) == 1
        assert sieve.let(("a",), NOON + SECOND * 60) == 3

    def test_a_clock_that_was_set_back_holds_nothing_back(self):
        """Else it would be silent for as long as that was."""
        sieve = Sieve()
        sieve.let(("a",), NOON)
        assert sieve.let(("a",), NOON - timedelta(days=1)) == 1

    def test_of_many_different_ones_so_many_come_through_and_the_others_are_counted_together(self):
        """Whoever thinks of a new name each time fills nothing."""
        sieve = Sieve(most=3)
        assert [sieve.let((str(each),), NOON) for each in range(5)] == [1, 1, 1, None, None]
        assert sieve.rest(NOON) == 0
        assert sieve.rest(NOON + SECOND * 60) == 2
        assert sieve.rest(NOON + SECOND * 60) == 0

    @given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40)), max_size=60))
    def test_none_is_lost_and_it_keeps_no_more_than_it_must(self, history):
        """Whatever comes in whatever order: each is written, counted with another, or waits to be."""
        sieve, now, told = Sieve(most=4), NOON, 0
        for name, seconds in history:
            now += SECOND * seconds
            told += sieve.let((str(name),), now) or 0
            assert len(sieve._held) <= 5
        now += timedelta(minutes=2)
        told += sieve.rest(now)
        assert told + sum(sieve._held.values()) == len(history)
        assert not sieve._held
