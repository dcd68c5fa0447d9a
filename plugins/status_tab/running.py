"""A system event for as long as a block of a plugin runs: three lines, and nobody forgets to end it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from host.api import N_, ConflictError, InputError

from .domain.events import Scope
from .event_calls import advance_event, finish_event, start_event

Item = TypeVar("Item")
LEASE = 300
"""Seconds without a sign of life after which the block counts as dead, unless it says otherwise."""
PAUSE = 0.5
"""Seconds between two signs of life at least: each is a transaction, however fast the block counts."""


class RunningEvent:
    """An event while its block runs.

    Args:
        number: Its number.
        total: Steps in all; None where it shows no progress.

    .. versionadded:: 0.1
    """

    def __init__(self, number: int, total: int | None) -> None:
        self.number, self.total, self.done = number, total, 0
        self._told, self._last = 0, time.monotonic()

    def advance(self, steps: int = 1, *, message: str | None = None) -> None:
        """Say that *steps* more are done: a sign of life.

        Most are only counted; one in half a second is sent.

        Args:
            steps: How many; 0 for a sign of life alone.
            message: What stands in the list from now on; None for what stood there. It is sent at once.

        Raises:
            ConflictError: Somebody has ended the event: let this end the block, so that the work stops.
            InputError: There are more steps done than there are, or *steps* is no whole number.
        """
        if not isinstance(steps, int) or isinstance(
            steps, bool
        ):  # most are only counted, so nobody else looks
            raise InputError(
                N_("“%(said)s”: expected a whole number. Nothing was changed", said=repr(steps)),
                place="steps",
            )
        self.done += steps
        now = time.monotonic()
        if message is not None or now - self._last >= PAUSE or (self.total and self.done > self.total):
            self._tell(message)
            self._last = now

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """*items* one after the other; each is a step, which is done when the next is asked for.

        Raises:
            ConflictError: As for `advance`.
        """
        for item in items:
            yield item
            self.advance()

    def tell(self) -> None:
        """Say how far it is, if that was not said yet."""
        if self._told != self.done:
            self._tell(None)

    def _tell(self, message: str | None) -> None:
        advance_event(number=self.number, done=self.done if self.total else None, message=message)
        self._told = self.done


@contextmanager
def running_event(
    key: str,
    message: str = "",
    *,
    total: int | None = None,
    description: str = "",
    scope: Scope | None = None,
    owner: str = "",
    eta: datetime | None = None,
    lease_seconds: int = LEASE,
) -> Iterator[RunningEvent]:
    """Have a system event run for as long as the block does.

    Three lines do it::

        with running_event("acme_requests.sync", total=len(rows)) as event:
            for row in event.each(rows):
                ...

    When the block is done, so is the event. When the block raises, the event ends and says why in a few
    words, and the error goes on. When its program dies, nothing gives signs of life any more, and the event
    becomes stale once its lease has run out: they are given by the block itself as it goes on, never by a
    thread beside it. So a step must not take longer than the lease.

    For a third party, in requests and commands, in the host's process and in a runner: each sign is kept at
    once, whatever becomes of the plugin's own transaction. What a built-in plugin starts is seen when its
    transaction is kept.

    Args:
        key: Key of its type, as for `start_event`.
        message: What stands in the list; "" for what the type says.
        total: Steps in all; None or 0 where it shows no progress.
        description: More on it, shown when the row is chosen.
        scope: Whom it concerns; None for what its type says.
        owner: The group or person for those scopes.
        eta: Expected end; None if unknown.
        lease_seconds: How long it counts as alive after a sign of life.

    Raises:
        ConflictError: Such an event is open already: the same work is under way; the block does not begin.
        InputError: Something of this is not what it should be.

    .. versionadded:: 0.1
    """
    number = start_event(
        key=key,
        message=message,
        description=description,
        scope=scope,
        owner=owner,
        eta=eta,
        done=0 if total else None,
        total=total or None,
        lease_seconds=lease_seconds,
    )
    event = RunningEvent(number, total)
    try:
        yield event
        with suppress(ConflictError):  # ended by somebody when all was done: there is nothing left to stop
            event.tell()
    except BaseException as error:
        with suppress(Exception):  # else it goes stale; what happened is told all the same
            finish_event(number=number, error=_reason(error))
        raise
    with suppress(ConflictError):
        finish_event(number=number)


def _reason(error: BaseException) -> str:
    """What went wrong, short enough for the list, whatever somebody put into the error."""
    try:
        said = str(error)
    except Exception:  # else the event would stay open because of it
        said = ""
    # What cannot be kept, as U+0000, or half a character of a file's name, would keep the event open too.
    lines = "".join(each if each.isprintable() or each == "\n" else " " for each in said).strip()
    return lines.partition("\n")[0][:120].strip() or type(error).__name__
