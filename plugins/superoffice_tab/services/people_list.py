"""Associates, page by page, with the licences they hold (formats.md 2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.domain.licences import PLAN, LicenceType, full_name
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner
from superoffice_tab.storage.statements import carriers

Sort = Literal["last_login", "user_id", "full_name"]
_ORDERS: dict[Sort, tuple[Any, ...]] = {
    "last_login": (Associate.last_login.asc().nulls_first(), Associate.user_key),
    "user_id": (Associate.user_key,),
    "full_name": (func.lower(Associate.full_name), Associate.user_key),
}
_BACKWARDS: dict[Sort, tuple[Any, ...]] = {
    "last_login": (Associate.last_login.desc().nulls_last(), Associate.user_key),
    "user_id": (Associate.user_key.desc(),),
    "full_name": (func.lower(Associate.full_name).desc(), Associate.user_key),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A licence that somebody holds.

    Args:
        owner: Module owner.
        code: Code name.
        title: Display name.
        weight: How many of it they occupy.
        is_plan: Whether it is a user plan.
    """

    owner: str
    code: str
    title: str
    weight: int
    is_plan: bool

    @property
    def name(self) -> str:
        """Full module name."""
        return full_name(self.owner, self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """An associate.

    Args:
        last_login: When they last signed in; None for never.
        open_requests: Their open requests in Service.
        portrait_digest: SHA-256 of the portrait; None where there is none.
        licences: What was given to them, plans first, then by display name.
    """

    id: int
    user_id: str
    full_name: str
    type: str
    group: str
    role: str
    last_login: datetime | None
    retired: bool
    open_requests: int
    portrait_digest: str | None
    licences: list[Held]

    def weight(self, owner: str, codes: Collection[str]) -> int:
        """How many they occupy of a licence of *owner*, upper case, by itself or through plans.

        Args:
            codes: Code names of the licence and of the plans that bring it.
        """
        return sum(held.weight for held in self.licences if held.owner == owner and held.code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Some of the associates.

    Args:
        total: How many there are in all, of those that were asked for.
    """

    rows: list[PersonRow]
    total: int


_COLUMNS = (
    *(Associate.id, Associate.user_id, Associate.full_name, Associate.type),
    *(Associate.group_name.label("group"), Associate.role, Associate.last_login),
    *(Associate.retired, Associate.open_requests, Associate.portrait_digest),
)


def people(
    session: Session,
    *,
    owner: str | None = None,
    code: str | None = None,
    search: str = "",
    sort: Sort = "last_login",
    backwards: bool = False,
    retired: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> PeoplePage:
    """Associates, and what they hold.

    Args:
        owner: Show only what they hold of this owner, in any case; None for all.
        code: Only those who hold this licence of *owner*, or a plan that brings it.
        search: Only those with this in their user id or name, in any case.
        sort: Those who have not signed in for longest first, or by user id or name.
        backwards: The other way round.
        retired: Retired people too.
    """
    query = select(*_COLUMNS)
    if code is not None:
        query = query.join(Assignment, Assignment.associate_id == Associate.id)
        query = query.where(Assignment.licence_id.in_(carriers(_licence(owner, code))))
    if not retired:
        query = query.where(Associate.retired.is_(False))
    if search:
        query = query.where(_called(search))
    total = session.execute(query.with_only_columns(func.count())).scalar_one()
    order = (_BACKWARDS if backwards else _ORDERS)[sort]
    found = session.execute(query.order_by(*order).limit(limit).offset(offset)).mappings().all()
    held = _held([row["id"] for row in found], owner, session)
    rows = [PersonRow(**row, licences=held.get(row["id"], [])) for row in found]
    return PeoplePage(rows=rows, total=total)


def person(user_id: str, session: Session, *, owner: str | None = None) -> PersonRow:
    """The associate called *user_id*, in any case, retired or not.

    Raises:
        NotFoundError: There is none.
    """
    query = select(*_COLUMNS).where(Associate.user_key == user_id.casefold())
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"There is no associate “{user_id}”.")
    return PersonRow(**row, licences=_held([row["id"]], owner, session).get(row["id"], []))


def portrait(user_id: str, session: Session) -> tuple[bytes, str] | None:
    """Picture and media type of the associate called *user_id*; None where there is none."""
    query = select(Associate.portrait, Associate.portrait_type).where(
        Associate.user_key == user_id.casefold()
    )
    row = session.execute(query).one_or_none()
    return None if row is None or row.portrait is None else (row.portrait, row.portrait_type or "image/png")


def _licence(owner: str | None, code: str) -> Select[int]:
    query = select(Licence.id).where(Licence.name == code.lower())
    if owner is not None:
        query = query.join(Owner, Owner.id == Licence.owner_id).where(Owner.name == owner.upper())
    return query


def _called(search: str) -> ColumnElement[bool]:
    """Whether *search* stands in the user id or name of an `Associate`: both are in the index of the list."""
    return or_(
        Associate.user_key.contains(search.casefold(), autoescape=True),
        Associate.full_name.icontains(search, autoescape=True),
    )


def _held(ids: Collection[int], owner: str | None, session: Session) -> dict[int, list[Held]]:
    query = (
        select(
            Assignment.associate_id,
            Owner.name,
            Licence.name,
            func.coalesce(func.nullif(Licence.description, ""), Licence.name),
            Assignment.weight,
            Licence.type,
            Licence.extra_flags,
        )
        .join(Licence, Licence.id == Assignment.licence_id)
        .join(Owner, Owner.id == Licence.owner_id)
        .where(Assignment.associate_id.in_(ids))
    )
    if owner is not None:
        query = query.where(Owner.name == owner.upper())
    held: dict[int, list[Held]] = {}
    for person_id, owner_name, code, title, weight, kind, flags in session.execute(query):
        is_plan = kind == LicenceType.USER.value and bool(flags & PLAN)
        each = Held(owner=owner_name, code=code, title=title, weight=weight, is_plan=is_plan)
        held.setdefault(person_id, []).append(each)
    for licences in held.values():
        licences.sort(key=lambda each: (not each.is_plan, each.title.casefold(), each.name))
    return held
