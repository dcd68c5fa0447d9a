"""What the licence list asks: built once, with a place for each value.

Building such a statement takes ten times as long as running it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, bindparam, case, func, not_, select, union

from superoffice_tab.domain.licences import SUPEROFFICE, LicenceType

from .changing import Alteration, Check, PendingSet
from .counts import in_use
from .models import Licence, Owner, PlanLicence, StoredSet

OWNERS = (
    select(
        Owner.id,
        Owner.name,
        func.coalesce(func.nullif(Owner.description, ""), Owner.name).label("description"),
        Owner.company,
        Owner.serial,
        Owner.product_description.label("product"),
        *(Owner.next_check, Owner.warning, Owner.expiry, Owner.grace, Owner.maintenance),
        *(StoredSet.seq, StoredSet.activated_at, StoredSet.activated_by),
    )
    .join(StoredSet, StoredSet.owner_id == Owner.id)
    .where(StoredSet.in_force)
    .order_by(case((Owner.name == SUPEROFFICE, 0), else_=1), Owner.name)
)
OWNER = OWNERS.where(Owner.name == bindparam("owner"))
_ALTERED = select(func.count()).where(Alteration.owner_id == Owner.id).correlate(Owner).scalar_subquery()
_HIDDEN = select(func.count()).where(Licence.owner_id == Owner.id, Licence.hidden).correlate(Owner)
OWNER_AND_NEWS = (
    OWNER.add_columns(
        *(Check.status, Check.message, Check.url, Check.checked_at, Check.next_try),
        PendingSet.seq.label("waiting"),
        _ALTERED.label("altered"),
        _HIDDEN.scalar_subquery().label("hidden"),
    )
    .outerjoin(Check, Check.owner == Owner.name)
    .outerjoin(PendingSet, PendingSet.owner == Owner.name)
)
"""An owner, how the last check went, which set waits, how many rows were altered: one question a page."""
COUNTS = (
    select(Licence.type, Licence.hidden, func.count())
    .where(Licence.owner_id == bindparam("owner_id"))
    .group_by(Licence.type, Licence.hidden)
)


def unrestricted() -> ColumnElement[bool]:
    """Whether any number may hold a `Licence`: not where its row was altered, which counts for nothing."""
    return and_(Licence.unrestricted, not_(Licence.altered))


def total() -> ColumnElement[int]:
    """How many of a `Licence` were bought: none where its row was altered (domain.md 1.10)."""
    return case((Licence.altered, 0), else_=Licence.quantity)


def row() -> tuple[Any, ...]:
    """What a row of the list says, in the order of ``services.reading.LicenceView`` after the owner."""
    return (
        Licence.name,
        func.coalesce(func.nullif(Licence.description, ""), Licence.name),
        Licence.tooltip,
        Licence.type,
        Licence.hidden,
        unrestricted(),
        total(),
        in_use(),
        Licence.altered,
    )


@cache
def listing(hidden: bool, kind: LicenceType | None) -> Select[*tuple[Any, ...]]:
    """The licences of the owner ``owner_id``, in the order of the list."""
    query: Select[*tuple[Any, ...]] = (
        select(*row())
        .where(Licence.owner_id == bindparam("owner_id"))
        .order_by(Licence.unrestricted, func.lower(Licence.description), Licence.name)
    )
    if not hidden:
        query = query.where(Licence.hidden.is_(False))
    return query if kind is None else query.where(Licence.type == kind.value)


def carriers(licence: Select[int]) -> CompoundSelect[int]:
    """Ids of what a holder of a licence was given: the licence itself, or a plan that brings it.

    Args:
        licence: Selects the id of the licence, or the ids of all that are meant.
    """
    return union(licence, select(PlanLicence.plan_id).where(PlanLicence.licence_id.in_(licence)))


LICENCE = select(
    Licence.id,
    Licence.version,
    Licence.quantity.label("quantity"),
    Licence.prerequisite,
    Licence.allowed_user_type,
    Licence.extra_flags,
    *row(),
).where(Licence.owner_id == bindparam("owner_id"), Licence.name == bindparam("name"))
"""One licence of the owner ``owner_id``: what it is, and then what its row in the list says."""
