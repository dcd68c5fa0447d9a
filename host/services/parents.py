"""Which parents there are, on all machines: those that run at once are one start of the installation."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field, replace
from datetime import datetime

from host.domain.jobs import Parent
from host.storage.database import Database
from host.storage.jobs import drop_parent, parents, store_parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of ``tabhost serve``.

    Args:
        pid: The parent's process.
        at: When it began.
        machine: The machine's name.
    """

    pid: int
    at: datetime
    machine: str = field(default_factory=socket.gethostname)


def announce(database: Database, start: Start, *, now: datetime) -> datetime:
    """Say that the parent of *start* is there; again and again, for who is silent counts as gone.

    Returns:
        When the start of the installation began: this one, or one that ran already when this one began.
    """
    with database.writing() as session:
        found = {(each.machine, each.pid): each for each in parents(session)}
        own = found.pop((start.machine, start.pid), None)
        living = [each for each in found.values() if _lives(each, start.machine, now)]
        for each in found.values():
            if each not in living:
                drop_parent(session, each.machine, each.pid)
        if own is None or own.started_at != start.at:  # the number of a process is used again
            since = min([start.at, *(each.since for each in living)])
            own = Parent(machine=start.machine, pid=start.pid, started_at=start.at, since=since, seen_at=now)
        store_parent(session, replace(own, seen_at=now))
    return own.since


def leave(database: Database, start: Start) -> None:
    """Say that the parent of *start* is going."""
    with database.writing() as session:
        drop_parent(session, start.machine, start.pid)


def _lives(parent: Parent, machine: str, now: datetime) -> bool:
    if not parent.is_heard(now):
        return False
    if parent.machine != machine:
        return True
    try:
        os.kill(parent.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
