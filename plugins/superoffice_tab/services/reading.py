"""What the pages and commands show; every number comes from the database.

The session's connection runs the statements of the list: what they find is never an object of the ORM.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.domain.counting import free, share
from superoffice_tab.domain.licences import LicenceType, OwnerDates, full_name
from superoffice_tab.storage import statements
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner

# Plain texts, as rows have them: looking a member of an enumeration up takes longer than all else of a row.
USER, SATELLITE = LicenceType.USER.value, LicenceType.SATELLITE.value
COUNTED = (USER, SATELLITE)
"""Types that are bought by number; the others are on or off."""


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

    @property
    def dates(self) -> OwnerDates:
        """The dates of the set in force (domain.md 1.5)."""
        return OwnerDates(
            next_check=self.next_check,
            warning=self.warning,
            expiry=self.expiry,
            grace=self.grace,
            maintenance=self.maintenance,
        )


class LicenceView(NamedTuple):
    """One row of the licence list: a tuple, because a page may have a thousand of them.

    Args:
        owner: Name of the module owner.
        code: Code name without the owner.
        kind: Its type as SuperOffice calls it.
        unrestricted: Whether any number of people may hold it; never where it was altered.
        quantity: Bought, 0 where it was altered; says nothing of what is only on or off.
        held: Sum of weights; says nothing of what people do not hold.
        altered: Whether its row no longer says what the signed file says: it counts for nothing then.
    """

    owner: str
    code: str
    description: str
    tooltip: str
    kind: str
    hidden: bool
    unrestricted: bool
    quantity: int
    held: int
    altered: bool = False

    @property
    def name(self) -> str:
        """Full module name."""
        return full_name(self.owner, self.code)

    @property
    def type(self) -> LicenceType:
        """What it is for."""
        return LicenceType(self.kind)

    @property
    def in_use(self) -> int | None:
        """Sum of weights; None for what people do not hold."""
        return self.held if self.kind == USER else None

    @property
    def total(self) -> int | None:
        """Bought; None where unrestricted or only on or off."""
        return None if self.unrestricted or self.kind not in COUNTED else self.quantity

    @property
    def free(self) -> int | None:
        """Still to give away; None where there is no use or no total."""
        limited = self.kind == USER and not self.unrestricted
        return free(self.held, self.quantity) if limited else None

    @property
    def share(self) -> float | None:
        """Percent in use, for a bar; None where nothing limits it."""
        limited = self.kind == USER and not self.unrestricted
        return share(self.held, self.quantity) if limited else None


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
    return [OwnerView(**row) for row in session.connection().execute(statements.OWNERS).mappings()]


def owner(name: str, session: Session) -> OwnerView | None:
    """The owner called *name* in any case, or None while no licence of theirs was loaded."""
    rows = session.connection().execute(statements.OWNER, {"owner": name.upper()}).mappings()
    return next((OwnerView(**row) for row in rows), None)


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
        search: Only those with this in their full name or description, in any case.
    """
    query = statements.listing(hidden, kind)
    if search:
        code = search.lower().removeprefix(full_name(owner.name, ""))
        named = Licence.name.icontains(code, autoescape=True)
        query = query.where(or_(Licence.description.icontains(search, autoescape=True), named))
    rows = session.connection().execute(query, {"owner_id": owner.id}).all()
    return [LicenceView(owner.name, *row) for row in rows]


def licence_counts(owner: OwnerView, session: Session, *, hidden: bool = False) -> LicenceCounts:
    """How many licences of each type are listed, and how many are hidden."""
    rows = session.connection().execute(statements.COUNTS, {"owner_id": owner.id}).all()
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
