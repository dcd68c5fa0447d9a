"""What becomes of holders when rows are written from the signed file again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, not_, or_, select, update
from sqlalchemy.orm import Session

from host.api import Work
from superoffice_tab.domain.licences import LicenceSet, ModuleLicence, full_name
from superoffice_tab.domain.people import HEAVIEST
from superoffice_tab.storage.counts import CHUNK
from superoffice_tab.storage.models import Assignment, Associate, Licence

from .writing import LICENCE_COLUMNS, licence_values


def restore_names(owner_id: int, licences: Sequence[ModuleLicence], session: Session) -> None:
    """Give a licence its name back where nothing else of it was altered, and only one can be meant.

    Args:
        licences: What was signed.
    """
    wanted = {each.name: licence_values(each) for each in licences}
    columns = [getattr(Licence, name) for name in LICENCE_COLUMNS]
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


def release_unheld(owner_id: int, signed: LicenceSet, work: Work) -> None:
    """Take from their holders what nobody can hold; the audit log names each of them.

    That is what was never signed, and a number of a licence that is less than one.
    """
    names = [each.name for each in signed.licences]
    wrong = or_(Licence.name.not_in(names), not_(Assignment.weight.between(1, HEAVIEST)))
    lost = work.session.execute(
        select(Assignment.id, Associate.user_id, Licence.name, Assignment.weight)
        .join(Assignment, Assignment.associate_id == Associate.id)
        .join(Licence, Licence.id == Assignment.licence_id)
        .where(Licence.owner_id == owner_id, wrong)
        .order_by(Licence.name, Associate.user_key)
    ).all()
    for _, user_id, name, weight in lost:
        work.audit(
            "licence.released", user_id, before={"licence": full_name(signed.owner, name), "weight": weight}
        )
    for start in range(0, len(lost), CHUNK):
        some = [row.id for row in lost[start : start + CHUNK]]
        work.session.execute(delete(Assignment).where(Assignment.id.in_(some)))
