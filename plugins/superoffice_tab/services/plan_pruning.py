"""Keep of a plan what still makes sense when holders change, or the set it was made for or made in."""

from __future__ import annotations

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from superoffice_tab.domain.comparing import compare, may_go
from superoffice_tab.domain.licences import LicenceSet
from superoffice_tab.domain.people import Catalogue
from superoffice_tab.domain.planning import refusal
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.storage.changing import PlannedChange
from superoffice_tab.storage.counts import CHUNK
from superoffice_tab.storage.models import Assignment, Licence

from . import plan_rows
from .in_force import SetInForce, held, in_force
from .waiting import waiting


def prune(pending_id: int, new: LicenceSet, session: Session) -> None:
    """Forget what is planned for nothing, or can no longer be done.

    That is for people who no longer hold the licence, for licences that nobody has to lose any more, and
    what is no longer possible or no longer has room.
    """
    current = in_force(new.owner, session)
    planned = select(PlannedChange.id).where(PlannedChange.pending_id == pending_id)
    if current is None or session.scalar(planned.limit(1)) is None:
        return
    forget_released(session)
    _forget(_needless(pending_id, new, current, session), session)
    _forget(_impossible(pending_id, new, current, session), session)
    _forget(_without_room(pending_id, new, current, session), session)


def prune_waiting(owner: str, session: Session) -> None:
    """Do that with what is planned for the set of *owner* that waits, once another one is in force."""
    found = waiting(owner, session)
    if found is None:
        return
    try:
        new = found.claims().licence
    except VerdictError:  # its row was altered: it cannot be activated, and neither can what is planned
        return
    prune(found.id, new, session)


def forget_released(session: Session) -> None:
    """Forget what is planned for a licence that somebody no longer holds: they may get it again later."""
    holds = exists().where(
        Assignment.licence_id == PlannedChange.licence_id,
        Assignment.associate_id == PlannedChange.associate_id,
    )
    session.execute(delete(PlannedChange).where(~holds), execution_options={"synchronize_session": False})


def _needless(pending_id: int, new: LicenceSet, current: SetInForce, session: Session) -> list[int]:
    counts = held(current, new, session)
    needed = may_go(compare(current.set, new, counts.direct, counts.assigned), new.licences)
    return [number for number, _, name, _ in _rows(pending_id, session) if name not in needed]


def _impossible(pending_id: int, new: LicenceSet, current: SetInForce, session: Session) -> list[int]:
    before, after = Catalogue(current.set.licences), Catalogue(new.licences)
    refused = {
        number
        for number, each in plan_rows.planned(pending_id, current.owner_id, session).items()
        if refusal(each.holder, each.taken(new.owner), each.given(new.owner), before, after)
    }
    return [number for number, person, _, _ in _rows(pending_id, session) if person in refused]


def _without_room(pending_id: int, new: LicenceSet, current: SetInForce, session: Session) -> list[int]:
    counts = held(current, new, session)
    moves = plan_rows.moves(pending_id, session)
    full = {
        change.name
        for change in compare(current.set, new, counts.direct, counts.assigned, moves)
        if change.to_remove
    }
    had = {licence.name: {licence.name, *licence.brings} for licence in current.set.licences}
    gets = {licence.name: {licence.name, *licence.brings} for licence in new.licences}
    return [
        number
        for number, _, name, to in _rows(pending_id, session)
        if to is not None and (gets.get(to, set()) - had.get(name, set())) & full
    ]


def _rows(pending_id: int, session: Session) -> list[tuple[int, int, str, str | None]]:
    """Id of the row, id of the associate, code name of what is taken back and of what is given instead."""
    rows = session.execute(
        select(PlannedChange.id, PlannedChange.associate_id, Licence.name, PlannedChange.to_name)
        .join(Licence, Licence.id == PlannedChange.licence_id)
        .where(PlannedChange.pending_id == pending_id)
    )
    return [(number, person, name, to) for number, person, name, to in rows]


def _forget(ids: list[int], session: Session) -> None:
    for start in range(0, len(ids), CHUNK):
        session.execute(
            delete(PlannedChange).where(PlannedChange.id.in_(ids[start : start + CHUNK])),
            execution_options={"synchronize_session": False},
        )
