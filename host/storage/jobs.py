"""What the host keeps of plugins' jobs, and of the parents that have them done."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from host.domain.jobs import JobState, Parent

from .base import insert_into
from .models import JobRow, ParentRow

_STATE = [getattr(JobRow, name) for name in JobState.__dataclass_fields__]


def job_states(session: Session) -> dict[tuple[str, str], JobState]:
    """Every job that was ever to run, by plugin and id."""
    rows = session.execute(select(JobRow.plugin, JobRow.job, *_STATE))
    return {(plugin, job): JobState(**_named(state)) for plugin, job, *state in rows}


def lock_job(session: Session, plugin: str, job: str) -> JobState:
    """One job, which nobody else changes until the caller's transaction ends; made if it is not there."""
    row = insert_into(session, JobRow).values(plugin=plugin, job=job, **asdict(JobState()))
    session.execute(row.on_conflict_do_nothing(index_elements=["plugin", "job"]))
    here = (JobRow.plugin == plugin, JobRow.job == job)
    return JobState(**_named(session.execute(select(*_STATE).where(*here).with_for_update()).one()))


def store_job(session: Session, plugin: str, job: str, state: JobState, *, holder: str | None) -> bool:
    """Write *state*, if the lease is that of *holder* still, which is nobody's with None.

    Returns:
        Whether it was.
    """
    here = (JobRow.plugin == plugin, JobRow.job == job, JobRow.holder.is_not_distinct_from(holder))
    done: Any = session.execute(update(JobRow).where(*here).values(**asdict(state)))
    return bool(done.rowcount)


def parents(session: Session) -> list[Parent]:
    """Every parent that is there, or was and did not say that it went."""
    columns = [getattr(ParentRow, name) for name in Parent.__dataclass_fields__]
    return [Parent(**row) for row in session.execute(select(*columns)).mappings()]


def store_parent(session: Session, parent: Parent) -> None:
    """Write down that *parent* is there."""
    values = asdict(parent)
    row = insert_into(session, ParentRow).values(**values)
    session.execute(row.on_conflict_do_update(index_elements=["machine", "pid"], set_=values))


def drop_parent(session: Session, machine: str, pid: int) -> None:
    """Forget a parent that is gone."""
    session.execute(delete(ParentRow).where(ParentRow.machine == machine, ParentRow.pid == pid))


def _named(values: Any) -> dict[str, Any]:
    return dict(zip(JobState.__dataclass_fields__, values, strict=True))
