"""Jobs of plugins: what there is, how it went, and what is due."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from host.api.errors import NotFoundError
from host.api.texts import english
from host.domain.jobs import JobState
from host.storage.database import Database
from host.storage.jobs import job_states
from host.storage.records import switched_off

from .house import House
from .leases import Planned
from .own_jobs import planned_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at the database found.

    Args:
        due: Jobs that should run now and that nobody runs, the longest due first.
        fresh: Those of the jobs asked for that have not run since the host started.
        next_at: When there will be something to do; None if that is not known.
    """

    due: list[Planned]
    fresh: frozenset[tuple[str, str]]
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it is listed.

    Args:
        plugin: Plugin id.
        id: Job id.
        title: What it is, in English.
        every: Seconds from the end of one run to the next.
        timeout: Seconds after which a run is ended.
        serving: Whether its plugin is switched on; else it does not run.
        running: Whether it runs now.
        begun_at: When it last began; None for never.
        ended_at: When a run last ended; None for never.
        result: ``done`` or ``failed``; "" for never.
        reason: Why it failed; "" if it did not.
        failures: How many runs failed one after the other.
        next_at: When the next is due; None for at once, and while it runs.
    """

    plugin: str
    id: str
    title: str
    every: int
    timeout: int
    serving: bool
    running: bool
    begun_at: datetime | None
    ended_at: datetime | None
    result: str
    reason: str
    failures: int
    next_at: datetime | None


def planned(house: House) -> list[Planned]:
    """The jobs of all admitted plugins, and the host's own."""
    theirs = [Planned(plugin=each.id, job=job) for each in house.registry.admitted() for job in each.jobs]
    return [*theirs, *planned_here(house)]


def find(house: House, plugin: str, job: str) -> Planned:
    """One job.

    Raises:
        NotFoundError: There is no such plugin or job.
    """
    known = planned(house)
    for each in known:
        if each.key == (plugin, job):
            return each
    names = ", ".join(f"{each.plugin} {each.job.id}" for each in known) or "none"
    raise NotFoundError(f"There is no job {plugin} {job}. Jobs: {names}.")


def list_jobs(house: House) -> list[JobView]:
    """Every job, by plugin in the order of admission."""
    with house.stores.host.reading() as session:
        states, off = job_states(session), switched_off(session)
    return [_view(each, states.get(each.key, JobState()), off, house.clock()) for each in planned(house)]


def _view(each: Planned, state: JobState, off: frozenset[str], now: datetime) -> JobView:
    running = state.is_running(now)
    return JobView(
        plugin=each.plugin,
        id=each.job.id,
        title=english(each.job.title),
        every=each.job.every,
        timeout=each.job.timeout,
        serving=each.plugin not in off,
        running=running,
        begun_at=state.begun_at,
        ended_at=state.ended_at,
        result=state.result,
        reason=state.reason,
        failures=state.failures,
        next_at=None if running else state.next_at,
    )


def look(
    database: Database,
    jobs: Iterable[Planned],
    *,
    now: datetime,
    started: datetime,
    fresh: Collection[tuple[str, str]],
) -> Look:
    """See which of *jobs* are due.

    Args:
        database: The host's.
        jobs: What there is to run.
        now: The time.
        started: When this start of the host began.
        fresh: Those of the jobs that are not known to have run since.
    """
    with database.reading() as session:
        states, off = job_states(session), switched_off(session)
    mine = [(each, states.get(each.key, JobState())) for each in jobs if each.plugin not in off]
    left = {each.key for each, state in mine if each.key in fresh and not state.has_run_since(started)}
    waiting = [(each, state) for each, state in mine if not state.is_running(now)]
    due = [
        (each, state) for each, state in waiting if state.is_due(now, started if each.key in left else None)
    ]
    due.sort(key=lambda pair: (pair[1].next_at is not None, pair[1].next_at or now))
    times = [state.next_at for _, state in waiting] + [state.held_until for _, state in mine]
    later = [each for each in times if each is not None and each > now]
    return Look(due=[each for each, _ in due], fresh=frozenset(left), next_at=min(later, default=None))
