"""What one person holds of a licence that has to go, and what can be planned for it (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import N_, NotFoundError, Text
from superoffice_tab.domain.comparing import title
from superoffice_tab.domain.counting import usage
from superoffice_tab.domain.licences import full_name
from superoffice_tab.domain.moves import Move, applied
from superoffice_tab.domain.planning import Holder, refusal
from superoffice_tab.storage.models import Assignment, Associate, Licence

from . import plan_rows
from .scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one person holds, and what is planned for it.

    Args:
        licence_id: The licence that was given.
        licence: Its code name.
        planned: Code name of what is taken back → of what is given instead, of all that is planned for them.
    """

    associate_id: int
    holder: Holder
    licence_id: int
    licence: str
    weight: int
    planned: dict[str, str | None]


def holding(view: Scene, code: str, user_id: str, session: Session) -> Holding:
    """What the person called *user_id*, in any case, was given of *code*: itself, or the plan it comes with.

    Raises:
        NotFoundError: No such licence is in force, or the person does not hold it.
    """
    code = view.known(code).name
    query = (
        select(Associate.id, Licence.id, Licence.name, Assignment.weight)
        .join(Assignment, Assignment.associate_id == Associate.id)
        .join(Licence, Licence.id == Assignment.licence_id)
        .where(Associate.user_key == user_id.casefold(), Licence.owner_id == view.current.owner_id)
        .where(Licence.name.in_(view.given_for(code)))
        .order_by(Licence.name != code, Licence.name)
    )
    row = session.execute(query).first()
    if row is None:
        raise NotFoundError(f"“{user_id}” does not hold “{code}” of {view.owner}.")
    associate_id, licence_id, name, weight = row
    who = [associate_id]
    return Holding(
        associate_id=associate_id,
        holder=plan_rows.holders(who, view.current.owner_id, session)[associate_id],
        licence_id=licence_id,
        licence=name,
        weight=weight,
        planned=plan_rows.planned_for(view.waiting.id, who, session).get(associate_id, {}),
    )


def usage_without(view: Scene, held: Holding) -> dict[str, int]:
    """In use of the licences that will be, after what is planned, but for what is planned for *held*."""
    if held.licence not in held.planned:
        return view.usage_then()
    return view.usage_then([_move(held.planned[held.licence], held.licence, held)])


def refusal_of(view: Scene, held: Holding, to: str | None, without: Mapping[str, int]) -> Text | None:
    """Why *held* cannot be taken back (*to* is None) or exchanged for *to*; None where it can.

    Args:
        without: What `usage_without` says, which is the same for every *to*.
    """
    if to == held.licence:
        return N_("The person has %(title)s already.", title=view.called(to))
    moves = {**held.planned, held.licence: to}
    return refused(view, held.holder, moves) or (None if to is None else _no_room(view, held, to, without))


def refused(view: Scene, holder: Holder, moves: Mapping[str, str | None]) -> Text | None:
    """Why *moves*, all that is planned for *holder*, cannot be done, room aside; None where they can."""
    taken = [full_name(view.owner, name) for name in moves]
    given = [full_name(view.owner, to) for to in moves.values() if to is not None]
    return refusal(holder, taken, given, view.before, view.after)


def _no_room(view: Scene, held: Holding, to: str, without: Mapping[str, int]) -> Text | None:
    """Whether *to*, or what comes with it, would have more holders than there is room for."""
    exchanged = [view.coming[name] for name in {held.licence, to} if name in view.coming]
    names = {each.name for each in exchanged}.union(*(each.brings for each in exchanged))
    concerned = [view.coming[name] for name in names if name in view.coming]
    more = usage(applied({}, {}, [_move(held.licence, to, held)])[0], concerned)
    for name in (to, *view.coming[to].brings):
        licence = view.coming.get(name)
        if licence is None or not licence.is_restricted:
            continue
        then = without[name] + more[name]
        if then > max(licence.quantity, without[name]):  # what is too full already is not its fault
            return N_("No %(title)s is free.", title=title(licence))
    return None


def _move(name: str | None, to: str | None, held: Holding) -> Move:
    return Move(name=name, to=to, people=1, weight=held.weight, assigned=held.weight)
