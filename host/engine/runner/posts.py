"""Posts that children hold, one after the other, and how long a post stays empty after a fault."""

from __future__ import annotations

import time
from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 10.0
"""Whoever lived this many seconds may fall without being thought of as one who always falls."""


@dataclass(slots=True)
class Post:
    """A post, held by one child at a time.

    Args:
        pid: Who holds it; 0 for nobody.
        since: From when on, in seconds since 1970.
        started: The same on the clock that never jumps.
        failures: How many holders fell one after the other.
        wait_until: When the next may come, on the clock that never jumps.
    """

    pid: int = 0
    since: float = 0.0
    started: float = 0.0
    failures: int = 0
    wait_until: float = 0.0

    def take(self, pid: int) -> None:
        """Somebody holds it from now on."""
        self.pid, self.since, self.started = pid, time.time(), time.monotonic()

    def fall(self, *, mild: bool = False) -> None:
        """The holder, if there was one, fell: the next waits, longer each time; after a *mild* fall, less."""
        now = time.monotonic()
        if now - self.started > STEADY:
            self.failures, mild = 0, True
        self.failures += 1
        self.pid, self.wait_until = 0, now + _pause(self.failures - mild)

    def leave(self) -> None:
        """The holder went as it should; the next may come at once."""
        self.pid, self.failures, self.wait_until = 0, 0, 0.0

    def described(self) -> dict[str, float]:
        """What others may know of it."""
        return {"pid": self.pid, "since": self.since, "failures": self.failures}


def _pause(falls: int) -> float:
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(falls - 1, 10)) if falls else 0.0
