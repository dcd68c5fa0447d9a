"""What is planned for holders, and doing it: few statements, however many people it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from superoffice_tab.domain.licences import full_name
from superoffice_tab.domain.moves import Move
from superoffice_tab.domain.planning import Holder
from superoffice_tab.storage.changing import HolderChange, PlannedChange
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner

_HELD = and_(
    Assignment.licence_id == PlannedChange.licence_id, Assignment.associate_id == PlannedChange.associate_id
)
_STAYS: ColumnElement[int] = case((Associate.retired, 0), else_=Assignment.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is planned for one person.

    Args:
        moves: Code name of what is taken back → code name of what is given instead; None for nothing.
    """

    holder: Holder
    moves: dict[str, str | None]

    def taken(self, owner: str) -> list[str]:
        """Full names of what is taken back."""
        return [full_name(owner, name) for name in self.moves]

    def given(self, owner: str) -> list[str]:
        """Full names of what is given instead."""
        return [full_name(owner, to) for to in self.moves.values() if to is not None]


def moves(pending_id: int, session: Session) -> list[Move]:
    """What is planned for the waiting set, summed up; of people who no longer hold the licence nothing."""
    query = (
        select(
            Licence.name,
            PlannedChange.to_name,
            func.count(),
            func.sum(_STAYS),
            func.sum(Assignment.weight),
        )
        .select_from(PlannedChange)
        .join(Assignment, _HELD)
        .join(Associate, Associate.id == PlannedChange.associate_id)
        .join(Licence, Licence.id == PlannedChange.licence_id)
        .where(PlannedChange.pending_id == pending_id)
        .group_by(Licence.name, PlannedChange.to_name)
        .order_by(Licence.name, PlannedChange.to_name)
    )
    return [
        Move(name=name, to=to, people=people, weight=int(weight), assigned=int(assigned))
        for name, to, people, weight, assigned in session.execute(query)
    ]


def planned(pending_id: int, owner_id: int, session: Session) -> dict[int, Planned]:
    """Everybody that something is planned for, by associate id."""
    concerned = select(PlannedChange.associate_id).where(PlannedChange.pending_id == pending_id)
    found = {
        number: Planned(holder=holder, moves={})
        for number, holder in holders(concerned, owner_id, session).items()
    }
    rows = session.execute(
        select(PlannedChange.associate_id, Licence.name, PlannedChange.to_name)
        .join(Assignment, _HELD)
        .join(Licence, Licence.id == PlannedChange.licence_id)
        .where(PlannedChange.pending_id == pending_id)
    )
    for number, name, to in rows:
        found[number].moves[name] = to
    return {number: each for number, each in found.items() if each.moves}


def planned_for(pending_id: int, who: Iterable[int], session: Session) -> dict[int, dict[str, str | None]]:
    """What is planned for some people, by associate id: what is taken back → what is given instead."""
    found: dict[int, dict[str, str | None]] = {}
    rows = session.execute(
        select(PlannedChange.associate_id, Licence.name, PlannedChange.to_name)
        .join(Assignment, _HELD)
        .join(Licence, Licence.id == PlannedChange.licence_id)
        .where(PlannedChange.pending_id == pending_id, PlannedChange.associate_id.in_(list(who)))
    )
    for number, name, to in rows:
        found.setdefault(number, {})[name] = to
    return found


def holders(who: Select[int] | Iterable[int], owner_id: int, session: Session) -> dict[int, Holder]:
    """People with what they hold of one owner, by associate id.

    Args:
        who: Ids of associates, or a query for them.
    """
    which: Any = who if isinstance(who, Select) else list(who)
    held: dict[int, set[str]] = {}
    rows = session.execute(
        select(Assignment.associate_id, Owner.name, Licence.name)
        .join(Licence, Licence.id == Assignment.licence_id)
        .join(Owner, Owner.id == Licence.owner_id)
        .where(Licence.owner_id == owner_id, Assignment.associate_id.in_(which))
    )
    for number, owner, name in rows:
        held.setdefault(number, set()).add(full_name(owner, name))
    people = session.execute(
        select(
            Associate.id, Associate.user_id, Associate.type, Associate.retired, Associate.open_requests
        ).where(Associate.id.in_(which))
    )
    return {
        row.id: Holder(
            user_id=row.user_id,
            type=row.type,
            retired=row.retired,
            open_requests=row.open_requests,
            held=frozenset(held.get(row.id, ())),
        )
        for row in people
    }


def take_back(pending_id: int, activation_id: int, session: Session) -> None:
    """Take back what is planned to be, and write down whose it was."""
    found = select(PlannedChange).join(Assignment, _HELD).where(PlannedChange.pending_id == pending_id)
    columns = ("activation_id", "associate_id", "name", "weight", "to_name")
    session.execute(
        insert(HolderChange).from_select(
            columns,
            found.join(Licence, Licence.id == PlannedChange.licence_id).with_only_columns(
                literal(activation_id),
                PlannedChange.associate_id,
                Licence.name,
                Assignment.weight,
                PlannedChange.to_name,
            ),
        )
    )
    session.execute(
        delete(Assignment).where(Assignment.id.in_(found.with_only_columns(Assignment.id))),
        execution_options={"synchronize_session": False},
    )


def give_instead(activation_id: int, owner_id: int, session: Session) -> None:
    """Give what is given instead, once its licence is there."""
    session.execute(
        insert(Assignment).from_select(
            ("licence_id", "associate_id", "weight"),
            select(Licence.id, HolderChange.associate_id, HolderChange.weight)
            .join(HolderChange, HolderChange.to_name == Licence.name)
            .where(HolderChange.activation_id == activation_id, Licence.owner_id == owner_id),
        )
    )


def told(activation_id: int, owner: str, session: Session) -> list[dict[str, Any]]:
    """What an activation did with holders, for the audit log: whom it concerns, by licence."""
    rows = session.execute(
        select(HolderChange.name, HolderChange.to_name, Associate.user_id)
        .join(Associate, Associate.id == HolderChange.associate_id)
        .where(HolderChange.activation_id == activation_id)
        .order_by(HolderChange.name, HolderChange.to_name, Associate.user_key)
    )
    people: dict[tuple[str, str | None], list[str]] = {}
    for name, to, user_id in rows:
        people.setdefault((name, to), []).append(user_id)
    return [
        {
            "licence": full_name(owner, name),
            "instead": None if to is None else full_name(owner, to),
            "people": users,
        }
        for (name, to), users in people.items()
    ]
