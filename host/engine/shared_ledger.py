"""One ledger of all web workers: each writes down what it saw, and reads what the others did."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .ledger import SAMPLES, Account, Behaviour, Ledger, behaviour_of, bounded, together, utc_now

WRITE_EVERY = 1.0
"""Seconds between two writings of one worker, at least."""
LONGEST_STOP = 5.0
"""Seconds that `SharedLedger.stop` waits for a writing under way."""
UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading a file may raise that somebody else wrote, cut off or damaged."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one worker wrote down.

    Args:
        since: From when on it counts, in UTC.
        accounts: By plugin id.
    """

    since: datetime
    accounts: dict[str, Account]


class SharedLedger(Ledger):
    """A ledger that shows the same figures in every worker, at most about a second old.

    The figures are those since the host started: what a worker saw that is gone still counts, and a worker
    with the number of one that is gone goes on where that one stopped. So *folder* belongs to one start of
    the host, and no two living workers have one number.

    Args:
        folder: A private folder of this start; it is made if it is not there.
        number: Which worker this is.
        clock: The time now; tests stop it.
    """

    def __init__(self, folder: Path, number: int, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(clock)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._path = folder, folder / f"worker-{number}.json"
        self._changed, self._over, self._writing = threading.Event(), threading.Event(), threading.Lock()
        self._complained = False
        self._thread: threading.Thread | None = None
        self._read: dict[Path, tuple[tuple[int, int, int], Leaf | None]] = {}
        before = _leaf(self._path)
        if before is not None:
            self._accounts = before.accounts
            self._opened = min(self._opened, before.since)

    def start(self) -> None:
        """Write from now on whenever something changed. Call it in the worker, after the fork."""
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._keep_writing, name="ledger", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is not written yet, and no more afterwards."""
        if self._thread is not None:
            self._over.set()
            self._changed.set()
            self._thread.join(LONGEST_STOP)
            self._thread = None
        self.flush()

    def flush(self) -> None:
        """Write now, if something changed. A full disk costs the others' view of this worker, no more."""
        with self._writing:
            if not self._changed.is_set():
                return
            self._changed.clear()
            try:
                self._write()
                self._complained = False
            except OSError as error:
                self._changed.set()
                if not self._complained:  # once, not every second
                    logger.warning("The ledger could not be written: %s.", error.strerror or error)
                self._complained = True

    def record(self, plugin: str, seconds: float, *, error_id: str = "", trace: str = "") -> None:
        """Note one call of *plugin* that took *seconds*; a fault has an *error_id* and a *trace*."""
        super().record(plugin, seconds, error_id=error_id, trace=trace)
        if not self._changed.is_set():
            self._changed.set()

    @property
    def since(self) -> datetime:
        """From when on the first of the workers has counted, in UTC."""
        return min([self._opened, *(each.since for each in self._others())])

    def behaviour(self, plugin: str) -> Behaviour:
        """The figures of *plugin* from all workers: this one's from memory, the others' from their files."""
        theirs = [each.accounts[plugin] for each in self._others() if plugin in each.accounts]
        return behaviour_of(together([*theirs, self._own(plugin)]))

    def _keep_writing(self) -> None:
        while not self._over.is_set():
            self._changed.wait()
            self.flush()
            self._over.wait(WRITE_EVERY)

    def _write(self) -> None:
        with self._lock:
            accounts = {plugin: account.copy() for plugin, account in self._accounts.items()}
        content = json.dumps(_packed(self._opened.timestamp(), accounts), separators=(",", ":"))
        part = self._path.with_suffix(".part")
        part.unlink(missing_ok=True)  # of a worker that was killed while it wrote
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
        part.replace(self._path)

    def _others(self) -> list[Leaf]:
        """What the other workers wrote; a file is read again only when it is another one."""
        read: dict[Path, tuple[tuple[int, int, int], Leaf | None]] = {}
        for path in sorted(self._folder.glob("worker-*.json")):
            if path == self._path:
                continue
            try:
                status = path.stat()
            except OSError:
                continue
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            read[path] = known if known is not None and known[0] == mark else (mark, _leaf(path))
        self._read = read
        return [leaf for _, leaf in read.values() if leaf is not None]


def _packed(since: float, accounts: dict[str, Account]) -> dict[str, Any]:
    """Times in whole milliseconds and durations in microseconds: numbers that are written and read fast."""
    return {
        "since": round(since * 1e3),
        "plugins": {
            plugin: {
                "calls": each.calls,
                "faults": each.faults,
                "ended": [round(at * 1e3) for at, _ in each.samples],
                "took": [round(seconds * 1e6) for _, seconds in each.samples],
                "error_id": each.last_error_id,
                "trace": each.last_trace,
                "fault_at": round(each.last_fault_at * 1e3),
            }
            for plugin, each in accounts.items()
        },
    }


def _leaf(path: Path) -> Leaf | None:
    """What stands in a file; None if there is none, or none that can be read."""
    try:
        content = json.loads(path.read_bytes())
        accounts = {str(plugin): _account(each) for plugin, each in content["plugins"].items()}
        return Leaf(datetime.fromtimestamp(int(content["since"]) / 1e3, UTC), accounts)
    except UNREADABLE:
        return None


def _account(packed: dict[str, Any]) -> Account:
    ended = [int(each) / 1e3 for each in packed["ended"]]
    took = [int(each) / 1e6 for each in packed["took"]]
    fault_at = int(packed["fault_at"]) / 1e3
    datetime.fromtimestamp(fault_at, UTC)  # raises where it is no time that can be shown
    return Account(
        calls=int(packed["calls"]),
        faults=int(packed["faults"]),
        samples=deque(zip(ended, took, strict=True), maxlen=SAMPLES),
        last_error_id=str(packed["error_id"]),
        last_trace=bounded(str(packed["trace"])),
        last_fault_at=fault_at,
    )
