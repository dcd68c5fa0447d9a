"""What the rows of an owner say otherwise than the signed file in force, named column by column.

Values are compared as they are stored: SQLite keeps any value in any column, and one that cannot be read as
what it should be is one that was altered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, not_, select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NULLTYPE

from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import LicenceSet
from superoffice_tab.domain.people import HEAVIEST
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner, PlanLicence

from .file_in_force import FileInForce, claims_without_owner, kept_claims, ownerless
from .state import FILE
from .writing import LICENCE_COLUMNS, brought, licence_values, owner_values, write_owner

CHANGED, MISSING, ADDED, HOLDERS = "changed", "missing", "added", "holders"
_GRAVEST = (HOLDERS, CHANGED, ADDED, MISSING, FILE)
"""Of two kinds of one row the later one is told."""
MOST_HOLDERS = 3
"""How many are named of those who hold less than one."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A row that no longer says what was signed.

    Args:
        owner: Owner name; ``#`` and the number of the row where nobody knows it.
        name: Code name of the licence; "" for the owner's own row, or the file.
        kind: ``changed``, ``missing``, ``added``, ``file`` where the file itself no longer verifies or is no
            longer there, or ``holders`` where somebody holds less than one of a licence.
        what: Columns that differ, ``brings`` for what comes with a plan; of ``holders`` the first user ids.
    """

    owner: str
    name: str
    kind: str
    what: tuple[str, ...] = field(default=(), compare=False)

    @property
    def said(self) -> str:
        """The kind, and what it is about."""
        return f"{self.kind}: {', '.join(self.what)}" if self.what else self.kind


def bring_back(roots: Roots, session: Session) -> list[Finding]:
    """Write the rows of owners that are gone, though licences of theirs are there, from the signed files.

    Returns:
        All that were gone, those too that could not be brought back.
    """
    found = []
    for number in ownerless(session):
        claims = claims_without_owner(number, roots, session)
        name = claims.issuer if claims else f"#{number}"
        found.append(Finding(name, "", MISSING))
        if claims and session.scalar(select(Owner.id).where(Owner.name == name)) is None:
            session.execute(insert(Owner).values(id=number, **owner_values(claims.licence)))
    return found


def compare(file: FileInForce, roots: Roots, session: Session) -> list[Finding]:
    """Compare the rows of one owner with *file*.

    What the owner's own row says is written from the file again at once: dates, serial number and company
    name are shown and used everywhere, and so they cannot count for nothing as those of a licence can.
    """
    claims = kept_claims(file, roots, session)
    if claims is None:
        return [Finding(file.owner, "", FILE)]
    found = [*_licences(file, claims.licence, session), *_holders(file, session)]
    differing = _owner_columns(file.owner_id, claims.licence, session)
    if differing:
        write_owner(claims.licence, file.owner_id, session)
        found.append(Finding(file.owner, "", CHANGED, differing))
    return found


def together(findings: Iterable[Finding]) -> list[Finding]:
    """One for each row, in order: the gravest, with all that differs."""
    rows: dict[tuple[str, str], Finding] = {}
    for each in findings:
        other = rows.get((each.owner, each.name), each)
        kind = max(each.kind, other.kind, key=_GRAVEST.index)
        what = {name for one in (each, other) if one.kind == kind for name in one.what}
        rows[each.owner, each.name] = Finding(each.owner, each.name, kind, tuple(sorted(what)))
    return sorted(rows.values())


def _owner_columns(owner_id: int, signed: LicenceSet, session: Session) -> tuple[str, ...]:
    wanted = owner_values(signed)
    same = (getattr(Owner, name).is_not_distinct_from(value).label(name) for name, value in wanted.items())
    row = session.execute(select(*same).where(Owner.id == owner_id)).mappings().one()
    return tuple(sorted(name for name in wanted if not row[name]))


def _licences(file: FileInForce, signed: LicenceSet, session: Session) -> Iterator[Finding]:
    expected = {each.name: licence_values(each) for each in signed.licences}
    there = _stored(file.owner_id, session)
    linked = {plan for plan, _ in brought(signed.licences) ^ _brought(file.owner_id, session)}
    for name in sorted({*expected, *there}):
        if name not in there:
            yield Finding(file.owner, name, MISSING)
        elif name not in expected:
            yield Finding(file.owner, name, ADDED)
        else:
            what = {key for key, value in expected[name].items() if there[name][key] != value}
            if name in linked:
                what.add("brings")
            if what:
                yield Finding(file.owner, name, CHANGED, tuple(sorted(what)))


def _stored(owner_id: int, session: Session) -> dict[str, dict[str, Any]]:
    """What licence rows say, by code name, with no value made into anything."""
    stored = (type_coerce(getattr(Licence, name), NULLTYPE).label(name) for name in LICENCE_COLUMNS)
    rows = session.execute(select(*stored).where(Licence.owner_id == owner_id)).mappings()
    return {str(row["name"]): dict(row) for row in rows}


def _brought(owner_id: int, session: Session) -> set[tuple[str, str]]:
    plan, licence = aliased(Licence), aliased(Licence)
    query = (
        select(plan.name, licence.name)
        .select_from(PlanLicence)
        .join(plan, plan.id == PlanLicence.plan_id)
        .join(licence, licence.id == PlanLicence.licence_id)
        .where(plan.owner_id == owner_id)
    )
    return {(one, other) for one, other in session.execute(query)}


def _holders(file: FileInForce, session: Session) -> Iterator[Finding]:
    """Who holds a number of a licence that nobody can hold: the store forbids it, and somebody wrote it.

    Only those who are named are read: it may have been written of everybody.
    """
    place = func.row_number().over(partition_by=Licence.id, order_by=Associate.user_key).label("place")
    wrong = (
        select(Licence.name.label("name"), Associate.user_id.label("user_id"), place)
        .join(Assignment, Assignment.licence_id == Licence.id)
        .join(Associate, Associate.id == Assignment.associate_id)
        .where(Licence.owner_id == file.owner_id, not_(Assignment.weight.between(1, HEAVIEST)))
        .subquery()
    )
    named = select(wrong.c.name, wrong.c.user_id).where(wrong.c.place <= MOST_HOLDERS)
    holders: dict[str, list[str]] = {}
    for name, user_id in session.execute(named.order_by(wrong.c.name, wrong.c.place)):
        holders.setdefault(name, []).append(user_id)
    for name, users in holders.items():
        yield Finding(file.owner, name, HOLDERS, tuple(users))
