"""What the pages and commands show; every number is counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.domain.counting import free, share
from superoffice_tab.domain.licences import LicenceType, full_name
from superoffice_tab.storage.counts import direct_use, use_through_plans
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner, StoredSet


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerView:
    """A module owner with the set in force (domain.md 1.2)."""

    id: int
    name: str
    description: str
    company: str
    serial: str
    product: str
    next_check: date | None
    warning: date | None
    expiry: date | None
    grace: date | None
    maintenance: date | None
    seq: int
    activated_at: datetime
    activated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceView:
    """One row of the licence list.

    Args:
        name: Full module name.
        code: Code name without the owner.
        in_use: Sum of weights; None for what people do not hold.
        total: Bought; None where unrestricted or only on or off.
        free: Still to give away; None where there is no use or no total.
    """

    name: str
    code: str
    description: str
    tooltip: str
    type: LicenceType
    hidden: bool
    unrestricted: bool
    in_use: int | None
    total: int | None
    free: int | None

    @property
    def share(self) -> float | None:
        """Percent in use, for a bar; None where there is no total."""
        return None if self.free is None or self.total is None else share(self.in_use or 0, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceCounts:
    """How many licences a list has, for its switches: by type, and hidden ones of all types."""

    user: int
    system: int
    satellite: int
    hidden: int

    @property
    def all(self) -> int:
        """All that are listed."""
        return self.user + self.system + self.satellite


def owners(session: Session) -> list[OwnerView]:
    """All module owners, SUPEROFFICE first, then by name."""
    rows = session.execute(
        select(Owner, StoredSet.seq, StoredSet.activated_at, StoredSet.activated_by)
        .join(StoredSet, StoredSet.owner_id == Owner.id)
        .where(StoredSet.in_force)
        .order_by(case((Owner.name == "SUPEROFFICE", 0), else_=1), Owner.name)
    )
    return [_owner_view(row) for row in rows]


def owner(name: str, session: Session) -> OwnerView | None:
    """The owner called *name* in any case, or None while no licence of theirs was loaded."""
    row = session.execute(
        select(Owner, StoredSet.seq, StoredSet.activated_at, StoredSet.activated_by)
        .join(StoredSet, StoredSet.owner_id == Owner.id)
        .where(StoredSet.in_force, Owner.name == name.upper())
    ).one_or_none()
    return None if row is None else _owner_view(row)


def known_owner(name: str, session: Session) -> OwnerView:
    """The owner called *name*.

    Raises:
        NotFoundError: No licence of theirs was loaded; names those that were.
    """
    found = owner(name, session)
    if found is None:
        known = ", ".join(each.name for each in owners(session)) or "none yet"
        raise NotFoundError(f"No licence of “{name}” is loaded here. Loaded owners: {known}.")
    return found


def licences(
    owner: OwnerView,
    session: Session,
    *,
    hidden: bool = False,
    kind: LicenceType | None = None,
    search: str = "",
) -> list[LicenceView]:
    """The licences of an owner by display name, the unrestricted ones last.

    Args:
        hidden: List hidden ones too.
        kind: Only those of one type; None for all.
        search: Only those with this in their name or description, in any case.
    """
    direct = direct_use(owner.id).cte("direct")
    plans = use_through_plans(direct)
    in_use = func.coalesce(direct.c.in_use, 0) + func.coalesce(plans.c.in_use, 0)
    query = (
        select(
            Licence.name,
            Licence.description,
            Licence.tooltip,
            Licence.type,
            Licence.hidden,
            Licence.unrestricted,
            Licence.quantity,
            in_use.label("in_use"),
        )
        .outerjoin(direct, direct.c.licence_id == Licence.id)
        .outerjoin(plans, plans.c.licence_id == Licence.id)
        .where(Licence.owner_id == owner.id)
        .order_by(Licence.unrestricted, func.lower(Licence.description), Licence.name)
    )
    if not hidden:
        query = query.where(Licence.hidden.is_(False))
    if kind is not None:
        query = query.where(Licence.type == kind.value)
    if search:
        found = (column.icontains(search, autoescape=True) for column in (Licence.description, Licence.name))
        query = query.where(or_(*found))
    return [_licence_view(row, owner.name) for row in session.execute(query)]


def licence_counts(owner: OwnerView, session: Session, *, hidden: bool = False) -> LicenceCounts:
    """How many licences of each type are listed, and how many are hidden."""
    rows = session.execute(
        select(Licence.type, Licence.hidden, func.count())
        .where(Licence.owner_id == owner.id)
        .group_by(Licence.type, Licence.hidden)
    ).all()
    listed = {
        kind: sum(n for type_, hid, n in rows if type_ == kind.value and (hidden or not hid))
        for kind in LicenceType
    }
    return LicenceCounts(
        user=listed[LicenceType.USER],
        system=listed[LicenceType.SYSTEM] + listed[LicenceType.UNKNOWN],
        satellite=listed[LicenceType.SATELLITE],
        hidden=sum(n for _, hid, n in rows if hid),
    )


def associates(session: Session) -> list[dict[str, Any]]:
    """All associates by user id, each with the full names of the licences held and their weights."""
    held: dict[int, dict[str, int]] = {}
    rows = session.execute(
        select(Assignment.associate_id, Owner.name, Licence.name, Assignment.weight)
        .join(Licence, Licence.id == Assignment.licence_id)
        .join(Owner, Owner.id == Licence.owner_id)
        .order_by(Owner.name, Licence.name)
    )
    for associate_id, owner_name, name, weight in rows:
        held.setdefault(associate_id, {})[full_name(owner_name, name)] = weight
    people = session.execute(
        select(
            Associate.id,
            Associate.user_id,
            Associate.full_name,
            Associate.type,
            Associate.group_name.label("group"),
            Associate.role,
            Associate.last_login,
            Associate.retired,
            Associate.open_requests,
        ).order_by(Associate.user_key)
    ).mappings()
    return [
        {
            **{key: value for key, value in person.items() if key != "id"},
            "licences": held.get(person["id"], {}),
        }
        for person in people
    ]


def _owner_view(row: Any) -> OwnerView:
    entity: Owner = row.Owner
    return OwnerView(
        id=entity.id,
        name=entity.name,
        description=entity.description or entity.name,
        company=entity.company,
        serial=entity.serial,
        product=entity.product_description,
        next_check=entity.next_check,
        warning=entity.warning,
        expiry=entity.expiry,
        grace=entity.grace,
        maintenance=entity.maintenance,
        seq=row.seq,
        activated_at=row.activated_at,
        activated_by=row.activated_by,
    )


def _licence_view(row: Any, owner: str) -> LicenceView:
    kind = LicenceType(row.type)
    counted = kind is LicenceType.USER
    limited = kind in {LicenceType.USER, LicenceType.SATELLITE} and not row.unrestricted
    in_use = int(row.in_use)
    return LicenceView(
        name=full_name(owner, row.name),
        code=row.name,
        description=row.description or row.name,
        tooltip=row.tooltip,
        type=kind,
        hidden=row.hidden,
        unrestricted=row.unrestricted,
        in_use=in_use if counted else None,
        total=row.quantity if limited else None,
        free=free(in_use, row.quantity) if limited and counted else None,
    )
