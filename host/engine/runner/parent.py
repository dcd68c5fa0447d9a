"""The parent: one small single-threaded process that owns the sockets and forks everything else.

It imports the shared names before it forks, and no plugin; it opens no database. Web workers and runners
are its children, so that whoever dies is noticed, reaped with all it started, and replaced.

What a runner writes is hostile input: descriptors are non-blocking, sizes are bounded, nothing is parsed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .limits import Limits, die_with_parent

logger = logging.getLogger(__name__)

READY = b"R"
GRACE = 10.0
"""Seconds that children have to end by themselves."""
YOUNGEST_TO_KILL = 1.5
"""A first page may be late because the runner has only just started: it gets this many seconds."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 10.0
"""A worker that lived this many seconds is restarted without a pause."""


@dataclass(slots=True)
class Seat:
    """The place of one plugin's runner; the runner itself comes and goes.

    Args:
        plugin: Plugin id.
        listener: Its listening socket; a visit to a stopped runner waits in its backlog.
        limits: Bounds of the runner.
    """

    plugin: str
    listener: socket.socket
    limits: Limits
    pid: int = 0
    ready: bool = False
    started: float = 0.0
    status: int = -1
    leash: int = -1
    failures: int = 0
    wait_until: float = 0.0


@dataclass(slots=True)
class Worker:
    """The place of one web worker."""

    number: int
    pid: int = 0
    started: float = 0.0
    failures: int = 0
    wait_until: float = 0.0


RunWorker = Callable[[int], None]
RunRunner = Callable[[str, socket.socket, int, int], None]
"""Serves a plugin on a listening socket: (plugin, listener, status to write READY to, leash to watch)."""


