"""The process of jobs: sleeps until one is due, and has it done in a child.

It imports no plugin, so none can harm it, and keeps no connection. What it knows of jobs is in the database.
"""

from __future__ import annotations

import logging
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from host.engine.guard import new_error_id
from host.engine.ledger import Ledger
from host.engine.runner.children import Ended, bury, kill
from host.engine.shared_ledger import SharedLedger
from host.runner import utc_now
from host.services.house import Clock
from host.services.jobs import look
from host.services.leases import Lease, Planned, give_back, note_failed, take
from host.services.parents import Start, announce, leave
from host.storage.database import Database

from .errands import Errand, begin

AT_ONCE = 4
"""So many jobs run at a time, for one that hangs must not hold up the others."""
LONGEST_SLEEP, SHORTEST_SLEEP = 60.0, 0.05
"""Seconds between two looks; what others did in the meantime, such as another parent, is seen by then."""
FIRST_REST = 3.0
"""Seconds after a start in which no job begins: who starts the host wants to see a page first."""
BUSY_MS = 2_000
"""How long it waits for its turn to write: when it is told to end it must not keep anybody waiting."""

Work = Callable[[Lease, Ledger], None]
"""What the child of a job does: (the right to it, where calls are noted)."""
logger = logging.getLogger(__name__)


class Clerk:
    """Has jobs done, until SIGTERM.

    Args:
        url: Address of the host's database.
        jobs: All there are.
        start: This start of the host.
        work: What a child does.
        folder: The private folder of this start, where ledgers stand.
        first: The first number of a ledger that no web worker has.
        clock: The time now.
        rest: Seconds after the start in which no job begins.
    """

    def __init__(
        self,
        url: str,
        jobs: Sequence[Planned],
        *,
        start: Start,
        work: Work,
        folder: Path,
        first: int,
        clock: Clock = utc_now,
        rest: float = FIRST_REST,
    ) -> None:
        self._rest = rest
        self._database = Database(url, pool=1, busy_timeout=BUSY_MS)
        self._jobs, self._start, self._clock = jobs, start, clock
        self._fresh = frozenset(each.key for each in jobs)
        self._work, self._folder = work, folder
        self._under_way: dict[int, Errand] = {}
        self._numbers = range(first, first + AT_ONCE)
        self._ending = False
        self._wake = socket.socketpair()

    def run(self) -> None:
        """Work until SIGTERM; then runs under way are broken off, and due again."""
        for end in self._wake:
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, _ignore)
        try:
            self._sleep(self._rest)
            while not self._ending:
                self._see_to_children()
                self._sleep(self._hand_out())
        finally:
            self._break_off()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._ending = True

    def _sleep(self, seconds: float) -> None:
        """Until something happens: a child ended, or this process is to."""
        now = time.monotonic()
        seconds = min([seconds, *(each.until - now for each in self._under_way.values())])
        if not self._ending:
            select.select([self._wake[0]], [], [], max(seconds, SHORTEST_SLEEP))
        with suppress(BlockingIOError):
            self._wake[0].recv(4096)

    def _hand_out(self) -> float:
        """Begin what is due, and say how long there is nothing to do."""
        now = self._clock()
        leases: list[Lease] = []
        try:
            started = announce(self._database, self._start, now=now)
            seen = look(self._database, self._jobs, now=now, started=started, fresh=self._fresh)
            self._fresh = seen.fresh
            for each in seen.due:
                if len(self._under_way) + len(leases) >= AT_ONCE:
                    break
                leases += self._taken(each, now, started)
        except Exception as error:  # it may be restarting
            logger.warning("The database cannot be asked for jobs: %s", error)
            return LONGEST_SLEEP
        finally:
            self._database.close()  # no connection may be shared with a child; none is kept while it sleeps
            for lease in leases:
                self._begin(lease)
        until = LONGEST_SLEEP if seen.next_at is None else (seen.next_at - now).total_seconds()
        return min(LONGEST_SLEEP, until)

    def _taken(self, planned: Planned, now: datetime, started: datetime) -> list[Lease]:
        """The lease of a job, unless another parent was quicker."""
        fresh = planned.key in self._fresh
        lease = take(self._database, planned, now=now, started=started if fresh else None)
        self._fresh -= {planned.key}
        return [lease] if lease else []

    def _begin(self, lease: Lease) -> None:
        number = next(each for each in self._numbers if each not in self._under_way)

        def child() -> None:
            for end in self._wake:
                end.close()
            ledger = SharedLedger(self._folder, number)
            self._work(lease, ledger)
            ledger.flush()

        try:
            self._under_way[number] = begin(lease, child)
        except OSError as error:
            self._blame(lease, number, f"Its process could not be started: {error.strerror}.", 0.0)

    def _see_to_children(self) -> None:
        for errand in self._under_way.values():
            if errand.late:
                kill(errand.pid)
        while ended := bury():
            self._note_end(ended)

    def _note_end(self, ended: Ended) -> None:
        for number, errand in list(self._under_way.items()):
            if errand.pid == ended.pid:
                del self._under_way[number]
                if not ended.clean:  # else it has said itself how it went
                    seconds = time.monotonic() - errand.begun
                    self._blame(errand.lease, number, errand.reason(ended), seconds)

    def _blame(self, lease: Lease, number: int, reason: str, seconds: float) -> None:
        """Write down that a run came to nothing, unless it had just said itself how it went."""
        plugin, job = lease.planned.key
        try:
            noted = note_failed(self._database, lease, now=self._clock(), reason=reason)
        except Exception as error:  # the lease runs out by itself
            logger.warning("It cannot be written down how the job %s %s went: %s", plugin, job, error)
            noted = True
        finally:
            self._database.close()  # the next child must not share it
        if noted:
            error_id, trace = new_error_id(), f"The job {job}: {reason}"
            logger.error("%s: the job %s %s failed. %s", error_id, plugin, job, reason)
            ledger = SharedLedger(self._folder, number)
            ledger.record(plugin, seconds, error_id=error_id, trace=trace)
            ledger.flush()

    def _break_off(self) -> None:
        """End what is under way: nothing of it is kept, and it is due again."""
        for errand in self._under_way.values():
            kill(errand.pid)
        for errand in self._under_way.values():
            errand.end()
            with suppress(Exception):  # else the lease runs out by itself
                give_back(self._database, errand.lease)
        with suppress(Exception):
            leave(self._database, self._start)
        self._database.close()


def _ignore(number: int, frame: FrameType | None) -> None:
    """A child ended: the signal alone wakes the loop."""
