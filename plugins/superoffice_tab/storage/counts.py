"""In use, counted by the database: one statement for a whole list (formats.md 6)."""

from __future__ import annotations

from sqlalchemy import CTE, Select, func, select

from .models import Assignment, Associate, Licence, PlanLicence


def direct_use(owner_id: int) -> Select[int, int]:
    """Sum of weights over holders who are not retired, by licence id (columns licence_id, in_use)."""
    return (
        select(Assignment.licence_id.label("licence_id"), func.sum(Assignment.weight).label("in_use"))
        .join(Licence, Licence.id == Assignment.licence_id)
        .join(Associate, Associate.id == Assignment.associate_id)
        .where(Licence.owner_id == owner_id, Associate.retired.is_(False))
        .group_by(Assignment.licence_id)
    )


def use_through_plans(direct: CTE) -> CTE:
    """Sum of the holders of all plans that bring a licence, by licence id."""
    return (
        select(PlanLicence.licence_id.label("licence_id"), func.sum(direct.c.in_use).label("in_use"))
        .join(direct, direct.c.licence_id == PlanLicence.plan_id)
        .group_by(PlanLicence.licence_id)
        .cte("through_plans")
    )
