"""The allowance of a minute, shared by workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from host.domain.metering import Left, granted_of, share_of, window_of

LIMITS = st.integers(1, 1_000_000)


@given(limit=LIMITS)
def test_all_shares_together_are_what_is_allowed(limit):
    """Whoever takes them, in whatever order: each takes after the one before."""
    share, taken, granted = share_of(limit), 0, 0
    while taken < limit + share:
        taken += share
        granted += granted_of(limit, share, taken)
    assert granted == limit
    assert granted_of(limit, share, taken + share) == 0


@given(limit=LIMITS)
def test_a_share_is_something_and_never_much(limit):
    """One call at least, and about a twentieth at most."""
    assert 1 <= share_of(limit) <= max(1, limit // 20)


@given(seconds=st.floats(0, 7e9))
def test_a_minute_has_one_number_and_ends_when_it_says(seconds):
    """The next one begins exactly then."""
    now = datetime.fromtimestamp(seconds, UTC)
    number, seconds = window_of(now)
    whole = now.replace(microsecond=0)
    assert 1 <= seconds <= 60
    assert window_of(whole + timedelta(seconds=seconds - 1))[0] == number
    assert window_of(whole + timedelta(seconds=seconds)) == (number + 1, 60)


def test_only_a_refusal_says_when_to_come_again():
    """The others say what is left."""
    left = Left(limit=9, remaining=3, seconds=20)
    assert left.headers == {"RateLimit-Limit": "9", "RateLimit-Remaining": "3", "RateLimit-Reset": "20"}
    refused = Left(limit=9, remaining=0, seconds=20, refused=True)
    assert refused.headers["Retry-After"] == "20"
