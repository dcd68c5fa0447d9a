"""How much a plugin may have the host write: enough for what it does, too little to fill the disk."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable

ROWS, BYTES = 3_000, 5_000_000
"""In one minute, by one plugin, through one worker."""
MINUTE = 60.0


class OverspentError(RuntimeError):
    """The plugin has had its share of this minute; what it wants written waits in its outbox."""


class Budget:
    """Counts rows and bytes by plugin and minute. Safe to use from all threads.

    Args:
        clock: Seconds since whenever; tests stop it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._spent: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._clock, self._since = clock, clock()
        self._lock = threading.Lock()

    def spend(self, plugin: str, rows: int, size: int) -> None:
        """Take *rows* of *size* bytes in all out of the share of *plugin*.

        Raises:
            OverspentError: It has not that much left in this minute.
        """
        with self._lock:
            if self._clock() - self._since > MINUTE:
                self._spent.clear()
                self._since = self._clock()
            spent = self._spent[plugin]
            if spent[0] + rows > ROWS or spent[1] + size > BYTES:
                raise OverspentError(f"{plugin} has had {spent[0]} audit entries written in this minute")
            spent[0] += rows
            spent[1] += size
