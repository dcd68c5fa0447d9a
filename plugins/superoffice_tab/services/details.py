"""One licence, opened: what it is, what it brings along, and what brings it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from superoffice_tab.domain.licences import PLAN, LicenceType, UserType
from superoffice_tab.storage import statements
from superoffice_tab.storage.models import Licence, PlanLicence

from .reading import LicenceView, OwnerView


class Named(NamedTuple):
    """A licence that another one speaks of; *title* is its code where the owner has none of that name."""

    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What there is to say of one licence (domain.md 3.2).

    Args:
        id: Its row.
        licence: What its row in the list says.
        version: Product version it was issued for; "" if it does not say.
        quantity: The number in its row, though it may say nothing of what is only on or off.
        prerequisite: What is needed first; None for nothing.
        allowed: Which associates may hold it; ``Unknown`` for any.
        is_plan: Whether a person holds at most one of its kind.
        brings: What comes with it.
        comes_with: The plans it comes with.
    """

    id: int
    licence: LicenceView
    version: str
    quantity: int
    prerequisite: Named | None
    allowed: UserType
    is_plan: bool
    brings: list[Named]
    comes_with: list[Named]

    @property
    def carriers(self) -> frozenset[str]:
        """Code names of what a holder of it was given: itself, or a plan it comes with."""
        return frozenset({self.licence.code, *(each.code for each in self.comes_with)})


def details(owner: OwnerView, code: str, session: Session) -> Details | None:
    """The licence of *owner* called *code*, in any case; None if they have none of that name."""
    values = {"owner_id": owner.id, "name": code.lower()}
    found = session.connection().execute(statements.LICENCE, values).one_or_none()
    if found is None:
        return None
    number, version, quantity, prerequisite, allowed, flags, *row = found
    licence = LicenceView(owner.name, *row)
    return Details(
        id=number,
        licence=licence,
        version=version,
        quantity=quantity,
        prerequisite=_named(owner, prerequisite, session) if prerequisite else None,
        allowed=UserType(allowed),
        is_plan=licence.kind == LicenceType.USER and bool(flags & PLAN),
        brings=_linked(PlanLicence.licence_id, PlanLicence.plan_id, number, session),
        comes_with=_linked(PlanLicence.plan_id, PlanLicence.licence_id, number, session),
    )


def titles(owner: OwnerView, codes: Collection[str], session: Session) -> dict[str, str]:
    """Display names by code name, of those of *codes* that *owner* has licences of."""
    query = select(Licence.name, _title()).where(Licence.owner_id == owner.id, Licence.name.in_(codes))
    return dict(session.execute(query).all())


def _title() -> ColumnElement[str]:
    return func.coalesce(func.nullif(Licence.description, ""), Licence.name)


def _named(owner: OwnerView, code: str, session: Session) -> Named:
    where = (Licence.owner_id == owner.id, Licence.name == code)
    return Named(code, session.scalar(select(_title()).where(*where)) or code)


def _linked(wanted: Any, given: Any, number: int, session: Session) -> list[Named]:
    query = (
        select(Licence.name, _title())
        .join(PlanLicence, wanted == Licence.id)
        .where(given == number)
        .order_by(Licence.sort_order, Licence.name)
    )
    return [Named(*row) for row in session.execute(query)]
