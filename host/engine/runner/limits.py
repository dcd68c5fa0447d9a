"""What a runner may use. A fault barrier, not a security sandbox: it keeps the user id of the host."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1_000_000
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 1, 36, 37
ENVIRONMENT = slice(47, 49)
"""Where it begins and ends in memory, among what ``/proc/self/stat`` tells after the name of the program."""
KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "VIRTUAL_ENV")
"""What a runner keeps of the environment; neither the database's address nor any secret is among it."""

_library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one plugin's runner.

    Args:
        deadline: Seconds from the request to the last byte of the answer, at most 30.
        memory: Bytes of data beyond what it was forked with (``RLIMIT_DATA``).
        descriptors: Open files and sockets.
        answer: Largest answer in bytes.
        in_flight: Calls that one worker has under way at once.
        idle: Seconds without a call after which the runner stops.
        start: Seconds it may take to get ready.
    """

    deadline: float = 2.0
    memory: int = 256 * MEGABYTE
    descriptors: int = 256
    answer: int = 10 * MEGABYTE
    in_flight: int = 2
    idle: float = 300.0
    start: float = 10.0


def die_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, however it went. Linux only.

    A parent that went before this call is not noticed: whoever calls compares `os.getppid()` afterwards.
    """
    if _library is not None:
        _library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans(*, adopt: bool = True) -> bool:
    """Have processes that lose their parent become children of this one, which can end them. Linux only.

    It can as long as it lives: where it is killed outright, with ``kill -9``, a process in a session of its
    own goes on, and only a control group ends it, such as that of a systemd unit or of a container.

    Args:
        adopt: False to leave them to this process's own ancestors again.

    Returns:
        Whether they became children of this process before.
    """
    before = ctypes.c_int()
    if _library is not None:
        _library.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
        _library.prctl(PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)
    return bool(before.value)


def confine(limits: Limits) -> None:
    """Put *limits* on this process; it cannot take them off again. Never more than it has already.

    What a forked process shares with its parent counts in the kernel's sum, but is not the plugin's doing.
    """
    _lower(resource.RLIMIT_DATA, limits.memory + _inherited())
    _lower(resource.RLIMIT_NOFILE, limits.descriptors)
    _lower(resource.RLIMIT_CORE, 0)


def _inherited() -> int:
    """Bytes of data that this process has by now."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0


def _lower(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (least, least))


def clean_environment(keep: Iterable[str] = KEPT_VARIABLES) -> None:
    """Drop every variable that a plugin has no business with, from ``/proc/self/environ`` too."""
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    _blank_first_environment()


def _blank_first_environment() -> None:
    """Overwrite the strings that the program was started with. Those that are kept were copied before."""
    with contextlib.suppress(OSError, ValueError):
        told = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        begin, end = map(int, told[ENVIRONMENT])
        if 0 < begin < end:
            ctypes.memset(begin, 0, end - begin)


def close_all_but(keep: Iterable[int]) -> None:
    """Close every descriptor that was inherited, apart from the standard ones and *keep*."""
    last = 2
    for descriptor in sorted({*keep}):
        if descriptor > last:
            os.closerange(last + 1, descriptor)
            last = descriptor
    os.closerange(last + 1, max(last + 1, os.sysconf("SC_OPEN_MAX")))
