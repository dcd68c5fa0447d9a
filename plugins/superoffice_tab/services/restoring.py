"""What becomes of holders when rows are written from the signed file again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from host.api import Work
from superoffice_tab.domain.licences import LicenceSet, ModuleLicence, full_name
from superoffice_tab.storage.models import Assignment, Associate, Licence

from .writing import licence_values


def restore_names(owner_id: int, licences: Sequence[ModuleLicence], session: Session) -> None:
    """Give a licence its name back where nothing else of it was altered, and only one can be meant.

    Args:
        licences: What was signed.
    """
    if not licences:
        return
    wanted = {each.name: licence_values(each) for each in licences}
    columns = [getattr(Licence, name) for name in wanted[licences[0].name]]
    rows = session.execute(select(Licence.id, *columns).where(Licence.owner_id == owner_id)).mappings()
    there = {row["name"]: dict(row) for row in rows}
    missing = _by_values({name: values for name, values in wanted.items() if name not in there})
    added = _by_values({name: values for name, values in there.items() if name not in wanted})
    for values, names in missing.items():
        renamed = added.get(values, [])
        if len(names) == len(renamed) == 1:
            number = there[renamed[0]]["id"]
            session.execute(update(Licence).where(Licence.id == number).values(name=names[0]))


def _by_values(found: dict[str, dict[str, Any]]) -> dict[frozenset[tuple[str, Any]], list[str]]:
    """Code names by everything that was signed of the licence but its name."""
    names: dict[frozenset[tuple[str, Any]], list[str]] = {}
    for name, values in found.items():
        rest = frozenset((key, value) for key, value in values.items() if key not in ("id", "name"))
        names.setdefault(rest, []).append(name)
    return names


def release_unsigned(owner_id: int, signed: LicenceSet, work: Work) -> None:
    """Take licences that were never signed from whoever holds them; the audit log names each of them."""
    names = [each.name for each in signed.licences]
    unsigned = select(Licence.id).where(Licence.owner_id == owner_id, Licence.name.not_in(names))
    lost = work.session.execute(
        select(Associate.user_id, Licence.name, Assignment.weight)
        .join(Assignment, Assignment.associate_id == Associate.id)
        .join(Licence, Licence.id == Assignment.licence_id)
        .where(Licence.id.in_(unsigned))
        .order_by(Licence.name, Associate.user_key)
    ).all()
    for user_id, name, weight in lost:
        work.audit(
            "licence.released", user_id, before={"licence": full_name(signed.owner, name), "weight": weight}
        )
    work.session.execute(delete(Assignment).where(Assignment.licence_id.in_(unsigned)))
