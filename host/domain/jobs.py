"""When a job is due, and for how long whoever runs it may be believed to do so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from host.api.schemas import LONGEST_RUN

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""How long a job waits after one failure; at most, after many."""
SOONEST, LATEST = timedelta(minutes=1), timedelta(days=366)
"""When a job can want to run next, from the end of its run on."""
SPARE = timedelta(minutes=1)
"""So much longer than a job's time a lease lasts: its process has to start, and to be seen to end."""
LONGEST_LEASE = timedelta(seconds=LONGEST_RUN) + SPARE
ASTRAY = timedelta(minutes=5)
"""Clocks of two machines are not further apart: what began later than that from now, no clock tells truly."""

SILENCE = timedelta(minutes=3)
"""A parent of which nothing was heard for so long is gone."""


class Result(StrEnum):
    """How a run ended."""

    NEVER = ""
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """What is known of one job.

    Args:
        begun_at: When it last began; None for never.
        ended_at: When a run last ended; None for never.
        result: How that ended.
        reason: Why it failed; "" if it did not.
        failures: How many runs failed one after the other.
        next_at: When the next is due; None for at once.
        holder: Whose lease it is; None for nobody's.
        held_until: When the lease ends by itself.
    """

    begun_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = Result.NEVER
    reason: str = ""
    failures: int = 0
    next_at: datetime | None = None
    holder: str | None = None
    held_until: datetime | None = None

    def is_running(self, now: datetime) -> bool:
        """Whether somebody runs it. A lease that no clock of now could have given does not count."""
        return self.held_until is not None and now < self.held_until <= now + LONGEST_LEASE + ASTRAY

    def is_due(self, now: datetime, started: datetime | None = None) -> bool:
        """Whether it should run now, if nobody does.

        Args:
            now: The time.
            started: When this start of the host began, if it has not run since as far as is known; else None.
        """
        if self.begun_at is None or self.next_at is None or self.next_at <= now:
            return True
        if started is not None and self.begun_at < started:
            return True
        return self.begun_at > now + ASTRAY  # the clock went back: what was planned by the other one is void

    def has_run_since(self, started: datetime) -> bool:
        """Whether it began after the host did."""
        return self.begun_at is not None and self.begun_at >= started


def next_after(now: datetime, every: int, wanted: datetime | None) -> datetime:
    """When a job runs again that is done: when it wants to, within bounds, or *every* so many seconds."""
    if wanted is None:
        return now + timedelta(seconds=every)
    return min(max(wanted, now + SOONEST), now + LATEST)


def pause_after(failures: int) -> timedelta:
    """How long a job waits that failed so often one after the other: one minute, two, four, up to an hour."""
    return min(FIRST_PAUSE * (1 << min(max(failures - 1, 0), 10)), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A running ``tabhost serve``.

    Args:
        machine: Name of the machine.
        pid: Its process there.
        started_at: When it began.
        since: When the first of those began that were there when it came: parents that run at the same time
            are one start of the installation, which has its jobs done once.
        seen_at: When it was last heard of.
    """

    machine: str
    pid: int
    started_at: datetime
    since: datetime
    seen_at: datetime

    def is_heard(self, now: datetime) -> bool:
        """Whether it was heard of lately."""
        return abs(now - self.seen_at) < SILENCE
