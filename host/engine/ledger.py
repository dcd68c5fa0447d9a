"""How each plugin behaves: calls, faults, how long they take, and the last traceback."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from statistics import quantiles

SAMPLES = 512
"""How many of the newest calls the percentiles are made of."""


@dataclass
class _Account:
    calls: int = 0
    faults: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    last_error_id: str = ""
    last_trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the ledger knows of one plugin in this process.

    Args:
        calls: Guarded calls since the process started.
        faults: How many of them failed.
        p50: Median duration in milliseconds; None before the first call.
        p95: 95th percentile in milliseconds; None before the first call.
        last_error_id: Id of the newest fault; "" for none.
        last_trace: Its traceback; "" for none.
    """

    calls: int
    faults: int
    p50: float | None
    p95: float | None
    last_error_id: str
    last_trace: str


class Ledger:
    """Counts, per plugin, in this process. Safe to use from all threads."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._lock = threading.Lock()

    def record(self, plugin: str, seconds: float, *, error_id: str = "", trace: str = "") -> None:
        """Note one call of *plugin* that took *seconds*; a fault has an *error_id* and a *trace*."""
        with self._lock:
            account = self._accounts.setdefault(plugin, _Account())
            account.calls += 1
            account.seconds.append(seconds)
            if error_id:
                account.faults += 1
                account.last_error_id, account.last_trace = error_id, trace

    def behaviour(self, plugin: str) -> Behaviour:
        """The figures of *plugin*."""
        with self._lock:
            account = self._accounts.get(plugin, _Account())
            seconds = sorted(account.seconds)
            p50, p95 = _percentiles(seconds)
            return Behaviour(
                calls=account.calls,
                faults=account.faults,
                p50=p50,
                p95=p95,
                last_error_id=account.last_error_id,
                last_trace=account.last_trace,
            )


def _percentiles(seconds: list[float]) -> tuple[float | None, float | None]:
    if not seconds:
        return None, None
    if len(seconds) == 1:
        return seconds[0] * 1000, seconds[0] * 1000
    cuts = quantiles(seconds, n=20, method="inclusive")
    return cuts[9] * 1000, cuts[18] * 1000
