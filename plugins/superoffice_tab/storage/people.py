"""What the list of associates asks: built once, with a place for each value.

Building such a statement takes longer than running it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from .models import Assignment, Associate, Licence, Owner
from .statements import carriers

Sort = Literal["last_login", "user_id", "full_name"]
INDEXED: tuple[Sort, ...] = ("last_login", "user_id")
"""Orders in which a database has people ready."""
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
_PERSON = select(
    *(Associate.id, Associate.user_id, Associate.full_name, Associate.type),
    *(Associate.group_name.label("group"), Associate.role, Associate.last_login),
    *(Associate.retired, Associate.open_requests, Associate.portrait_digest),
)
BY_KEY = _PERSON.where(Associate.user_key == bindparam("key"))
BY_IDS = _PERSON.where(Associate.id.in_(bindparam("ids", expanding=True)))
_HELD = (
    select(
        *(Assignment.associate_id, Owner.name, Licence.name),
        func.coalesce(func.nullif(Licence.description, ""), Licence.name),
        *(Assignment.weight, Licence.type, Licence.extra_flags),
    )
    .join(Licence, Licence.id == Assignment.licence_id)
    .join(Owner, Owner.id == Licence.owner_id)
    .where(Assignment.associate_id.in_(bindparam("ids", expanding=True)))
)
_GIVEN = Assignment.licence_id.in_(bindparam("given", expanding=True))
RETIRED = select(Associate.id).where(Associate.retired.is_not(False))
"""Ids of retired people, in the words of the index that has them ready."""
_ASSIGNED = select(func.count()).select_from(Assignment).where(_GIVEN)
_OF_RETIRED = _ASSIGNED.where(Assignment.associate_id.in_(RETIRED))


@cache
def held(of_owner: bool) -> Select[*tuple[Any, ...]]:
    """What the people ``ids`` hold, of ``owner`` or of all: id, owner, code, title, weight, type, flags."""
    return _HELD.where(Owner.name == bindparam("owner")) if of_owner else _HELD


@cache
def carrying(of_owner: bool) -> Select[int, int]:
    """Id and use of the licence ``code``, of ``owner`` or of any, and of the plans that bring it."""
    licence = select(Licence.id).where(Licence.name == bindparam("code"))
    if of_owner:
        licence = licence.join(Owner, Owner.id == Licence.owner_id).where(Owner.name == bindparam("owner"))
    return select(Licence.id, Licence.held).where(Licence.id.in_(carriers(licence)))


@cache
def everybody(retired: bool) -> Select[int]:
    """Ids of people."""
    query = select(Associate.id)
    return query if retired else query.where(Associate.retired.is_(False))


@cache
def holders(retired: bool, several: bool) -> Select[int]:
    """Ids of people who hold one of the licences ``given``, each once.

    Args:
        several: Whether there may be more than one of these.
    """
    if several:
        return everybody(retired).where(Associate.id.in_(select(Assignment.associate_id).where(_GIVEN)))
    return everybody(retired).join(Assignment, Assignment.associate_id == Associate.id).where(_GIVEN)


@cache
def crowd(retired: bool) -> Select[int]:
    """The same where they are many: people are looked at in their order, until there are enough."""
    return everybody(retired).where(exists().where(Assignment.associate_id == Associate.id, _GIVEN))


def page(people: Select[int], sort: Sort, *, backwards: bool) -> Select[int]:
    """Those of *people* from ``first`` on, ``most`` of them, in order."""
    order = (_BACKWARDS if backwards else _ORDERS)[sort]
    return people.order_by(*order).limit(bindparam("most")).offset(bindparam("first"))


def number(people: Select[int]) -> Select[int]:
    """How many *people* there are."""
    return select(func.count()).select_from(people.subquery())


def number_of_assignments(given: Collection[int], *, retired: bool, session: Session) -> int:
    """How often the licences *given* were given, without reading the people who have them.

    Args:
        retired: To retired people too.
    """
    connection, values = session.connection(), {"given": [*given]}
    found: int = connection.execute(_ASSIGNED, values).scalar_one()
    return found if retired else found - int(connection.execute(_OF_RETIRED, values).scalar_one())


def called(search: str) -> ColumnElement[bool]:
    """Whether *search* stands in the user id or name of an `Associate`: both are in the index of the list."""
    return or_(
        Associate.user_key.contains(search.casefold(), autoescape=True),
        Associate.full_name.icontains(search, autoescape=True),
    )
