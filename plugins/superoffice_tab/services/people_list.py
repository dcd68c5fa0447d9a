"""Associates, page by page, with the licences they hold (formats.md 2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.domain.licences import PLAN, LicenceType, full_name
from superoffice_tab.storage import people as statements
from superoffice_tab.storage.counts import CROWD
from superoffice_tab.storage.models import Associate
from superoffice_tab.storage.people import Sort

__all__ = ["Held", "PeoplePage", "PersonRow", "Sort", "people", "person", "portrait"]


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
    quick = counted = statements.everybody(retired)
    values: dict[str, Any] = {}
    if code is not None:
        known = _carrying(owner, code, session)
        values["given"] = [*known]
        quick = counted = statements.holders(retired, len(known) != 1)
        if sort in statements.INDEXED and sum(known.values()) >= CROWD:
            quick = statements.crowd(retired)
    if search:
        quick, counted = (query.where(statements.called(search)) for query in (quick, counted))
    connection = session.connection()
    # Who they are is found first, so that nothing wide is sorted.
    page = statements.page(quick, sort, backwards=backwards)
    ids = connection.execute(page, {**values, "most": limit, "first": offset}).scalars().all()
    given = values.get("given", ())
    if len(given) == 1 and not search:  # each of them has one
        total = statements.number_of_assignments(given, retired=retired, session=session)
    else:
        total = connection.execute(statements.number(counted), values).scalar_one()
    return PeoplePage(rows=_rows(ids, owner, session), total=total)


def _carrying(owner: str | None, code: str, session: Session) -> dict[int, int]:
    """Id and use of a licence, and of the plans that bring it."""
    values = {"code": code.lower(), **({} if owner is None else {"owner": owner.upper()})}
    return dict(session.execute(statements.carrying(owner is not None), values).all())


def _rows(ids: Sequence[int], owner: str | None, session: Session) -> list[PersonRow]:
    """People with these ids, in this order, and what they hold."""
    held = _held(ids, owner, session)
    people = session.connection().execute(statements.BY_IDS, {"ids": ids}).mappings()
    known = {row["id"]: row for row in people}
    return [PersonRow(**known[each], licences=held.get(each, [])) for each in ids]


def person(user_id: str, session: Session, *, owner: str | None = None) -> PersonRow:
    """The associate called *user_id*, in any case, retired or not.

    Raises:
        NotFoundError: There is none.
    """
    row = session.execute(statements.BY_KEY, {"key": user_id.casefold()}).mappings().one_or_none()
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


def _held(ids: Collection[int], owner: str | None, session: Session) -> dict[int, list[Held]]:
    query = statements.held(owner is not None)
    values = {"ids": ids, **({} if owner is None else {"owner": owner.upper()})}
    held: dict[int, list[Held]] = {}
    for person_id, owner_name, code, title, weight, kind, flags in session.connection().execute(
        query, values
    ):
        is_plan = kind == LicenceType.USER.value and bool(flags & PLAN)
        each = Held(owner=owner_name, code=code, title=title, weight=weight, is_plan=is_plan)
        held.setdefault(person_id, []).append(each)
    for licences in held.values():
        licences.sort(key=lambda each: (not each.is_plan, each.title.casefold(), each.name))
    return held
