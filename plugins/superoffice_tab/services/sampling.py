"""How much was in use, day after day: the peak of each licence, and how many people there were."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, case, func, literal, null, or_, select, true
from sqlalchemy.orm import Session

from superoffice_tab.domain.licences import SUPEROFFICE, LicenceType
from superoffice_tab.storage.changing import Sample, UserSample
from superoffice_tab.storage.counts import CHUNK, in_use
from superoffice_tab.storage.dialect import insert_into
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner, PlanLicence
from superoffice_tab.storage.statements import carriers, total, unrestricted

USER_LICENCE = "user"
"""Code name of SUPEROFFICE's licence that makes its holder a user of the month (formats.md 6)."""


def sample(session: Session, day: date) -> None:
    """Note the use of every user licence that is listed or held, and how many users there are.

    Args:
        day: Which day it is, in the installation's zone.
    """
    session.flush()
    _note(session, day, or_(Licence.hidden.is_(False), in_use() > 0))
    _note_users(session, day)


def note_peaks(session: Session, licence_ids: Collection[int], day: date) -> None:
    """Raise the day's peak of some licences, and of what comes with them, to what is held now.

    Where people lose licences, call it before: what they held was in use that day, too.

    Args:
        day: Which day it is, in the installation's zone.
    """
    session.flush()
    ids = sorted(set(licence_ids))
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        brought = session.scalars(select(PlanLicence.licence_id).where(PlanLicence.plan_id.in_(some)))
        _note(session, day, Licence.id.in_({*some, *brought}))


def note_use(session: Session, licence_ids: Collection[int], day: date) -> None:
    """Note the use of licences whose holders or totals have changed, and how many users there are then.

    Args:
        day: Which day it is, in the installation's zone.
    """
    note_peaks(session, licence_ids, day)
    if _make_users(licence_ids, session):
        _note_users(session, day)


def users() -> Select[int]:
    """Count people who are not retired and hold the user licence, by itself or with a plan (formats.md 6)."""
    holders = select(Assignment.associate_id).where(Assignment.licence_id.in_(carriers(_user_licence())))
    return select(func.count()).where(Associate.id.in_(holders), Associate.retired.is_(False))


def _user_licence() -> Select[int]:
    return (
        select(Licence.id)
        .join(Owner, Owner.id == Licence.owner_id)
        .where(
            Owner.name == SUPEROFFICE, Licence.name == USER_LICENCE, Licence.type == LicenceType.USER.value
        )
    )


def _make_users(ids: Collection[int], session: Session) -> bool:
    """Whether a holder of one of these licences is a user."""
    return bool(ids) and not set(session.scalars(carriers(_user_licence()))).isdisjoint(ids)


def _note(session: Session, day: date, which: ColumnElement[bool]) -> None:
    bought = case((unrestricted(), null()), else_=total())
    found = select(Licence.owner_id, Licence.name, literal(day, Sample.day.type), in_use(), bought).where(
        Licence.type == LicenceType.USER.value, which
    )
    columns = ("owner_id", "name", "day", "in_use", "bought")
    statement = insert_into(Sample, session).from_select(columns, found)
    new = statement.excluded
    peak = case((new.in_use > Sample.in_use, new.in_use), else_=Sample.in_use)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=columns[:3], set_={"in_use": peak, "bought": new.bought}
        )
    )


def _note_users(session: Session, day: date) -> None:
    counted = select(literal(day, UserSample.day.type), users().scalar_subquery()).where(true())
    statement = insert_into(UserSample, session).from_select(("day", "users"), counted)
    session.execute(
        statement.on_conflict_do_update(index_elements=("day",), set_={"users": statement.excluded.users})
    )
