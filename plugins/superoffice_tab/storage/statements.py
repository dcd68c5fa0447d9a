"""What the licence list asks: built once, with a place for each value.

Building such a statement takes ten times as long as running it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select

from superoffice_tab.domain.licences import SUPEROFFICE, LicenceType

from .counts import in_use
from .models import Licence, Owner, StoredSet

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
COUNTS = (
    select(Licence.type, Licence.hidden, func.count())
    .where(Licence.owner_id == bindparam("owner_id"))
    .group_by(Licence.type, Licence.hidden)
)


@cache
def listing(hidden: bool, kind: LicenceType | None) -> Select[*tuple[Any, ...]]:
    """The licences of the owner ``owner_id``, in the order of the list."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Licence.name,
            func.coalesce(func.nullif(Licence.description, ""), Licence.name),
            Licence.tooltip,
            Licence.type,
            Licence.hidden,
            Licence.unrestricted,
            Licence.quantity,
            in_use(),
        )
        .where(Licence.owner_id == bindparam("owner_id"))
        .order_by(Licence.unrestricted, func.lower(Licence.description), Licence.name)
    )
    if not hidden:
        query = query.where(Licence.hidden.is_(False))
    return query if kind is None else query.where(Licence.type == kind.value)
