"""Running a program: its output passed through, signals passed on, its exit status handed back."""

from __future__ import annotations

import codecs
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

import click

from .event_signs import EventSigns

CHUNK = 65_536
LONGEST_LINE = 4_096
"""Characters of a line that are read for progress."""
TICK = 0.5
"""Seconds between two looks whether it has ended, where somebody else keeps its output open."""
LAST_WORDS = 0.2
"""Seconds that what it has still said is waited for once it has ended."""
NOT_FOUND, NOT_ALLOWED, BY_SIGNAL = 127, 126, 128
"""Exit statuses as shells give them."""
_ENDS = re.compile(r"[\r\n]")


def run_program(command: Sequence[str], signs: EventSigns) -> int:
    """Run *command*, with signs of life while it runs; its exit status, as a shell would have it."""
    try:
        # The list is what the operator typed, and no shell reads it.
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
    except OSError as error:
        signs.finish(None)
        click.echo(f"Error: {command[0]}: {error.strerror}", err=True)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_ALLOWED
    with program, _passing_on(program):
        _follow(program, signs)
        code = program.wait()
    signs.finish(code)
    return code if code >= 0 else BY_SIGNAL - code


class _Stream:
    """One of the two streams of the program.

    Args:
        pipe: What it writes to.
        output: Descriptor that it goes on to.
        read: Is told every line.
    """

    def __init__(self, pipe: IO[bytes], output: int, read: Callable[[str], None]) -> None:
        self._pipe, self._output, self._read = pipe, output, read
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def pass_on(self) -> bool:
        """Write what there is as it came, and read its lines; False where no more will come."""
        chunk = os.read(self._pipe.fileno(), CHUNK)
        *lines, rest = _ENDS.split(self._rest + self._decoder.decode(chunk, final=not chunk))
        for line in lines if chunk else [*lines, rest]:
            self._read(line[-LONGEST_LINE:])
        self._rest = rest[-LONGEST_LINE:]
        try:
            left = chunk
            while left:
                left = left[os.write(self._output, left) :]
        except BrokenPipeError:  # nobody reads any more: the program is told as it would be without us
            return False
        return bool(chunk)

    def close(self) -> None:
        """Take nothing more of it."""
        self._pipe.close()


def _follow(program: subprocess.Popen[bytes], signs: EventSigns) -> None:
    """Pass on what the program says until it has ended."""
    sys.stdout.flush()
    sys.stderr.flush()
    told = False
    with selectors.DefaultSelector() as selector:
        for number, pipe in ((1, program.stdout), (2, program.stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, _Stream(pipe, number, signs.read))
        while program.poll() is None:
            pause = min(TICK, signs.wait)
            if not selector.get_map():
                with suppress(subprocess.TimeoutExpired):
                    program.wait(pause)
            _pass_on(selector, pause)
            signs.beat()
            if signs.ended_by_others and not told:
                told = True
                click.echo("The event was ended by somebody: the program is told to stop.", err=True)
                program.terminate()
        while selector.get_map() and _pass_on(selector, LAST_WORDS):
            pass


def _pass_on(selector: selectors.BaseSelector, seconds: float) -> bool:
    """Pass on what there is, or comes within *seconds*; whether there was anything."""
    ready = selector.select(seconds) if selector.get_map() else []
    for key, _ in ready:
        stream: _Stream = key.data
        if not stream.pass_on():
            selector.unregister(key.fileobj)
            stream.close()
    return bool(ready)


@contextmanager
def _passing_on(program: subprocess.Popen[bytes]) -> Iterator[None]:
    """Pass SIGINT and SIGTERM on to the program, and go on until it has ended."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        # Ctrl-C reaches everything in the foreground of the terminal: twice would be once too often.
        if number != signal.SIGINT or not _in_the_foreground():
            with suppress(ProcessLookupError):
                program.send_signal(number)

    before = {each: signal.signal(each, pass_on) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _in_the_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
