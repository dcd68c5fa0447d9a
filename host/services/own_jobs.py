"""Jobs of the host itself: done by the clock like those of plugins, each under its own lease."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from host.api.errors import TabhostError
from host.api.values import N_, Job
from host.domain.errors import ConfigurationError

from .audit import log_of
from .audit_export import export_day
from .house import House
from .leases import Lease, Planned, note_done, note_failed

OWNER = "host"
"""Stands where others have a plugin id; no plugin may be called so."""
DAY = 86_400
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnJob:
    """One of them.

    Args:
        job: What a plugin would announce.
        wanted: Whether it is there at all.
        run: Does it.
    """

    job: Job
    wanted: Callable[[House], bool]
    run: Callable[[House], object]


def _export(house: House) -> None:
    if house.audit_export is not None:
        export_day(log_of(house), house.audit_export)


OWN_JOBS = (
    OwnJob(
        job=Job(id="audit_export", title=N_("Check and export the audit log"), every=DAY, timeout=900),
        wanted=lambda house: house.audit_export is not None,
        run=_export,
    ),
)


def planned_here(house: House) -> list[Planned]:
    """The host's own jobs."""
    return [Planned(plugin=OWNER, job=each.job) for each in OWN_JOBS if each.wanted(house)]


def run_own(house: House, lease: Lease) -> None:
    """Do one of them, and note in the database how it went."""
    job = lease.planned.job.id
    try:
        next(each for each in OWN_JOBS if each.job.id == job).run(house)
    except (TabhostError, ConfigurationError) as error:
        logger.error("the job host %s failed: %s", job, error)  # noqa: TRY400 - the sentence says all
        note_failed(house.stores.host, lease, now=house.clock(), reason=str(error))
    except Exception as error:
        logger.exception("the job host %s failed", job)
        note_failed(house.stores.host, lease, now=house.clock(), reason=f"{type(error).__name__}: {error}")
    else:
        with house.stores.host.writing() as session:
            note_done(session, lease, now=house.clock(), wanted=None)
