"""How each plugin behaves: calls, faults, how long they take, and the last traceback."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from statistics import quantiles

SAMPLES = 512
"""How many of the newest calls the percentiles are made of."""
LONGEST_TRACE = 8_000
"""Characters of a traceback that are kept: the last ones, for they name the error."""


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Account:
    """What was noted of one plugin.

    Args:
        calls: Guarded calls.
        faults: How many of them failed.
        samples: The newest calls, oldest first: when each ended, in seconds since 1970, and how long it took.
        last_error_id: Id of the newest fault; "" for none.
        last_trace: Its traceback; "" for none.
        last_fault_at: When it happened, in seconds since 1970; 0 for none.
    """

    calls: int = 0
    faults: int = 0
    samples: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    last_error_id: str = ""
    last_trace: str = ""
    last_fault_at: float = 0

    def note(self, at: float, seconds: float, error_id: str, trace: str) -> None:
        """Count one call."""
        self.calls += 1
        self.samples.append((at, seconds))
        if error_id:
            self.faults += 1
            self.last_error_id, self.last_trace, self.last_fault_at = error_id, trace, at

    def copy(self) -> Account:
        """The same, from now on apart."""
        return together([self])


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the ledger knows of one plugin.

    Args:
        calls: Guarded calls since the ledger was opened.
        faults: How many of them failed.
        p50: Median duration in milliseconds; None before the first call.
        p95: 95th percentile in milliseconds; None before the first call.
        last_error_id: Id of the newest fault; "" for none.
        last_trace: The end of its traceback; "" for none.
        last_fault_at: When it happened, in UTC; None for never.
    """

    calls: int
    faults: int
    p50: float | None
    p95: float | None
    last_error_id: str
    last_trace: str
    last_fault_at: datetime | None


class Ledger:
    """Counts, per plugin, in this process. Safe to use from all threads.

    Args:
        clock: The time now; tests stop it.
    """

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock, self._opened = clock, clock()
        self._accounts: dict[str, Account] = {}
        self._lock = threading.Lock()

    @property
    def since(self) -> datetime:
        """From when on it has counted, in UTC."""
        return self._opened

    def record(self, plugin: str, seconds: float, *, error_id: str = "", trace: str = "") -> None:
        """Note one call of *plugin* that took *seconds*; a fault has an *error_id* and a bounded *trace*."""
        now = self._clock().timestamp()
        with self._lock:
            self._accounts.setdefault(plugin, Account()).note(now, seconds, error_id, trace)

    def behaviour(self, plugin: str) -> Behaviour:
        """The figures of *plugin*."""
        return behaviour_of(self._own(plugin))

    def _own(self, plugin: str) -> Account:
        with self._lock:
            return self._accounts.get(plugin, Account()).copy()


def together(accounts: Iterable[Account]) -> Account:
    """One account as if it had seen all the calls of *accounts*; the newest fault is the last one."""
    result = Account()
    samples: list[tuple[float, float]] = []
    for each in accounts:
        result.calls += each.calls
        result.faults += each.faults
        samples += each.samples
        if each.last_error_id and each.last_fault_at >= result.last_fault_at:
            result.last_error_id, result.last_trace = each.last_error_id, each.last_trace
            result.last_fault_at = each.last_fault_at
    result.samples.extend(sorted(samples, key=itemgetter(0)))
    return result


def behaviour_of(account: Account) -> Behaviour:
    """The figures of *account*."""
    p50, p95 = _percentiles(sorted(seconds for _, seconds in account.samples))
    return Behaviour(
        calls=account.calls,
        faults=account.faults,
        p50=p50,
        p95=p95,
        last_error_id=account.last_error_id,
        last_trace=account.last_trace,
        last_fault_at=datetime.fromtimestamp(account.last_fault_at, UTC) if account.last_error_id else None,
    )


def bounded(trace: str) -> str:
    """The end of *trace*, in letters that a page can carry: a plugin's message may hold half a character."""
    return trace[-LONGEST_TRACE:].encode("utf-8", "replace").decode("utf-8")


def _percentiles(seconds: list[float]) -> tuple[float | None, float | None]:
    if not seconds:
        return None, None
    if len(seconds) == 1:
        return seconds[0] * 1000, seconds[0] * 1000
    cuts = quantiles(seconds, n=20, method="inclusive")
    return cuts[9] * 1000, cuts[18] * 1000
