"""Work that touches a plugin, done in a child that may come to any harm; the caller hears how it went."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from collections.abc import Callable, Mapping

from host.domain.errors import HostError

from .children import bury, fork, kill
from .limits import MEGABYTE, Limits, clean_environment, close_all_but, confine

MOST = 4 * MEGABYTE
LONGEST_TEXT = 8_000
LOOK = 0.02
"""Seconds after which it is seen that a child ended, where something it started holds its pipe open."""
CHUNK = 65_536
DONE, RAISED = b"=", b"!"
HEAD = 1 + 8
"""Bytes before what a child has to say: which of the two it is, and how long."""
PATIENCE = 2.0
"""Seconds after which it is said who is waited for."""

Work = Callable[[], bytes]
Waiting = Callable[[str], None]
"""Hears who is waited for, once."""

# Bound now: the work may import a plugin that puts something else in their place.
_write, _name, _str, _len = os.write, type, str, len


class ChildError(Exception):
    """A child did not bring back what it was to do; the text says what happened."""


def run_forked(work: Work, limits: Limits, *, most: int = MOST) -> bytes:
    """Do *work* in a child with *limits*, a clean environment and no open files, and bring back its bytes.

    Its standard output goes where the errors go, and there is nothing to read. Whatever it started is ended.

    Args:
        work: What to do.
        limits: Bounds of the child; it has `Limits.start` seconds.
        most: Largest result in bytes.

    Raises:
        ChildError: It raised, ended, took too long, or said too much.
    """
    result = run_forked_all({"": work}, {"": limits}, most=most)[""]
    if isinstance(result, ChildError):
        raise result
    return result


def run_forked_all(
    works: Mapping[str, Work],
    limits: Mapping[str, Limits],
    *,
    most: int = MOST,
    waiting: Waiting = lambda _: None,
) -> dict[str, bytes | ChildError]:
    """The same for several, a few of them at a time.

    Args:
        works: What to do, by name.
        limits: Bounds of each, by name.
        most: Largest result in bytes.
        waiting: Is told the name of each that takes more than two seconds.

    Returns:
        By name what each brought back, or why it did not.
    """
    results: dict[str, bytes | ChildError] = {}
    left, running = dict(works), dict[str, _Child]()
    try:
        while left or running:
            while left and len(running) < _at_a_time():
                name = next(iter(left))
                try:
                    running[name] = _Child(left.pop(name), limits[name], most)
                except OSError as error:
                    results[name] = ChildError(f"could not be started: {error.strerror}")
            _wait(list(running.values()))
            for name, child in list(running.items()):
                result = child.look()
                if result is not None:
                    results[name] = result
                    running.pop(name).end()
                elif child.is_late():
                    waiting(name)
    finally:
        for child in running.values():
            child.end()
    return {name: results[name] for name in works}


def _at_a_time() -> int:
    return max(4, 2 * (os.cpu_count() or 1))


def _wait(children: list[_Child]) -> None:
    poll = select.poll()
    for child in children:
        if not child.pipe.said_all:
            poll.register(child.pipe.reading, select.POLLIN)
    poll.poll(LOOK * 1000)


class Pipe:
    """What one child says, once. What comes out of it may be anything, and somebody else may hold it open.

    Args:
        most: Largest result in bytes.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._said = most, bytearray()
        self.said_all = False
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def listen(self) -> None:
        """Leave the other end to the child, which is there by now."""
        writing, self.writing = self.writing, -1
        if writing >= 0:
            os.close(writing)

    def hear(self) -> bytes | ChildError | None:
        """What was said, if that is known by now; never waits."""
        with contextlib.suppress(BlockingIOError):
            while not self.said_all:
                said = os.read(self.reading, CHUNK)
                self._said += said
                self.said_all = not said or len(self._said) > HEAD + max(self._most, 4 * LONGEST_TEXT)
        if len(self._said) < HEAD:
            return None
        kind, length = bytes(self._said[:1]), int.from_bytes(self._said[1:HEAD], "big")
        if kind == DONE and length > self._most:
            return ChildError(f"said more than {self._most} bytes")
        if kind not in {DONE, RAISED} or len(self._said) > HEAD + length:
            return ChildError("said what makes no sense")
        if len(self._said) < HEAD + length:
            return None
        body = bytes(self._said[HEAD:])
        return body if kind == DONE else ChildError(body.decode("utf-8", "replace"))

    def close(self) -> None:
        """Hear no more."""
        self.listen()
        os.close(self.reading)


class _Child:
    """One child and the pipe it speaks into."""

    def __init__(self, work: Work, limits: Limits, most: int) -> None:
        self._seconds, self._begun = limits.start, time.monotonic()
        self._noticed = False
        self.pipe = Pipe(most)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()  # else the child would say it again
        try:
            self._pid = fork(lambda: _do(work, limits, most, self.pipe.writing))
        except OSError:
            self.pipe.close()
            raise
        self.pipe.listen()

    def look(self) -> bytes | ChildError | None:
        """What it brought back, if that is known by now."""
        ended = bury(self._pid)  # before reading: what it said before its end is in the pipe
        if ended:
            self._pid = 0
        result = self.pipe.hear()
        if result is not None:
            return result
        if ended:
            return ChildError(ended.how)
        if time.monotonic() > self._begun + self._seconds:
            return ChildError(f"did not finish within {self._seconds:g} seconds")
        return None

    def is_late(self) -> bool:
        """Whether it is time to say that it is waited for; once."""
        if self._noticed or time.monotonic() < self._begun + PATIENCE:
            return False
        self._noticed = True
        return True

    def end(self) -> None:
        """End it and all it started, if it has not ended."""
        if self._pid:
            kill(self._pid)
            while not bury(self._pid):
                time.sleep(0.001)
        self.pipe.close()


def _do(work: Work, limits: Limits, most: int, pipe: int) -> None:
    """The child's part."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    # The streams that are there may be anybody's, such as a test's, and lead to what is closed below.
    sys.stdout = sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    close_all_but([pipe])
    clean_environment()
    confine(limits)
    try:
        result = memoryview(work()).tobytes()
    except BaseException as error:  # SystemExit too: it is the plugin's word, not ours
        text = _text(error)
        say(pipe, text, kind=RAISED)
    else:
        say(pipe, result[: most + 1], length=_len(result))


def _text(error: BaseException) -> bytes:
    try:
        if isinstance(error, HostError):  # a sentence for people
            return _str(error)[:LONGEST_TEXT].encode("utf-8", "replace")
        return f"{_name(error).__name__}: {_str(error)}"[:LONGEST_TEXT].encode("utf-8", "replace")
    except BaseException:
        return _name(error).__name__.encode("utf-8", "replace")


def say(pipe: int, said: bytes, *, kind: bytes = DONE, length: int | None = None) -> None:
    """A child's part of `Pipe`.

    Args:
        pipe: Its end.
        said: What it has to say.
        kind: Whether that is a result or what went wrong.
        length: How long it would be, where this is the beginning of it.
    """
    data = kind + (_len(said) if length is None else length).to_bytes(8, "big") + said
    while data:
        data = data[_write(pipe, data) :]
