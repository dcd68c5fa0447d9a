"""How often a token may be used: all workers draw from one allowance, in shares, so that few calls write.

The allowance of a minute stands in the database. A worker takes a part of it at a time and counts that down
in memory: 600 calls a minute cost some twenty small writes. Together they never let more through than is
allowed; what a worker took and did not use by the end of the minute is lost.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from host.domain.audit import shortened
from host.domain.metering import Left, granted_of, share_of, window_of
from host.storage import access_tokens as store
from host.storage.database import Database

MOST_TOKENS = 10_000


@dataclass(slots=True)
class _Held:
    minute: int
    left: int
    beyond: int
    """What is left for others, as it was when this worker took a share last."""


@dataclass(slots=True)
class Meters:
    """What this process holds of the allowances of tokens."""

    _held: dict[str, _Held] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, database: Database, id_: str, limit: int, now: datetime, address: str) -> Left:
        """Count one call of a token.

        Args:
            database: The host's database.
            id_: The token's id.
            limit: Calls in a minute.
            now: When it is.
            address: From where it is used.
        """
        minute, seconds = window_of(now)
        left = self._from_what_is_held(id_, minute)
        if left is None:
            self._draw(database, id_, limit, now, address)
            left = self._from_what_is_held(id_, minute)
        refused = left is None or left < 0
        return Left(limit=limit, remaining=max(left or 0, 0), seconds=seconds, refused=refused)

    def _from_what_is_held(self, id_: str, minute: int) -> int | None:
        """How many are left after this call: below zero for none at all; None to ask the database."""
        with self._lock:
            held = self._held.get(id_)
            if held is None or held.minute != minute or (held.left == 0 and held.beyond > 0):
                return None
            if held.left == 0:
                return -1
            held.left -= 1
            return held.left + held.beyond

    def _draw(self, database: Database, id_: str, limit: int, now: datetime, address: str) -> None:
        """Take a share of this minute."""
        share, (minute, _) = share_of(limit), window_of(now)
        with database.writing() as session:
            taken = store.take(
                session,
                id_,
                minute=minute,
                share=share,
                now=now.replace(second=0, microsecond=0),
                address=shortened(address, 64),
            )
        granted = granted_of(limit, share, taken) if taken is not None else 0
        beyond = max(0, limit - taken) if taken is not None else 0
        with self._lock:
            held = self._held.get(id_)
            if held is None or held.minute != minute:
                if len(self._held) >= MOST_TOKENS:
                    self._held.clear()
                held = self._held[id_] = _Held(minute, 0, 0)
            held.left += granted
            held.beyond = beyond
