"""How many calls a token may make in a minute, counted by all workers together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

WINDOW = 60
"""Seconds."""
SHARES = 20
"""A worker takes so small a part of what is allowed at a time."""
USUAL_RATE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a token may still do.

    Args:
        limit: Calls in a minute.
        remaining: How many are left of them, as far as this worker knows.
        seconds: Until they are all there again.
        refused: Whether this call is one too many.
    """

    limit: int
    remaining: int
    seconds: int
    refused: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The same for the client."""
        said = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
        }
        return {**said, "Retry-After": str(self.seconds)} if self.refused else said


def window_of(now: datetime) -> tuple[int, int]:
    """The number of the minute, and the seconds until the next begins."""
    seconds = int(now.astimezone(UTC).timestamp())
    return seconds // WINDOW, WINDOW - seconds % WINDOW


def share_of(limit: int) -> int:
    """How many calls a worker takes at a time: so few that what it does not use is no loss."""
    return max(1, limit // SHARES)


def granted_of(limit: int, share: int, taken: int) -> int:
    """How many calls of a share may be made.

    Args:
        limit: Calls in a minute.
        share: Calls asked for.
        taken: Calls that all workers took so far in this minute, the share among them.
    """
    return max(0, min(share, limit - (taken - share)))
