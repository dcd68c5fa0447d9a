"""What the clock has done here: asking licence servers, the day's samples, and looking after the rows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from host.api import N_, Actor, Job, Work
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.keys import Roots
from superoffice_tab.storage.changing import Check
from superoffice_tab.storage.counts import recount

from . import state
from .checking import CheckResult, Fetch, check, due, note_unknown
from .owners import owner_names
from .sampling import sample

logger = logging.getLogger(__name__)
SOONEST, EVERY = timedelta(minutes=1), timedelta(minutes=15)
DAY = timedelta(days=1)
MORNING = time(0, 10)
"""When a day's first sample is taken: so that no day is without, whoever changes nothing."""


def _job(name: str, title: Any, every: timedelta, **more: int) -> Job:
    return Job(id=name, title=title, every=int(every.total_seconds()), **more)


JOBS = [
    _job("owners", N_("Keep the module owners that add-ons announce"), EVERY),
    _job("check", N_("Ask licence servers for new licences"), EVERY, timeout=300),
    _job("verify", N_("Compare licences with their signed files"), DAY),
    _job("sample", N_("Count users and the use of licences"), DAY),
]


def check_due(
    *,
    settings: Mapping[str, Any],
    roots: Roots,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
    get: Fetch,
) -> list[CheckResult]:
    """Ask the licence servers whose time has come; each answer is kept before the next is asked.

    Whatever happens with one owner, the others are asked.
    """
    results, session = [], work.session
    for owner in due(session, clock(), timezone):
        try:
            done = check(
                owner,
                settings=settings,
                roots=roots,
                timezone=timezone,
                work=work,
                actor=actor,
                clock=clock,
                get=get,
            )
        except Exception:
            logger.exception("asking the licence server of %s failed", owner)
            session.rollback()
            done = note_unknown(owner, settings=settings, session=session, now=clock())
        session.commit()
        results.append(done)
    return results


def next_try(session: Session, now: datetime) -> datetime | None:
    """When an owner is asked again after a failure, where that is before the next look at all of them."""
    here = Check.owner.in_(owner_names(session))  # as `due` finds them: one may be gone since it was asked
    soonest: datetime | None = session.scalar(select(func.min(Check.next_try)).where(here))
    if soonest is None or soonest > now + EVERY:
        return None
    return max(soonest, now + SOONEST)


def count(*, timezone: str, work: Work, clock: Callable[[], datetime]) -> None:
    """What every day brings: the time is remembered, holders are counted anew, and samples are taken.

    Args:
        timezone: IANA name of the zone that days are counted in.
    """
    session, now = work.session, clock()
    state.lock(session)
    state.remember_time(session, now)
    recount(session)
    sample(session, today(now, timezone))


def next_day(now: datetime, timezone: str) -> datetime:
    """The morning of the next day in the zone *timezone*."""
    return datetime.combine(today(now, timezone) + DAY, MORNING, ZoneInfo(timezone))
