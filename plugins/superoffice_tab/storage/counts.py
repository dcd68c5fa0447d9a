"""In use: counted by the database when holders change, and kept with the licence (formats.md 6)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, case, func, select, update
from sqlalchemy.orm import Session, aliased

from .models import Assignment, Associate, Licence, PlanLicence

CHUNK = 500
"""Ids in one statement: databases limit its parameters."""
CROWD = 20_000
"""From so many holders on it is quicker to look at people in their order than to sort the holders."""


def direct_use(owner_id: int) -> Select[int, int]:
    """Sum of weights over holders who are not retired, by licence id (columns licence_id, in_use).

    A weight below one counts for nothing, whoever wrote it past the check of the store.
    """
    return (
        select(Assignment.licence_id.label("licence_id"), func.sum(Assignment.weight).label("in_use"))
        .join(Licence, Licence.id == Assignment.licence_id)
        .join(Associate, Associate.id == Assignment.associate_id)
        .where(Licence.owner_id == owner_id, Associate.retired.is_(False), Assignment.weight > 0)
        .group_by(Assignment.licence_id)
    )


def recount(session: Session, licence_ids: Collection[int] | None = None) -> None:
    """Count anew what is kept in ``Licence.held``: the last step of whatever changes holders.

    Args:
        licence_ids: The licences whose holders changed; None for all.
    """
    session.flush()
    counted = (
        select(func.coalesce(func.sum(Assignment.weight), 0))
        .join(Associate, Associate.id == Assignment.associate_id)
        .where(Assignment.licence_id == Licence.id, Associate.retired.is_(False), Assignment.weight > 0)
        .scalar_subquery()
    )
    anew = update(Licence).values(held=counted)
    apart = {"synchronize_session": False}
    if licence_ids is None:
        session.execute(anew, execution_options=apart)
        return
    ids = sorted(set(licence_ids))
    for start in range(0, len(ids), CHUNK):
        some = Licence.id.in_(ids[start : start + CHUNK])
        session.execute(anew.where(some), execution_options=apart)


def in_use() -> ColumnElement[int]:
    """What is held of a `Licence`, and for a hidden one what the holders of plans have of it."""
    plan = aliased(Licence)
    through_plans = (
        select(func.coalesce(func.sum(plan.held), 0))
        .join(PlanLicence, PlanLicence.plan_id == plan.id)
        .where(PlanLicence.licence_id == Licence.id)
        .correlate(Licence)
        .scalar_subquery()
    )
    return Licence.held + case((Licence.hidden, through_plans), else_=0)
