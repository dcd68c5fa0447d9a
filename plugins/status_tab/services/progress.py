"""Signs of life: the program behind an event says that it is there, and how far it is (domain.md 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from host.api import N_, ConflictError, InputError, Work
from status_tab.domain.events import Status, SystemEvent
from status_tab.storage.events import change_open

from .events import get_event


def advance_event(
    number: int,
    *,
    done: int | None = None,
    total: int | None = None,
    message: str | None = None,
    lease_seconds: int | None = None,
    work: Work,
    clock: Callable[[], datetime],
) -> None:
    """Give a sign of life, and say how far the event *number* is. One that had gone stale runs again.

    It leaves no audit row: a program that works for an hour gives hundreds of signs.

    Args:
        number: Its number.
        done: How far it is, in steps; None if that has not changed.
        total: Number of steps in all; None if that has not changed.
        message: What stands in the list now; None for what stood there.
        lease_seconds: How long it counts as alive from now on; None for as long as before.
        work: The unit of work.
        clock: The time now.

    Raises:
        NotFoundError: There is no such event.
        ConflictError: It has ended, by somebody's hand or by itself: the program should stop.
        InputError: There are more steps done than there are, or no total is known.
    """
    now = clock()
    event = get_event(number, session=work.session)
    changes: dict[str, Any] = {
        "last_sign": now,
        "lease_until": _lease(event, lease_seconds, now),
        **_progress(event, done, total),
    }
    if message is not None:
        changes["message"] = message
    # Whoever ends it at this moment wins: the statement itself asks again.
    if event.status(now) is Status.FINISHED or not change_open(number, changes, work.session):
        raise ConflictError(
            N_("Event %(number)s (%(key)s) has ended. Nothing was changed.", number=number, key=event.key)
        )


def _lease(event: SystemEvent, seconds: int | None, now: datetime) -> datetime | None:
    """When it becomes stale if no other sign comes: as long after this one as after the last."""
    if seconds is not None:
        return max(now, event.activated) + timedelta(seconds=seconds)
    if event.lease_until is None:
        return None
    return max(now, event.activated) + (event.lease_until - max(event.last_sign, event.activated))


def _progress(event: SystemEvent, done: int | None, total: int | None) -> dict[str, int]:
    if done is None and total is None:
        return {}
    steps, whole = (event.done if done is None else done), (event.total if total is None else total)
    if steps is None or whole is None:
        raise InputError(N_("must be given together with the total. Nothing was changed"), place="done")
    if steps > whole:
        raise InputError(
            N_("must not be above the total, %(total)s. Nothing was changed", total=whole), place="done"
        )
    return {"done": steps, "total": whole}