@dataclass(slots=True)
class Parent:
    """Starts, watches and ends the children.

    Args:
        workers: How many web workers.
        run_worker: What a web worker does; its process ends when it returns.
        seats: One for each third-party plugin.
        run_runner: What a runner does; its process ends when it returns.
        control: Datagram socket on which workers report runners that hang.
    """

    workers: int
    run_worker: RunWorker
    seats: dict[str, Seat]
    run_runner: RunRunner
    control: socket.socket
    _crew: list[Worker] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _ending: bool = False
    _wake: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then end every child."""
        self._listen_to_signals()
        self.control.setblocking(False)
        self._selector.register(self.control, selectors.EVENT_READ, self._hear)
        for seat in self.seats.values():
            self._watch(seat)
        self._crew = [Worker(number) for number in range(self.workers)]
        while not self._ending:
            self._keep_crew()
            for key, _ in self._selector.select(self._pause()):
                key.data()
            self._reap()
            self._check_starts()
        self._end_all()

    def _listen_to_signals(self) -> None:
        for end in self._wake:
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._wake[0], selectors.EVENT_READ, self._drain_wake)

    def _end(self, *_: Any) -> None:
        self._ending = True

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake[0].recv(4096)

    def _pause(self) -> float:
        """How long nothing has to be looked at."""
        now = time.monotonic()
        times = [each.wait_until for each in self._crew if not each.pid]
        times += [each.started + each.limits.start for each in self.seats.values() if each.pid and not each.ready]
        times += [each.wait_until for each in self.seats.values() if not each.pid and each.wait_until > now]
        return max(0.0, min([5.0, *(each - now for each in times)]))

    # Web workers

    def _keep_crew(self) -> None:
        now = time.monotonic()
        for worker in self._crew:
            if not worker.pid and worker.wait_until <= now:
                worker.started = now
                worker.pid = self._fork(lambda: self.run_worker(worker.number))  # noqa: B023 - called at once

    # Runners

    def _watch(self, seat: Seat) -> None:
        """Start the runner when somebody knocks."""
        self._selector.register(seat.listener, selectors.EVENT_READ, lambda: self._knock(seat))

    def _knock(self, seat: Seat) -> None:
        if time.monotonic() < seat.wait_until:
            self._turn_away(seat)
            return
        self._selector.unregister(seat.listener)
        status_read, status_write = os.pipe()
        leash_read, leash_write = os.pipe()
        os.set_blocking(status_read, False)
        seat.ready, seat.started = False, time.monotonic()
        seat.status, seat.leash = status_read, leash_write
        seat.pid = self._fork(
            lambda: self.run_runner(seat.plugin, seat.listener, status_write, leash_read),
            drop=(status_read, leash_write),
        )
        os.close(status_write)
        os.close(leash_read)
        self._selector.register(status_read, selectors.EVENT_READ, lambda: self._hear_status(seat))

    def _turn_away(self, seat: Seat) -> None:
        """Nobody waits for a runner that does not start: what stands in the backlog is closed."""
        with contextlib.suppress(BlockingIOError, OSError):
            while True:
                seat.listener.accept()[0].close()

    def _hear_status(self, seat: Seat) -> None:
        try:
            said = os.read(seat.status, 64)
        except BlockingIOError:
            return
        self._forget_status(seat)
        if said.startswith(READY):
            seat.ready, seat.failures = True, 0

    def _forget_status(self, seat: Seat) -> None:
        if seat.status >= 0:
            self._selector.unregister(seat.status)
            os.close(seat.status)
            seat.status = -1

    def _check_starts(self) -> None:
        now = time.monotonic()
        for seat in self.seats.values():
            if seat.pid and not seat.ready and now > seat.started + seat.limits.start:
                logger.warning("the runner of %s did not get ready in %s s", seat.plugin, seat.limits.start)
                _kill(seat.pid)

    def _hear(self) -> None:
        """A worker says that a runner let a deadline pass: it may hang, so it is ended and started afresh."""
        for message in self._messages():
            seat = self.seats.get(message)
            if seat and seat.pid and time.monotonic() > seat.started + YOUNGEST_TO_KILL:
                logger.warning("the runner of %s let a deadline pass and is ended", seat.plugin)
                _kill(seat.pid)

    def _messages(self) -> Iterator[str]:
        with contextlib.suppress(BlockingIOError, ValueError):
            while True:
                said = json.loads(self.control.recv(256))
                if isinstance(said, str):
                    yield said

    # The end of a child

    def _reap(self) -> None:
        """Bury whoever died, with everything it had started and left behind."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            _kill(found.si_pid)  # its process group: a forked child of a plugin keeps pipes open
            os.waitpid(found.si_pid, 0)
            self._note_end(found.si_pid, clean=found.si_code == os.CLD_EXITED and found.si_status == 0)

    def _note_end(self, pid: int, *, clean: bool) -> None:
        now = time.monotonic()
        for worker in self._crew:
            if worker.pid == pid:
                worker.failures = 0 if now - worker.started > STEADY else worker.failures + 1
                worker.pid, worker.wait_until = 0, now + _pause_after(worker.failures)
                if not self._ending:
                    logger.warning("web worker %s ended and is started again", worker.number)
        for seat in self.seats.values():
            if seat.pid == pid:
                self._note_runner_end(seat, now, clean=clean)

    def _note_runner_end(self, seat: Seat, now: float, *, clean: bool) -> None:
        if seat.status >= 0:
            self._hear_status(seat)
        self._forget_status(seat)
        os.close(seat.leash)
        seat.pid, seat.leash = 0, -1
        if not seat.ready:
            seat.failures += 1
            seat.wait_until = now + _pause_after(seat.failures)
            self._turn_away(seat)
        if not clean:
            logger.warning("the runner of %s ended%s", seat.plugin, "" if seat.ready else " before it was ready")
        if not self._ending:
            self._watch(seat)

    def _end_all(self) -> None:
        """SIGTERM to workers, the leash for runners (a plugin may ignore signals), then no more asking."""
        for worker in self._crew:
            if worker.pid:
                os.kill(worker.pid, signal.SIGTERM)
        for seat in self.seats.values():
            if seat.leash >= 0:
                os.close(seat.leash)
                seat.leash = os.open(os.devnull, os.O_RDONLY)
        end = time.monotonic() + GRACE
        while self._living() and time.monotonic() < end:
            self._selector.select(min(0.2, max(0.0, end - time.monotonic())))
            self._drain_wake()
            self._reap()
        for pid in self._living():
            _kill(pid)
        while self._living():
            self._reap()
            time.sleep(0.01)

    def _living(self) -> list[int]:
        return [each.pid for each in (*self._crew, *self.seats.values()) if each.pid]

    def _fork(self, work: Callable[[], None], drop: tuple[int, ...] = ()) -> int:
        pid = os.fork()
        if pid:
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)  # here too: the child may not have come to it yet
            return pid
        code = 1
        try:
            os.setpgid(0, 0)
            die_with_parent()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            self._selector.close()
            for descriptor in drop:
                os.close(descriptor)
            work()
            code = 0
        except BaseException:
            logger.exception("a child of the parent failed")
        finally:
            os._exit(code)


def _pause_after(failures: int) -> float:
    return 0.0 if not failures else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
