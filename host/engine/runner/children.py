"""Forked children: how they begin, and how they are ended with all that they started themselves."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .limits import adopt_orphans, die_with_parent

logger = logging.getLogger(__name__)

READY = b"R"
"""What a runner says to the parent, once, when calls can come."""
LONGEST_END = 5.0
"""Seconds after which no more is done to end orphans: who cannot be ended must not hold up others."""
HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

# Bound now: the plugin, which a child imports later, may put something else in their place.
_exit = os._exit


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    Args:
        pid: Its process.
        code: Its exit status; negative for a signal.
        how: "ended with exit status 3", "was ended by signal 11".
    """

    pid: int
    code: int
    how: str

    @property
    def clean(self) -> bool:
        """Whether it ended by itself and without a fault."""
        return self.code == 0


def fork(work: Callable[[], None]) -> int:
    """Have *work* done by a child in a process group of its own, which does not outlive this process.

    Its exit status is 0 when *work* returns and 1 when it raises. Signals are as by default in it.

    Returns:
        The child's pid.

    Raises:
        OSError: There is no room for another process.
    """
    parent = os.getpid()
    with _signals_held():  # else one that comes now would be taken for the parent's by the child, and lost
        pid = os.fork()
        if not pid:
            _be_child(work, parent)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)  # here too: the child may not have come to it yet
    return pid


def kill(pid: int) -> None:
    """End a child that was not waited for yet, and whatever it started."""
    for end in (os.killpg, os.kill):  # it may have left its group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def bury(pid: int = 0) -> Ended | None:
    """Wait for the child *pid*, or whichever, if it has ended, and end what it has left behind.

    The order matters: while nobody waited for the child, its group cannot be somebody else's.
    """
    which = (os.P_PID, pid) if pid else (os.P_ALL, 0)
    try:
        found = os.waitid(*which, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    if found is None:
        return None
    kill(found.si_pid)  # a forked child of a plugin keeps pipes open
    os.waitpid(found.si_pid, 0)
    exited = found.si_code == os.CLD_EXITED
    how = "ended with exit status" if exited else "was ended by signal"
    code = found.si_status if exited else -found.si_status
    return Ended(found.si_pid, code=code, how=f"{how} {found.si_status}")


def orphans(known: Iterable[int]) -> list[int]:
    """Children of this process that it did not fork: what its children started, apart from their group.

    Args:
        known: Those that it forked.
    """
    own = os.getpid()
    try:
        found = Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()
    except OSError:  # a kernel that does not tell, or another system
        return []
    return [pid for pid in map(int, found) if pid not in {*known}]


@contextlib.contextmanager
def ending_orphans() -> Iterator[None]:
    """While it lasts, whatever plugins start becomes a child of this process when it loses its parent.

    At the end every child goes that was none at the beginning; see `limits.adopt_orphans` for who stays.
    """
    before, adopted = orphans([]), adopt_orphans()
    try:
        yield
    finally:
        end = time.monotonic() + LONGEST_END
        while (left := orphans(before)) and time.monotonic() < end:
            for pid in left:
                kill(pid)
                bury(pid)
            time.sleep(0.001)  # what it had started itself comes next
        adopt_orphans(adopt=adopted)


def _drop_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _be_child(work: Callable[[], None], parent: int) -> None:
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent()
        if os.getppid() != parent:  # it went before it could be watched
            return
        _drop_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        work()
        code = 0
    except BaseException:
        with contextlib.suppress(BaseException):
            logger.exception("a child failed")
    finally:
        _exit(code)
