"""The parent: one small single-threaded process that owns the sockets and forks everything else.

It imports the shared names before it forks, and no plugin; it opens no database. Web workers, the process
of jobs and runners are its children, so that whoever dies is noticed, reaped with all it started, and
replaced.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import shutil
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from .children import bury, fork, kill, orphans
from .crew import JOBS, Crew
from .limits import Limits, adopt_orphans
from .places import bound, control_socket, listen, open_folder, state_file
from .seats import RunRunner, Seats

__all__ = ["Parent", "RunRunner", "RunWorker", "listen", "open_folder"]

logger = logging.getLogger(__name__)

GRACE = 10.0
WORKERS_SHARE = 0.7
"""Web workers end first, for the pages they still serve may need a runner; so much of the grace is theirs,
and of the process of jobs."""
LOOK = 5.0
"""Seconds after which the parent looks around, and writes down what it sees, although nothing happened."""
MESSAGES = 64
"""So many reports of hung runners are read at a time; a plugin may send them without end."""
CREDENTIALS = struct.Struct("3i")
"""Who sent a report, as the kernel says: process, user, group."""
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

RunWorker = Callable[[int], None]
"""Serves pages: (number of the worker)."""


@dataclass(slots=True)
class Parent:
    """Starts, watches and ends the children.

    Args:
        workers: How many web workers.
        run_worker: What a web worker does; its process ends when it returns.
        seats: The bounds of each third-party plugin's runner, by plugin id.
        run_runner: What a runner does; its process ends when it returns.
        folder: The private folder of this start, of `open_folder`; removed at the end.
        run_jobs: What the process of jobs does; None where there are no jobs.
        grace: Seconds that children have to end by themselves.
    """

    workers: int
    run_worker: RunWorker
    seats: Mapping[str, Limits]
    run_runner: RunRunner
    folder: Path
    run_jobs: Callable[[], None] | None = None
    grace: float = GRACE
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _ending: int = 0
    _written: dict[str, Any] = field(default_factory=dict)
    _write_again: float = 0.0
    _crew: Crew = field(init=False)
    _seats: Seats = field(init=False)
    _control: socket.socket = field(init=False)
    _wake: tuple[socket.socket, socket.socket] = field(init=False)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then end every child. A second signal ends them at once."""
        self._open()
        try:
            self._seats.watch()
            while not self._ending:
                self._crew.keep()
                self._turn()
        finally:
            self._end_all()
            self._close()

    def _open(self) -> None:
        adopt_orphans()
        self._control = bound(control_socket(self.folder), socket.SOCK_DGRAM)
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._selector.register(self._control, selectors.EVENT_READ, self._hear)
        self._seats = Seats(self.folder, self.seats, self.run_runner, self._fork, self._selector)
        works = {str(each): partial(self.run_worker, each) for each in range(self.workers)}
        if self.run_jobs:
            works[JOBS] = partial(self.run_jobs)
        self._crew = Crew(works, self._fork_worker)
        self._wake = socket.socketpair()
        for end in self._wake:
            end.setblocking(False)
        self._selector.register(self._wake[0], selectors.EVENT_READ, self._drain_wake)
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        for number in ENDING:
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, _ignore)

    def _turn(self, until: float | None = None) -> None:
        """Wait for something to happen, and see to it."""
        self._write_down()
        for key, _ in self._selector.select(self._pause(until)):
            key.data()
        self._reap(wanted=bool(self._ending))
        self._seats.end_late_ones()

    def _pause(self, until: float | None) -> float:
        """How long nothing has to be looked at."""
        times = [self._write_again, *self._seats.times()]
        times += self._crew.times() if until is None else [until]
        return max(0.0, min(times) - time.monotonic())

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._ending += 1

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake[0].recv(4096)

    def _hear(self) -> None:
        for plugin in self._messages():
            self._seats.end_hung(plugin)

    def _messages(self) -> Iterator[str]:
        """What web workers say, or whoever started this process. A plugin would have its neighbours ended."""
        believed = {*self._crew.living, os.getppid()}
        with contextlib.suppress(OSError):
            for _ in range(MESSAGES):
                said, told, *_ = self._control.recvmsg(256, socket.CMSG_SPACE(CREDENTIALS.size))
                if {CREDENTIALS.unpack(data)[0] for _, _, data in told} & believed:
                    yield said.decode("utf-8", "replace")

    def _reap(self, *, wanted: bool) -> None:
        """Bury whoever died, with everything it had started and left behind."""
        while ended := bury():
            self._crew.note_end(ended, wanted=wanted)
            self._seats.note_end(ended)
        for pid in orphans(self._living()):  # a plugin may start something in a group of its own
            kill(pid)

    def _end_all(self) -> None:
        """SIGTERM to workers and jobs, the leash for runners, then no more asking."""
        self._ending = max(1, self._ending)
        begun = self._ending
        end = time.monotonic() + self.grace
        self._crew.dismiss()
        self._wait(lambda: self._crew.living, end - self.grace * (1 - WORKERS_SHARE), begun)
        self._seats.let_go()
        self._wait(self._living, end, begun)
        for pid in self._living():
            logger.warning("process %s did not end within %g s and is ended", pid, self.grace)
            kill(pid)
        while self._living() or orphans([]):
            self._reap(wanted=True)
            time.sleep(0.005)

    def _wait(self, living: Callable[[], list[int]], until: float, begun: int) -> None:
        while living() and time.monotonic() < until and self._ending == begun:
            self._turn(until)

    def _living(self) -> list[int]:
        return self._crew.living + self._seats.living

    def _close(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (*ENDING, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        self._leave()
        self._seats.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _leave(self) -> None:
        """Close what is the parent's alone."""
        self._selector.close()
        self._control.close()
        for end in self._wake:
            end.close()

    def _fork(self, work: Callable[[], None]) -> int:
        def child() -> None:
            self._leave()
            work()

        return fork(child)

    def _fork_worker(self, work: Callable[[], None]) -> int:
        def child() -> None:
            self._seats.close()
            work()

        return self._fork(child)

    def _write_down(self) -> None:
        """Tell others which processes there are: when that changes, and regularly, for anybody may write."""
        state = {
            "parent": os.getpid(),
            "workers": self._crew.described(),
            "runners": self._seats.described(),
        }
        if state == self._written and time.monotonic() < self._write_again:
            return
        self._written, self._write_again = state, time.monotonic() + LOOK
        path = state_file(self.folder)
        fresh = path.with_suffix(".new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(state, file)
            fresh.replace(path)
        except OSError as error:
            logger.warning("cannot write down which processes there are: %s", error)


def _ignore(number: int, frame: FrameType | None) -> None:
    """A child ended: the signal alone wakes the loop."""
