"""Holders of a licence that has to go, in their order, some at a time (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from superoffice_tab.storage.counts import CROWD
from superoffice_tab.storage.models import Assignment, Associate, Licence
from superoffice_tab.storage.people import number_of_assignments

from .scene import Scene

_ORDER = (Associate.last_login.asc().nulls_first(), Associate.user_key)
_BACKWARDS = (Associate.last_login.desc().nulls_last(), Associate.user_key.desc())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose holders are listed.

    Args:
        code: Code name of the licence.
        everybody: Retired people too.
        search: Only those with this in their user id or name.
    """

    code: str
    everybody: bool
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From where on the list is read; by a person it is as quick on the last page as on the first.

    Args:
        offset: How many are left out; looked at where there is no such person.
        after: User id of who stands last on the page before; "" for nobody.
        before: User id of who stands first on the page after; "" for nobody.
    """

    offset: int = 0
    after: str = ""
    before: str = ""


def listed(view: Scene, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """Holders, those who have not signed in for longest first."""
    return (
        select(
            Associate.id,
            Associate.user_id,
            Associate.full_name,
            Associate.role,
            Associate.last_login,
            Associate.open_requests,
            Associate.portrait_digest,
            Associate.retired,
            Assignment.weight,
            Licence.id.label("licence_id"),
            Licence.name.label("licence"),
        )
        .join(Assignment, Assignment.associate_id == Associate.id)
        .join(Licence, Licence.id == Assignment.licence_id)
        .where(*_given(view, wanted), *_chosen(wanted))
        .order_by(*_ORDER)
    )


def page_of(
    view: Scene, wanted: Wanted, *, limit: int, turn: Turn, session: Session
) -> tuple[Sequence[RowMapping], int]:
    """Some of them, and how many there are in all.

    Who they are is found first, so that nothing wide is sorted.
    """
    query = listed(view, wanted)
    who = session.scalars(_from(turn, _people(view, wanted, session), session).limit(limit)).all()
    rows = session.execute(query.where(Associate.id.in_(who))).mappings().all()
    if turn == Turn() and len(who) < limit:
        return rows, len(rows)
    if wanted.search:
        return rows, session.scalar(query.with_only_columns(func.count()).order_by(None)) or 0
    given = session.scalars(select(Licence.id).where(*_given(view, wanted))).all()
    return rows, number_of_assignments(given, retired=wanted.everybody, session=session)


def _people(view: Scene, wanted: Wanted, session: Session) -> Select[int]:
    """Ids of the holders, in order: by the index of all people where they are many."""
    if sum(view.held.get(name, 0) for name in view.given_for(wanted.code)) < CROWD:
        return listed(view, wanted).with_only_columns(Associate.id)
    licences = session.scalars(select(Licence.id).where(*_given(view, wanted))).all()
    holds = exists().where(Assignment.associate_id == Associate.id, Assignment.licence_id.in_(licences))
    return select(Associate.id).where(holds, *_chosen(wanted)).order_by(*_ORDER)


def _given(view: Scene, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    return (Licence.owner_id == view.current.owner_id, Licence.name.in_(view.given_for(wanted.code)))


def _chosen(wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = [] if wanted.everybody else [Associate.retired.is_(False)]
    if wanted.search:
        called = Associate.full_name.icontains(wanted.search, autoescape=True)
        key = Associate.user_key.contains(wanted.search.casefold(), autoescape=True)
        chosen.append(or_(key, called))
    return chosen


def _from(turn: Turn, people: Select[int], session: Session) -> Select[int]:
    """*people* from where *turn* says; backwards where it says what comes after them."""
    anchor = turn.after or turn.before
    query = select(Associate.last_login, Associate.user_key)
    row = session.execute(query.where(Associate.user_key == anchor.casefold())).one_or_none()
    if not anchor or row is None:
        return people.offset(turn.offset)
    if turn.after:
        return people.where(_later(*row))
    return people.where(_earlier(*row)).order_by(None).order_by(*_BACKWARDS)


def _later(login: datetime | None, key: str) -> ColumnElement[bool]:
    if login is None:
        return or_(Associate.last_login.is_not(None), Associate.user_key > key)
    same = and_(Associate.last_login == login, Associate.user_key > key)
    # The first part says nothing new: by it the index is entered in the right place.
    return and_(Associate.last_login >= login, or_(Associate.last_login > login, same))


def _earlier(login: datetime | None, key: str) -> ColumnElement[bool]:
    never = Associate.last_login.is_(None)
    if login is None:
        return and_(never, Associate.user_key < key)
    same = and_(Associate.last_login == login, Associate.user_key < key)
    return or_(never, Associate.last_login < login, same)
