"""Which of many things that are alike are written down: so that a flood of them fills no disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

EVERY = timedelta(minutes=1)
MOST = 60
Key = tuple[str, ...]


@dataclass(slots=True)
class Sieve:
    """Says which of many alike are written: the first, and after a while one that counts those between.

    Args:
        every: How long those that are alike are only counted.
        most: How many different ones are let through in that time; the others are counted together.
    """

    every: timedelta = EVERY
    most: int = MOST
    _since: dict[Key, datetime] = field(default_factory=dict)
    _held: dict[Key, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def let(self, key: Key, now: datetime) -> int | None:
        """How many to write down: this one and those that were held back; None to hold it back."""
        with self._lock:
            self._forget(now, key)
            if key in self._since or len(self._since) >= self.most:
                held = key if key in self._since else ()
                self._held[held] = self._held.get(held, 0) + 1
                return None
            self._since[key] = now
            return 1 + self._held.pop(key, 0)

    def rest(self, now: datetime) -> int:
        """How many were beyond the most, once that is over."""
        with self._lock:
            self._forget(now, ())
            return self._held.pop((), 0) if len(self._since) < self.most else 0

    def _forget(self, now: datetime, asked: Key) -> None:
        """What is long ago holds nothing back any more, nor does a clock that was set back."""
        for key, since in list(self._since.items()):
            if not since <= now < since + self.every:
                del self._since[key]
                if key != asked and key in self._held:  # it may never come again
                    self._held[()] = self._held.get((), 0) + self._held.pop(key)
