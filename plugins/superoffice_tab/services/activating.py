"""Activate the set that waits, as the person saw it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import N_, Actor, Work
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.keys import Roots
from superoffice_tab.storage.models import Owner, StoredSet

from . import state
from .accepting import accept, refuse_swapped, signed
from .putting_in_force import Activation, put_in_force
from .refusals import CompanyNotConfirmedError, PlanOutdatedError, RefusedError, TooManyHoldersError
from .refused_files import written_down
from .waiting import Waiting, waiting

__all__ = [
    "Activation",
    "CompanyNotConfirmedError",
    "PlanOutdatedError",
    "TooManyHoldersError",
    "activate",
]


def activate(
    owner: str,
    *,
    seq: int,
    confirmed: Confirmation,
    roots: Roots,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
) -> Activation:
    """Put the set of *owner* that waits in force, with everything that was planned, or nothing.

    Everything is looked at again inside the transaction: a screen may be minutes old.

    Args:
        owner: Owner name, in any case.
        seq: Number of the set that the person saw.
        confirmed: A new serial number or company name that was typed.
        roots: Pinned root keys.
        timezone: IANA name of the zone that days are counted in.

    Raises:
        RefusedError: Another set waits, or none does: somebody else was faster. Or its row was altered.
        VerdictError: The set is no longer accepted.
        CompanyNotConfirmedError: It renames the company without confirmation.
        TooManyHoldersError: Licences have more holders than it allows; carries the deficits.
        PlanOutdatedError: Something that was planned can no longer be done.
    """
    now, session = clock(), work.session
    state.lock(session)
    found = _as_seen(owner.upper(), seq, session)
    with written_down(found.content, found.source, work=work):
        file = signed(found.content, source=found.source, roots=roots, now=now)
        refuse_swapped(file, owner=found.owner, serial=found.serial, company=found.company, seq=found.seq)
        accept(file, confirmed=confirmed, timezone=timezone, now=now, session=session)
    return put_in_force(
        *(file.claims, found.content),
        plan_of=found.id,
        roots=roots,
        timezone=timezone,
        work=work,
        actor=actor,
        now=now,
    )


def _as_seen(owner: str, seq: int, session: Session) -> Waiting:
    found = waiting(owner, session)
    if found is not None and found.seq == seq:
        return found
    if found is not None:
        raise RefusedError(
            N_(
                "Set %(other)s of %(owner)s waits now, and no longer set %(seq)s. Nothing was changed. Look "
                "at what it changes before you activate it.",
                other=found.seq,
                owner=owner,
                seq=seq,
            )
        )
    query = select(StoredSet.seq, StoredSet.activated_by).join(Owner, Owner.id == StoredSet.owner_id)
    done = session.execute(query.where(Owner.name == owner, StoredSet.in_force)).one_or_none()
    if done is not None and done.seq == seq:
        raise RefusedError(
            N_(
                "Set %(seq)s of %(owner)s is in force already: %(who)s activated it. Nothing was changed.",
                seq=seq,
                owner=owner,
                who=done.activated_by,
            )
        )
    raise RefusedError(
        N_(
            "Set %(seq)s of %(owner)s no longer waits: somebody discarded it, or activated another one. "
            "Nothing was changed.",
            seq=seq,
            owner=owner,
        )
    )
