"""The set of an owner that is in force, and how many hold its licences."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from superoffice_tab.domain.licences import LicenceSet, LicenceType, ModuleLicence, OwnerDates
from superoffice_tab.storage.counts import direct_use
from superoffice_tab.storage.models import Assignment, Licence, Owner, StoredSet
from superoffice_tab.storage.people import RETIRED

from . import state


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInForce:
    """The set of an owner that is in force.

    Args:
        owner_id: The owner's row.
        set_id: The row of the signed file.
        seq: Its number.
        set: What its rows say; what was altered counts for nothing (domain.md 1.10).
    """

    owner_id: int
    set_id: int
    seq: int
    set: LicenceSet


_OWNER = (
    *(Owner.id, Owner.company, Owner.serial, Owner.name, Owner.description, Owner.extra_flags),
    *(Owner.extra_info, Owner.licence_url, Owner.licence_version, Owner.deployment_type),
    *(Owner.product_type, Owner.product_description),
    *(Owner.next_check, Owner.warning, Owner.expiry, Owner.grace, Owner.maintenance),
)


def in_force(owner: str, session: Session) -> SetInForce | None:
    """The set of the owner called *owner*, upper case; None where there is none."""
    query = (
        select(StoredSet.id.label("set_id"), StoredSet.seq, *_OWNER)
        .join(Owner, Owner.id == StoredSet.owner_id)
        .where(Owner.name == owner, StoredSet.in_force)
    )
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        return None
    values = dict(row)
    owner_id, set_id, seq = values.pop("id"), values.pop("set_id"), values.pop("seq")
    dates = {name: values.pop(name) for name in OwnerDates.__dataclass_fields__}
    licences, name = _licences(owner_id, owner, session), values.pop("name")
    found = LicenceSet(**values, owner=name, dates=OwnerDates(**dates), licences=licences)
    return SetInForce(owner_id=owner_id, set_id=set_id, seq=seq, set=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many hold the licences of an owner.

    Args:
        direct: Sum of weights over holders who are not retired, by code name.
        assigned: Sum of weights over everybody, by code name, of licences that a new set would take away.
    """

    direct: dict[str, int]
    assigned: dict[str, int]


def held(current: SetInForce, new: LicenceSet, session: Session) -> Held:
    """How many hold the licences of *current*, as it is kept, should *new* take its place."""
    kept = dict(
        session.execute(select(Licence.name, Licence.held).where(Licence.owner_id == current.owner_id)).all()
    )
    retired = _assigned(current, new, session, only_retired=True)  # the others are counted already
    everybody = {name: kept.get(name, 0) + retired.get(name, 0) for name in _leaving(current, new)}
    return Held(direct=kept, assigned={name: total for name, total in everybody.items() if total})


def held_now(current: SetInForce, new: LicenceSet, session: Session) -> Held:
    """The same, counted now: what a decision is made on."""
    return Held(direct=_direct(current.owner_id, session), assigned=_assigned(current, new, session))


def _leaving(current: SetInForce, new: LicenceSet) -> list[str]:
    """Code names of the licences in force that nobody can be given once *new* is."""
    stay = {each.name for each in new.licences if each.type is LicenceType.USER and not each.hidden}
    return [licence.name for licence in current.set.licences if licence.name not in stay]


def _assigned(
    current: SetInForce, new: LicenceSet, session: Session, *, only_retired: bool = False
) -> dict[str, int]:
    names = _leaving(current, new)
    if not names:
        return {}
    query = (
        select(Licence.name, func.sum(Assignment.weight))
        .join(Assignment, Assignment.licence_id == Licence.id)
        .where(Licence.owner_id == current.owner_id, Licence.name.in_(names))
        .group_by(Licence.name)
    )
    if only_retired:
        query = query.where(Assignment.associate_id.in_(RETIRED))
    return {name: int(total) for name, total in session.execute(query)}


def _direct(owner_id: int, session: Session) -> dict[str, int]:
    counted = direct_use(owner_id).subquery()
    rows = session.execute(
        select(Licence.name, counted.c.in_use).join(counted, counted.c.licence_id == Licence.id)
    )
    return {name: int(in_use) for name, in_use in rows}


def _licences(owner_id: int, owner: str, session: Session) -> tuple[ModuleLicence, ...]:
    session.flush()
    rows = session.scalars(
        select(Licence)
        .where(Licence.owner_id == owner_id)
        .order_by(Licence.sort_order, Licence.id)
        .execution_options(populate_existing=True)
    )
    return tuple(_as_it_counts(state.as_value(row, owner), altered=row.altered) for row in rows)


def _as_it_counts(licence: ModuleLicence, *, altered: bool) -> ModuleLicence:
    return replace(licence, quantity=0, unrestricted=False) if altered else licence
