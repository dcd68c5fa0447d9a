"""The right to run a job: one process of the whole installation has it at a time, and gives it back.

It stands in the database, so that several parents, on several machines, run a job once. It is given back with
how the run went; where that cannot be said any more, since the machine is gone, it runs out by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from host.api.errors import ConflictError
from host.api.values import Job
from host.domain.jobs import SPARE, JobState, Result, next_after, pause_after
from host.storage.database import Database
from host.storage.jobs import lock_job, store_job

from .house import House

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A job of a plugin.

    Args:
        plugin: Plugin id.
        job: What it announced.
    """

    plugin: str
    job: Job

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in the installation."""
        return self.plugin, self.job.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run a job, until it is given back or has run out.

    Args:
        planned: The job.
        holder: What tells this lease from others of the same job.
    """

    planned: Planned
    holder: str


def take(
    database: Database, planned: Planned, *, now: datetime, started: datetime | None = None
) -> Lease | None:
    """Take the lease of a job that is due; None if somebody was quicker.

    Args:
        database: The host's.
        planned: The job.
        now: The time.
        started: When this start of the host began, if the job is not known to have run since; else None.
    """
    return _take(database, planned, now, lambda state: state.is_due(now, started))


def take_now(house: House, planned: Planned) -> Lease:
    """Take the lease of a job, due or not.

    Raises:
        ConflictError: It runs, or its plugin is switched off.
    """
    if planned.plugin in house.decisions.now().off:
        raise ConflictError(f"{planned.plugin} is switched off, so its jobs do not run.")
    lease = _take(house.stores.host, planned, house.clock(), lambda _: True)
    if lease is None:
        raise ConflictError(f"The job {planned.plugin} {planned.job.id} is running already.")
    return lease


def _take(
    database: Database, planned: Planned, now: datetime, wanted: Callable[[JobState], bool]
) -> Lease | None:
    lease = Lease(planned=planned, holder=secrets.token_hex(16))
    with database.writing() as session:
        state = lock_job(session, *planned.key)
        if state.is_running(now) or not wanted(state):
            return None
        until = now + timedelta(seconds=planned.job.timeout) + SPARE
        # Due until it has ended: whoever takes the lease may be gone before that.
        taken = replace(state, begun_at=now, next_at=now, holder=lease.holder, held_until=until)
        store_job(session, *planned.key, taken, holder=state.holder)
    return lease


def note_done(session: Session, lease: Lease, *, now: datetime, wanted: datetime | None) -> None:
    """Give the lease back, in the transaction of what the job did: neither is kept without the other.

    Args:
        session: That transaction.
        lease: The lease.
        now: The time.
        wanted: When the job wants to run next.

    Raises:
        ConflictError: The lease ran out, and somebody else took it.
    """
    state = JobState(
        ended_at=now, result=Result.DONE, next_at=next_after(now, lease.planned.job.every, wanted)
    )
    if not _give_back(session, lease, state):
        raise ConflictError("It was not over before its lease ran out, and another process took it over.")


def note_failed(database: Database, lease: Lease, *, now: datetime, reason: str) -> bool:
    """Give the lease back after a failure; the next run waits, longer each time.

    Returns:
        Whether the lease was still there: else how the run went is noted already.
    """
    with database.writing() as session:
        failures = lock_job(session, *lease.planned.key).failures + 1
        state = JobState(
            ended_at=now,
            result=Result.FAILED,
            reason=reason[:LONGEST_REASON].encode("utf-8", "replace").decode(),
            failures=failures,
            next_at=now + pause_after(failures),
        )
        return _give_back(session, lease, state)


def give_back(database: Database, lease: Lease) -> None:
    """Give the lease back of a run that was broken off through no fault of its own: it is due again."""
    with database.writing() as session:
        state = lock_job(session, *lease.planned.key)
        _give_back(session, lease, replace(state, next_at=None))


def _give_back(session: Session, lease: Lease, state: JobState) -> bool:
    begun_at = lock_job(session, *lease.planned.key).begun_at
    free = replace(state, begun_at=begun_at, holder=None, held_until=None)
    return store_job(session, *lease.planned.key, free, holder=lease.holder)
