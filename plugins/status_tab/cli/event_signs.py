"""The signs of life of a wrapped program: each is a transaction of its own, and none may harm the program."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import datetime

import click

from host.api import ConflictError
from status_tab.domain.events import LONGEST_MESSAGE
from status_tab.domain.progress_words import progress_in
from status_tab.services.events import end_event
from status_tab.services.own_work import Apart
from status_tab.services.progress import advance_event

BEATS = 3
"""Signs of life in the time of a lease."""
LEAST = 1.0
"""Seconds between two signs at least, however fast the program counts."""
NOT_STARTED = "could not be started"
_NOTHING: tuple[int | None, int | None] = (None, None)
"""Steps done and in all of a program that says nothing of them."""


class EventSigns:
    """Keeps an event alive, and ends it.

    Args:
        number: The event.
        message: What stands in the list.
        lease_seconds: How long it counts as alive after a sign.
        apart: `current_host.apart`.
        clock: The time now.
    """

    def __init__(
        self, number: int, *, message: str, lease_seconds: int, apart: Apart, clock: Callable[[], datetime]
    ) -> None:
        self._number, self._message, self._lease = number, message, lease_seconds
        self._apart, self._clock = apart, clock
        self._told = self._known = _NOTHING
        self._last = time.monotonic()
        self._troubled = False
        self.ended_by_others = False

    def read(self, line: str) -> None:
        """Take note of what a line of the program's output says of its progress."""
        found = progress_in(line)
        if found is not None:
            self._known = found

    @property
    def wait(self) -> float:
        """Seconds until the next sign is due."""
        if self.ended_by_others:
            return float(self._lease)
        pause = self._lease / BEATS if self._known == self._told else LEAST
        return max(0.0, self._last + pause - time.monotonic())

    def beat(self) -> None:
        """Give a sign of life if one is due."""
        if self.wait > 0:
            return
        self._last = time.monotonic()
        done, total = known = self._known
        try:
            with self._apart() as work:
                advance_event(
                    self._number,
                    done=done,
                    total=total,
                    lease_seconds=self._lease,
                    work=work,
                    clock=self._clock,
                )
        except ConflictError:
            self.ended_by_others = True
        except (
            Exception
        ) as error:  # the database may be restarting: the program works on, the next sign tells
            self._complain(error)
        else:
            self._told, self._troubled = known, False

    def finish(self, code: int | None) -> None:
        """End the event with the program's exit status; None if it could not be started."""
        how = _how(code)
        message = f"{self._message[: LONGEST_MESSAGE - len(how) - 2]}: {how}"
        done, total = self._known
        try:
            with self._apart() as work:
                if done is not None:
                    advance_event(self._number, done=done, total=total, work=work, clock=self._clock)
                end_event(self._number, message=message, work=work, clock=self._clock, exit_status=code)
        except ConflictError:
            self.ended_by_others = True
        except Exception as error:  # it goes stale
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        if not self._troubled:
            click.echo(f"Warning: event {self._number} cannot be kept alive: {error}", err=True)
        self._troubled = True


def _how(code: int | None) -> str:
    if code is None:
        return NOT_STARTED
    if code < 0:
        return f"ended by signal {-code} ({signal.strsignal(-code)})"
    return f"ended with status {code}"
