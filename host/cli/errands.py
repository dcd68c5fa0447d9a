"""One run of a job in a process of its own, which ends with it, or at the end of its time."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from host.engine.runner.children import Ended, bury, fork, kill
from host.services.house import House
from host.services.leases import Lease
from host.web.jobs import run_job

LOADING = 40.0
"""Seconds that a process has beside the job's own: to load plugins, and to write down how it went.

Less than the minute by which a lease is longer: nobody takes over what still runs.
"""


@dataclass(frozen=True, slots=True)
class Errand:
    """A run that is under way.

    Args:
        lease: The right to it.
        pid: Its process.
        begun: When it began, on the clock that never jumps.
    """

    lease: Lease
    pid: int
    begun: float

    @property
    def until(self) -> float:
        """When its process is ended, in whatever state it is."""
        return self.begun + LOADING + self.lease.planned.job.timeout

    @property
    def late(self) -> bool:
        """Whether that has come."""
        return time.monotonic() >= self.until

    def end(self) -> None:
        """End its process, with all it has started, and wait for that."""
        kill(self.pid)
        while not bury(self.pid):
            time.sleep(0.005)

    def reason(self, ended: Ended) -> str:
        """Why nothing came of it, seen from outside."""
        return self.overdue if ended.code == -signal.SIGALRM or self.late else f"Its process {ended.how}."

    @property
    def overdue(self) -> str:
        """The reason of a run that has had its time."""
        return f"It was not over within {self.lease.planned.job.timeout} s, and was ended."


def begin(lease: Lease, work: Callable[[], None]) -> Errand:
    """Have *work* done in a child; it holds no connection of this process when it begins.

    Raises:
        OSError: There is no room for another process.
    """
    _flush()  # what waits here would be written twice
    return Errand(lease, fork(work), time.monotonic())


def run_in_time(house: House, lease: Lease) -> None:
    """Do a job in this process; the kernel ends it when the job is not over in its time."""
    signal.setitimer(signal.ITIMER_REAL, lease.planned.job.timeout)
    run_job(house, lease)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _flush()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # nobody may be reading any more
            stream.flush()
