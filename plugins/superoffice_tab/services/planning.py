"""Plan what activating will do with holders. Nothing takes effect before Activate (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from host.api import N_, Actor, Text, Work
from superoffice_tab.domain.counting import Cause
from superoffice_tab.domain.licences import full_name
from superoffice_tab.storage.changing import PlannedChange
from superoffice_tab.storage.models import Licence

from . import plan_rows, state
from .holder_pages import Turn, Wanted, listed
from .holding import Holding, holding, refusal_of, refused, usage_without
from .refusals import RefusedError, Say
from .scene import Scene, scene
from .superfluous import REMOVE, HolderPage, HolderRow, Target, holders, losable, targets

__all__ = [
    "REMOVE",
    "HolderPage",
    "HolderRow",
    "PlanRefusedError",
    "Target",
    "Turn",
    "clear",
    "holders",
    "plan",
    "plan_longest_unused",
    "targets",
    "unplan",
]


class PlanRefusedError(RefusedError):
    """This cannot be planned. Nothing was changed.

    Args:
        user_id: Whose licence it is.
        text: Why.
    """

    def __init__(self, user_id: str, text: Text) -> None:
        self.user_id = user_id
        super().__init__(text, hint=" Nothing was changed.")

    def told(self, say: Say) -> str:
        """With the person before it."""
        return f"{self.user_id}: {say(self.text)}"


def plan(
    owner: str,
    code: str,
    user_id: str,
    to: str | None,
    *,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
) -> None:
    """Plan to take the licence *code* back from a holder, or to give them *to* instead.

    What was planned for it before is forgotten. Of a hidden licence it is the plan that brings it.

    Args:
        owner: Owner name, in any case.
        user_id: The holder's, in any case.
        to: Code name of a licence of the set that waits; None to take back.

    Raises:
        NotFoundError: No set waits, there is no such licence, or the person does not hold it.
        PlanRefusedError: It cannot be done, or nobody has to lose the licence; says why.
    """
    session = work.session
    state.lock(session)
    view = scene(owner, session)
    held = holding(view, code, user_id, session)
    to = None if to is None else to.lower()
    reason = _pointless(view, held, to) or refusal_of(view, held, to, usage_without(view, held))
    if reason is not None:
        raise PlanRefusedError(held.holder.user_id, reason)
    _forget(held, session)
    _write(view, held.licence_id, [held.associate_id], to, actor, clock(), session)
    _audit(view, held, {"to": to}, work)


def unplan(owner: str, code: str, user_id: str, *, work: Work) -> None:
    """Let a holder keep the licence *code* again.

    Raises:
        NotFoundError: No set waits, there is no such licence, or the person does not hold it.
        PlanRefusedError: Something else that is planned for them does not go with it.
    """
    session = work.session
    state.lock(session)
    view = scene(owner, session)
    held = holding(view, code, user_id, session)
    if held.licence not in held.planned:
        return
    rest = {name: to for name, to in held.planned.items() if name != held.licence}
    reason = refused(view, held.holder, rest) if rest else None
    if reason is not None:
        raise PlanRefusedError(held.holder.user_id, reason)
    _forget(held, session)
    _audit(view, held, None, work)


def plan_longest_unused(
    owner: str, code: str, *, work: Work, actor: Actor, clock: Callable[[], datetime]
) -> list[str]:
    """Plan to take *code* back from as many holders as still have to go: who signed in longest ago first.

    Whom it cannot be taken back from is left out, and so is whoever something is planned for already.

    Returns:
        User ids of those who were chosen.

    Raises:
        NotFoundError: No set waits, or there is no such licence.
    """
    session = work.session
    state.lock(session)
    view = scene(owner, session)
    code = view.known(code).name
    change = view.change(code, planned=True)
    if change is None or not change.to_remove:
        return []
    everybody = change.cause in (Cause.GONE, Cause.NOT_ASSIGNABLE)
    chosen = _chosen(view, code, change.to_remove, everybody, session)
    for licence_id in sorted({licence_id for licence_id, _, _ in chosen}):
        people = [person for licence, person, _ in chosen if licence == licence_id]
        _write(view, licence_id, people, None, actor, clock(), session)
    users = [user_id for _, _, user_id in chosen]
    if users:
        after = {"licence": full_name(view.owner, code), "to": None, "people": users}
        work.audit("licence.planned", view.owner, after=after)
    return users


def clear(owner: str, code: str, *, work: Work) -> None:
    """Forget all that is planned for holders of *code*.

    Raises:
        NotFoundError: No set waits, or there is no such licence.
    """
    session = work.session
    state.lock(session)
    view = scene(owner, session)
    code = view.known(code).name
    ids = select(Licence.id).where(
        Licence.owner_id == view.current.owner_id, Licence.name.in_(view.given_for(code))
    )
    mine = (PlannedChange.pending_id == view.waiting.id, PlannedChange.licence_id.in_(ids))
    number = session.scalar(select(func.count()).select_from(PlannedChange).where(*mine))
    if number:
        session.execute(delete(PlannedChange).where(*mine), execution_options={"synchronize_session": False})
        before = {"licence": full_name(view.owner, code), "planned": number}
        work.audit("licence.planned", view.owner, before=before)


def _chosen(
    view: Scene, code: str, number: int, everybody: bool, session: Session
) -> list[tuple[int, int, str]]:
    """Licence id, associate id and user id of the first holders who make up *number*."""
    query = listed(view, Wanted(code=code, everybody=everybody))
    found = session.execute(query).mappings().all()
    owner_id = view.current.owner_id
    who = select(query.subquery().c.id)
    people = plan_rows.holders(who, owner_id, session)
    planned = {key: each.moves for key, each in plan_rows.planned(view.waiting.id, owner_id, session).items()}
    chosen: list[tuple[int, int, str]] = []
    for row in found:
        if number <= 0:
            break
        moves = planned.get(row["id"], {})
        if row["licence"] in moves or refused(view, people[row["id"]], {**moves, row["licence"]: None}):
            continue
        planned[row["id"]] = {**moves, row["licence"]: None}
        chosen.append((row["licence_id"], row["id"], row["user_id"]))
        number -= row["weight"]
    return chosen


def _pointless(view: Scene, held: Holding, to: str | None) -> Text | None:
    """Why there is nothing to plan; None where there is."""
    if held.licence not in losable(view):
        return N_(
            "Nobody has to lose %(title)s: there is room for everybody who has it.",
            title=view.called(held.licence),
        )
    return N_("Choose first which licence they get instead.") if to == "" else None


def _write(
    view: Scene,
    licence_id: int,
    people: Iterable[int],
    to: str | None,
    actor: Actor,
    now: datetime,
    session: Session,
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "pending_id": view.waiting.id,
            "licence_id": licence_id,
            "associate_id": person,
            "to_name": to,
            "chosen_at": now,
            "chosen_by": actor.user_id,
        }
        for person in sorted(people)  # as assignments lie: whoever joins them later reads in one direction
    ]
    session.execute(insert(PlannedChange), rows)


def _forget(held: Holding, session: Session) -> None:
    session.execute(
        delete(PlannedChange).where(
            PlannedChange.licence_id == held.licence_id, PlannedChange.associate_id == held.associate_id
        )
    )


def _audit(view: Scene, held: Holding, after: dict[str, Any] | None, work: Work) -> None:
    licence = {"licence": full_name(view.owner, held.licence)}
    before = {**licence, "to": held.planned[held.licence]} if held.licence in held.planned else None
    work.audit(
        "licence.planned",
        held.holder.user_id,
        before=before,
        after=None if after is None else {**licence, **after},
    )
