"""Who gets back what an activation took, when it is undone, and who does not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from host.api import N_, Text
from superoffice_tab.domain.comparing import title
from superoffice_tab.domain.licences import LicenceSet, full_name
from superoffice_tab.domain.moves import Move
from superoffice_tab.domain.people import Catalogue
from superoffice_tab.domain.planning import Holder, refusal
from superoffice_tab.storage.changing import HolderChange
from superoffice_tab.storage.counts import CHUNK
from superoffice_tab.storage.models import Assignment, Associate, Licence

from . import plan_rows
from .in_force import SetInForce
from .plan_pruning import forget_released


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Somebody who does not get back what they had.

    Args:
        licence: Full name of what they had.
        title: Its display name.
        reason: Why they do not get it.
    """

    user_id: str
    full_name: str
    licence: str
    title: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """One holder who gets back what they had.

    Args:
        name: Code name of what they had.
        instead: Code name of what they got for it, and lose now; None where they got nothing.
        instead_id: Row of that assignment.
    """

    associate_id: int
    user_id: str
    full_name: str
    name: str
    instead: str | None
    instead_id: int | None
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """What becomes of holders when an activation is undone."""

    back: list[Back] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def moves(self) -> list[Move]:
        """Those who get something back, summed up; nobody of them is retired."""
        people: Counter[tuple[str | None, str]] = Counter()
        weights: Counter[tuple[str | None, str]] = Counter()
        for each in self.back:
            people[each.instead, each.name] += 1
            weights[each.instead, each.name] += each.weight
        return [
            Move(name=lost, to=name, people=number, weight=weights[lost, name], assigned=weights[lost, name])
            for (lost, name), number in sorted(
                people.items(), key=lambda pair: (pair[0][1], pair[0][0] or "")
            )
        ]


def returning(activation_id: int, current: SetInForce, former: LicenceSet, session: Session) -> Returning:
    """Who gets back what the activation took, should *former* come in the place of *current*.

    Whoever is retired, has got something else since, or may not have it by the rules is left out.
    """
    found, skipped = _rows(activation_id, current, former, session)
    before, after = Catalogue(current.set.licences), Catalogue(former.licences)
    concerned = select(HolderChange.associate_id).where(HolderChange.activation_id == activation_id)
    holders = plan_rows.holders(concerned, current.owner_id, session)
    by_person: dict[int, list[Back]] = {}
    for each in found:
        by_person.setdefault(each.associate_id, []).append(each)
    back: list[Back] = []
    for number, wanted in by_person.items():
        good, bad = _possible(holders[number], wanted, former.owner, before, after)
        back += good
        skipped += [_skipped(each, reason, former) for each, reason in bad]
    return Returning(back=back, skipped=sorted(skipped, key=lambda each: (each.user_id, each.licence)))


def take_away(found: Iterable[Back], session: Session) -> None:
    """Take away what was given instead, and what is planned for it; the licences may disappear afterwards."""
    ids = [each.instead_id for each in found if each.instead_id is not None]
    for start in range(0, len(ids), CHUNK):
        session.execute(
            delete(Assignment).where(Assignment.id.in_(ids[start : start + CHUNK])),
            execution_options={"synchronize_session": False},
        )
    forget_released(session)


def give_back(found: Iterable[Back], owner_id: int, session: Session) -> None:
    """Give back what was taken, once its licence is there."""
    ids = dict(session.execute(select(Licence.name, Licence.id).where(Licence.owner_id == owner_id)).all())
    rows = [
        {"licence_id": ids[each.name], "associate_id": each.associate_id, "weight": each.weight}
        for each in found
    ]
    if rows:
        session.execute(insert(Assignment), rows)


def _rows(
    activation_id: int, current: SetInForce, former: LicenceSet, session: Session
) -> tuple[list[Back], list[Skipped]]:
    """What was taken, with what was given instead and is still there as it was given."""
    given = (
        select(Assignment.id, Assignment.associate_id, Assignment.weight, Licence.name)
        .join(Licence, Licence.id == Assignment.licence_id)
        .where(Licence.owner_id == current.owner_id)
        .subquery()
    )
    rows = session.execute(
        select(
            *(HolderChange.associate_id, Associate.user_id, Associate.full_name, HolderChange.name),
            *(HolderChange.to_name.label("instead"), given.c.id.label("instead_id"), HolderChange.weight),
            given.c.weight.label("weight_now"),
        )
        .join(Associate, Associate.id == HolderChange.associate_id)
        .outerjoin(
            given,
            (given.c.associate_id == HolderChange.associate_id) & (given.c.name == HolderChange.to_name),
        )
        .where(HolderChange.activation_id == activation_id)
        .order_by(HolderChange.id)
    )
    found: list[Back] = []
    skipped: list[Skipped] = []
    for row in rows.mappings():
        values = dict(row)
        same = values.pop("weight_now") == row["weight"]
        each = Back(**values)
        if each.instead is None or same:
            found.append(each)
        else:
            skipped.append(_skipped(each, N_("What they got instead was changed since."), former))
    return found, skipped


def _possible(
    holder: Holder, wanted: list[Back], owner: str, before: Catalogue, after: Catalogue
) -> tuple[list[Back], list[tuple[Back, Text]]]:
    """Those of *wanted* that go together, as many as do, and the reasons why others do not."""
    if _refused(holder, wanted, owner, before, after) is None:
        return wanted, []
    good: list[Back] = []
    left = list(wanted)
    while True:  # one may need another one first, so each is tried again after each that goes
        tried = [(each, _refused(holder, [*good, each], owner, before, after)) for each in left]
        first = next((each for each, reason in tried if reason is None), None)
        if first is None:
            return good, [(each, reason) for each, reason in tried if reason is not None]
        good.append(first)
        left.remove(first)


def _refused(
    holder: Holder, wanted: list[Back], owner: str, before: Catalogue, after: Catalogue
) -> Text | None:
    taken = [full_name(owner, each.instead) for each in wanted if each.instead is not None]
    given = [full_name(owner, each.name) for each in wanted]
    return refusal(holder, taken, given, before, after)


def _skipped(each: Back, reason: Text, former: LicenceSet) -> Skipped:
    called = next((title(licence) for licence in former.licences if licence.name == each.name), each.name)
    return Skipped(
        user_id=each.user_id,
        full_name=each.full_name,
        licence=full_name(former.owner, each.name),
        title=called,
        reason=reason,
    )
