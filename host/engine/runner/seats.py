"""The seats of runners, as the parent sees them: each has a listening socket; a runner comes and goes.

What a runner writes is hostile input: descriptors do not block, sizes are bounded, nothing is parsed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .children import READY, Ended, kill
from .limits import Limits
from .places import listen, runner_socket
from .posts import Post

logger = logging.getLogger(__name__)

YOUNGEST_TO_KILL = 1.5
"""A first page may be late because the runner has only just started: it gets this many seconds."""

RunRunner = Callable[[str, socket.socket, int, int], None]
"""Serves a plugin on a listening socket: (plugin, listener, status to write READY to, leash to watch)."""


@dataclass(slots=True)
class Seat:
    """The place of one plugin's runner.

    Args:
        plugin: Plugin id.
        listener: Its listening socket; a visit to a stopped runner waits in its backlog.
        limits: Bounds of the runner.
        post: Who sits there.
        ready: When it got ready, on the clock that never jumps; 0 for not yet.
        status: Where it says so; -1 for nowhere.
        leash: What it ends with when this is closed; -1 for none.
        doomed: Whether it was killed, and is only not buried yet.
    """

    plugin: str
    listener: socket.socket
    limits: Limits
    post: Post = field(default_factory=Post)
    ready: float = 0.0
    status: int = -1
    leash: int = -1
    doomed: bool = False

    @property
    def starting(self) -> bool:
        """Whether a runner is there that is not ready."""
        return bool(self.post.pid) and not self.ready and not self.doomed

    @property
    def latest(self) -> float:
        """When it must be ready."""
        return self.post.started + self.limits.start

    def end(self, why: str) -> None:
        """Kill the runner that is there."""
        logger.warning("the runner of %s %s and is ended", self.plugin, why)
        self.doomed = True
        kill(self.post.pid)


class Seats:
    """All of them.

    Args:
        folder: Where the sockets are.
        limits: The bounds of each plugin.
        run_runner: What a runner does.
        fork: Starts a child of the parent.
        selector: What the parent waits with.
    """

    def __init__(
        self,
        folder: Path,
        limits: Mapping[str, Limits],
        run_runner: RunRunner,
        fork: Callable[[Callable[[], None]], int],
        selector: selectors.BaseSelector,
    ) -> None:
        self._run, self._fork, self._selector = run_runner, fork, selector
        self._over = False
        self._seats = {
            plugin: Seat(plugin, listen(runner_socket(folder, plugin)), bounds)
            for plugin, bounds in limits.items()
        }

    @property
    def living(self) -> list[int]:
        """The runners there are."""
        return [seat.post.pid for seat in self._seats.values() if seat.post.pid]

    def watch(self) -> None:
        """Start runners from now on when somebody knocks."""
        for seat in self._seats.values():
            self._watch(seat)

    def times(self) -> list[float]:
        """When there will be something to do."""
        return [seat.latest for seat in self._seats.values() if seat.starting]

    def end_late_ones(self) -> None:
        """End runners that did not get ready in time."""
        for seat in self._seats.values():
            if seat.starting and time.monotonic() > seat.latest:
                seat.end(f"was not ready within {seat.limits.start:g} seconds")

    def end_hung(self, plugin: str) -> None:
        """A worker says that a runner let a deadline pass: it may hang, so it is ended and started afresh."""
        seat = self._seats.get(plugin)
        if not seat or not seat.post.pid or not seat.ready or seat.doomed:
            return
        if time.monotonic() > seat.ready + YOUNGEST_TO_KILL:
            seat.end("let a deadline pass")

    def note_end(self, ended: Ended) -> None:
        """A child ended; if it was one of these, the next visit starts another, until all are let go of."""
        for seat in self._seats.values():
            if seat.post.pid == ended.pid:
                self._note_end(seat, ended)

    def let_go(self) -> None:
        """Let go of all the leashes: a plugin may ignore signals, but not this."""
        self._over = True
        for seat in self._seats.values():
            self._forget(seat.listener)
            if seat.leash >= 0:
                os.close(seat.leash)
                seat.leash = -1

    def close(self) -> None:
        """Close what the parent has open; a child does so with all that is not its own."""
        for seat in self._seats.values():
            _close_pipes(seat)
            seat.listener.close()

    def described(self) -> dict[str, dict[str, float]]:
        """What others may know of them, by plugin."""
        return {plugin: seat.post.described() for plugin, seat in self._seats.items()}

    def _watch(self, seat: Seat) -> None:
        self._selector.register(seat.listener, selectors.EVENT_READ, lambda: self._knock(seat))

    def _knock(self, seat: Seat) -> None:
        if time.monotonic() < seat.post.wait_until:
            _turn_away(seat)
            return
        try:
            self._start(seat)
        except OSError as error:
            logger.warning("the runner of %s cannot be started: %s", seat.plugin, error)
            _close_pipes(seat)
            seat.post.take(0)
            seat.post.fall()
            _turn_away(seat)

    def _start(self, seat: Seat) -> None:
        seat.ready, seat.doomed = 0.0, False
        seat.status, status = os.pipe()
        try:
            leash, seat.leash = os.pipe()
            try:
                seat.post.take(self._fork(lambda: self._serve(seat, status, leash)))
            finally:
                os.close(leash)
        finally:
            os.close(status)
        os.set_blocking(seat.status, False)
        self._forget(seat.listener)
        self._selector.register(seat.status, selectors.EVENT_READ, lambda: self._hear(seat))

    def _serve(self, seat: Seat, status: int, leash: int) -> None:
        """The runner's part. It keeps nothing of the parent's but what it needs itself."""
        listener = seat.listener.dup()
        self.close()
        self._run(seat.plugin, listener, status, leash)

    def _hear(self, seat: Seat) -> None:
        """Only the first byte counts; whatever else a runner says, nobody listens."""
        try:
            said = os.read(seat.status, 1)
        except BlockingIOError:
            return
        self._forget_status(seat)
        if said == READY:
            seat.ready = time.monotonic()

    def _note_end(self, seat: Seat, ended: Ended) -> None:
        if seat.status >= 0:
            self._hear(seat)  # it may have got ready and ended between two looks
        self._forget_status(seat)
        _close_pipes(seat)
        if self._over or (seat.ready and ended.clean):
            seat.post.leave()
        else:
            when = "" if seat.ready else " before it was ready"
            logger.warning("the runner of %s %s%s", seat.plugin, ended.how, when)
            seat.post.fall(mild=bool(seat.ready))
            if not seat.ready:
                _turn_away(seat)  # nobody waits for a runner that does not start
        if not self._over:
            self._watch(seat)

    def _forget_status(self, seat: Seat) -> None:
        if seat.status >= 0:
            self._forget(seat.status)
            os.close(seat.status)
            seat.status = -1

    def _forget(self, what: socket.socket | int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(what)


def _turn_away(seat: Seat) -> None:
    """Close what stands in the backlog."""
    with contextlib.suppress(OSError):
        while True:
            seat.listener.accept()[0].close()


def _close_pipes(seat: Seat) -> None:
    for descriptor in (seat.status, seat.leash):
        if descriptor >= 0:
            os.close(descriptor)
    seat.status = seat.leash = -1
