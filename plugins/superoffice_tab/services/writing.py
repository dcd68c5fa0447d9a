"""Write a set that was accepted into the tables. Ids of licences that stay do not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from superoffice_tab.domain.licences import LicenceSet, LicenceType, ModuleLicence
from superoffice_tab.storage.models import Licence, Owner, PlanLicence


def write_owner(licence: LicenceSet, owner_id: int | None, session: Session) -> int:
    """Update the owner with *owner_id*, or make it.

    Returns:
        Its id.
    """
    values = owner_values(licence)
    if owner_id is not None:
        session.execute(update(Owner).where(Owner.id == owner_id).values(values))
        return owner_id
    owner = Owner(**values)
    session.add(owner)
    session.flush()
    return owner.id


def write_licences(owner_id: int, licences: Sequence[ModuleLicence], session: Session) -> None:
    """Make the owner's licences those of the set. What disappears must have no holders any more."""
    ids = _ids(owner_id, session)
    coming = {licence.name for licence in licences}
    session.execute(
        delete(PlanLicence).where(
            PlanLicence.plan_id.in_(select(Licence.id).where(Licence.owner_id == owner_id))
        )
    )
    gone = [number for name, number in ids.items() if name not in coming]
    if gone:
        session.execute(delete(Licence).where(Licence.id.in_(gone)))
    changed = [
        {"id": ids[licence.name], **licence_values(licence)} for licence in licences if licence.name in ids
    ]
    if changed:
        session.execute(update(Licence), changed)
    added = [
        {"owner_id": owner_id, **licence_values(licence)} for licence in licences if licence.name not in ids
    ]
    if added:
        session.execute(insert(Licence), added)
    _write_plans(licences, _ids(owner_id, session), session)
    session.expire_all()


def _write_plans(licences: Sequence[ModuleLicence], ids: dict[str, int], session: Session) -> None:
    pairs = sorted(brought(licences))
    rows = [{"plan_id": ids[plan], "licence_id": ids[name]} for plan, name in pairs]
    if rows:
        session.execute(insert(PlanLicence), rows)


def brought(licences: Sequence[ModuleLicence]) -> set[tuple[str, str]]:
    """Code names of each plan and of what comes with it, pair by pair."""
    by_name = {licence.name: licence for licence in licences}
    return {
        (plan.name, name)
        for plan in licences
        for name in plan.brings
        if name != plan.name and _comes_with_plans(by_name.get(name))
    }


def _comes_with_plans(licence: ModuleLicence | None) -> bool:
    return licence is not None and licence.hidden and licence.type is LicenceType.USER


def _ids(owner_id: int, session: Session) -> dict[str, int]:
    rows = session.execute(select(Licence.name, Licence.id).where(Licence.owner_id == owner_id))
    return dict(rows.all())


def owner_values(licence: LicenceSet) -> dict[str, Any]:
    """What the owner's row says of a set."""
    return {
        "name": licence.owner,
        "description": licence.description,
        "company": licence.company,
        "serial": licence.serial,
        "licence_url": licence.licence_url,
        "licence_version": licence.licence_version,
        "deployment_type": licence.deployment_type,
        "product_type": licence.product_type,
        "product_description": licence.product_description,
        "extra_flags": licence.extra_flags,
        "extra_info": licence.extra_info,
        **asdict(licence.dates),
    }


LICENCE_COLUMNS = tuple(each.name for each in fields(ModuleLicence) if each.name != "owner")
"""What a licence's row says of it."""


def licence_values(licence: ModuleLicence) -> dict[str, Any]:
    """What a licence's row says of it, by `LICENCE_COLUMNS`."""
    values = asdict(licence)
    del values["owner"]
    return {**values, "type": licence.type.value, "allowed_user_type": licence.allowed_user_type.value}
