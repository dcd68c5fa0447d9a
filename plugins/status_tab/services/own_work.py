"""This product's own long work, as an event that everybody sees while it lasts (domain.md 1.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from typing import Any

from host.api import Actor, ConflictError, Work
from status_tab.domain.events import NewEvent

from .events import end_event, start_event
from .progress import advance_event

LEASE = 300
"""Seconds without a sign of life after which the work counts as dead; longer than any step takes."""
Apart = Callable[[], AbstractContextManager[Work]]
"""`current_host.apart`: makes a unit of work for one step."""


class OwnWork:
    """Work that is under way.

    Args:
        number: Its event.
        apart: Makes a unit of work for one step.
        clock: The time now.
    """

    def __init__(self, number: int, apart: Apart, clock: Callable[[], datetime]) -> None:
        self.number, self._apart, self._clock = number, apart, clock

    @contextmanager
    def step(
        self, *, done: int | None = None, total: int | None = None, message: str | None = None
    ) -> Iterator[Work]:
        """A unit of work for one step; that it was done, and how far all is then, is kept along with it.

        Args:
            done: Steps done after this one; None where it shows no progress.
            total: Steps in all; None if that has not changed.
            message: What stands in the list then; None for what stood there.

        Raises:
            ConflictError: Somebody has ended the event: nothing of this step is kept, the work should stop.
        """
        with self._apart() as work:
            yield work
            advance_event(self.number, done=done, total=total, message=message, work=work, clock=self._clock)


@contextmanager
def with_event(
    key: str,
    message: str,
    *,
    total: int | None = None,
    joins: Work | None = None,
    apart: Apart,
    actor: Actor,
    clock: Callable[[], datetime],
) -> Iterator[OwnWork]:
    """Have an event run for as long as the block does; if that raises, the event ends and says so.

    Work in steps writes through `OwnWork.step`. Work that is one transaction, as a job's, is *joins*: the
    event is seen at once, and ends together with what that transaction keeps. That must not have been
    used before: SQLite would wait for it.

    Args:
        key: Key of its type, such as ``usage-ingest``.
        message: What stands in the list.
        total: Number of steps in all; None where it shows no progress.
        joins: The unit of work that all of it is done in, where it is not done in steps.
        apart: `current_host.apart`.
        actor: Who does it.
        clock: The time now.

    Raises:
        ConflictError: The same work is under way already; nothing of it was begun.
    """
    done = None if total is None else 0
    new = NewEvent(key=key, message=message, done=done, total=total, lease_seconds=LEASE)
    with apart() as work:
        number = start_event(new, work=work, actor=actor, clock=clock)
    try:
        yield OwnWork(number, apart, clock)
        if joins is not None:
            _end(number, work=joins, clock=clock)
    except BaseException as error:
        if joins is not None:
            joins.session.rollback()  # nothing of it will be kept, and nobody can write beside it
        with (
            suppress(Exception),
            apart() as work,
        ):  # else it goes stale, and what happened is told all the same
            _end(number, message=f"{message}: {_reason(error)}", work=work, clock=clock)
        raise
    if joins is None:
        with apart() as work:
            _end(number, work=work, clock=clock)


@contextmanager
def shown(key: str, message: str, *, joins: Work, **given: Any) -> Iterator[None]:
    """The same as `with_event` for work that is one transaction; where such an event is open it goes unseen.

    What somebody killed stays open until its lease has run out, and must keep nobody from working.
    """
    with ExitStack() as stack:
        with suppress(ConflictError):
            stack.enter_context(with_event(key, message, joins=joins, **given))
        yield


def _end(number: int, **given: Any) -> None:
    with suppress(ConflictError):  # somebody has ended it from the list
        end_event(number, **given)


def _reason(error: BaseException) -> str:
    return f"failed ({error})" if str(error) else f"failed ({type(error).__name__})"
