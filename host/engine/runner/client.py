"""The way to runners, as web workers use it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from .limits import Limits
from .places import control_socket, runner_socket, state_file
from .seal import Context, Seal
from .wire import PASS_HEADER, SEAL_HEADER, Answer, BusyError, Call, DeadlinePassedError, exchange

MOST_IN_FLIGHT = 8
"""Half of a worker's threads: the other half serves pages even when every runner hangs. Nobody begins to wait
where as many work and wait already."""
MOST_WAITING = 2
"""Few, where a wait may be in vain: else plugins that hang keep the places of those that do not."""
LONGEST_WAIT = 0.25
PIDS = range(1, 2**22 + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A running runner.

    Args:
        pid: Its process.
        memory: Its share of memory in bytes (PSS); None where it cannot be read.
    """

    pid: int
    memory: int | None


class Runners:
    """Calls runners, a few at a time. One for each web worker; safe to use from all threads.

    Args:
        folder: The private folder of this start.
        seal: Issues the passes and makes the keys.
        limits: The bounds of each plugin.
    """

    def __init__(self, folder: Path, seal: Seal, limits: Callable[[str], Limits]) -> None:
        self._folder, self._seal, self._limits = folder, seal, limits
        self._under_way: Counter[str] = Counter()
        self._begun: defaultdict[str, list[float]] = defaultdict(list)
        self._took: dict[str, float] = {}
        self._waiting: defaultdict[str, deque[object]] = defaultdict(deque)
        self._change = threading.Condition()
        self._state: tuple[tuple[int, int], dict[str, int]] = ((0, 0), {})

    def call(self, plugin: str, call: Call, context: Context) -> Answer:
        """Bring *call* to the runner of *plugin*, with a pass that holds *context*, and its answer back.

        Raises:
            BusyError: Too many calls are under way, and too many wait already or none of them ended soon.
            DeadlinePassedError: There was no answer in time. The parent is told, for the runner may hang.
            WireError: There was none at all, or not a proper one.
        """
        limits = self._limits(plugin)
        with self._place(plugin, limits.in_flight):
            try:
                return exchange(
                    runner_socket(self._folder, plugin),
                    self._signed(plugin, call, context),
                    deadline=limits.deadline,
                    most=limits.answer,
                )
            except DeadlinePassedError:
                self._report(plugin)
                raise

    def process(self, plugin: str) -> Process | None:
        """The runner of *plugin*; None while it does not run."""
        pid = self._pids().get(plugin)
        return Process(pid=pid, memory=_memory(pid)) if pid else None

    @contextlib.contextmanager
    def _place(self, plugin: str, most: int) -> Iterator[None]:
        ticket, queue = object(), self._waiting[plugin]

        def free() -> bool:
            first = queue[0] is ticket
            return first and self._under_way[plugin] < most and self._under_way.total() < MOST_IN_FLIGHT

        with self._change:
            queue.append(ticket)  # whoever came first goes first: else one could wait for ever
            try:
                # Who can go at once is not kept out by those who wait: they give up in a moment.
                admitted = free() or (self._has_room() and self._worth_waiting(plugin, most))
                if not admitted or not self._change.wait_for(free, LONGEST_WAIT):
                    raise BusyError(f"{self._under_way[plugin]} calls to {plugin} are under way already")
            finally:
                queue.remove(ticket)
                self._change.notify_all()
            self._under_way[plugin] += 1
            begun = monotonic()
            self._begun[plugin].append(begun)
        try:
            yield
        finally:
            with self._change:
                self._under_way[plugin] -= 1
                self._begun[plugin].remove(begun)
                self._took[plugin] = monotonic() - begun
                self._change.notify_all()

    def _has_room(self) -> bool:
        """Whether who came last may hold a thread of this worker while they wait."""
        return self._under_way.total() + self._in_queues() <= MOST_IN_FLIGHT

    def _in_queues(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _worth_waiting(self, plugin: str, most: int) -> bool:
        """Whether a wait is not likely to be in vain, by how long calls of *plugin* take."""
        oldest = min(self._begun[plugin], default=monotonic())
        pace = max(self._took.get(plugin, 0.0), monotonic() - oldest)
        soon = pace * len(self._waiting[plugin]) / most < LONGEST_WAIT
        return soon or self._in_queues() <= MOST_WAITING

    def _signed(self, plugin: str, call: Call, context: Context) -> Call:
        pass_ = self._seal.issue(context)
        signature = self._seal.key(plugin).sign(pass_, call.method, call.target, call.body)
        return dataclasses.replace(call, headers={**call.headers, PASS_HEADER: pass_, SEAL_HEADER: signature})

    def _report(self, plugin: str) -> None:
        with (
            contextlib.suppress(OSError),  # the parent is busy or ending; the next deadline is reported again
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control,
        ):
            control.setblocking(False)
            control.sendto(plugin.encode("utf-8"), str(control_socket(self._folder)))

    def _pids(self) -> dict[str, int]:
        """The processes of runners, as the parent wrote them down last."""
        path = state_file(self._folder)
        try:
            seen = path.stat()
            version = (seen.st_ino, seen.st_mtime_ns)
            if version != self._state[0]:
                self._state = (version, _read(json.loads(path.read_bytes())))
        except (OSError, ValueError, RecursionError):
            return {}
        return self._state[1]


def _read(state: Any) -> dict[str, int]:
    """What *state* says of runners, whatever it is: any process of the host's user may have written it."""
    runners = state.get("runners") if isinstance(state, dict) else None
    seats = runners.items() if isinstance(runners, dict) else ()
    pids = {plugin: seat.get("pid") for plugin, seat in seats if isinstance(seat, dict)}
    return {plugin: pid for plugin, pid in pids.items() if type(pid) is int and pid in PIDS}


def _memory(pid: int) -> int | None:
    try:
        lines = (Path("/proc") / str(pid) / "smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), None)
