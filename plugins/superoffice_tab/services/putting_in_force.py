"""Put a set that was accepted in force, with what was planned for holders: everything, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from host.api import Actor, Work
from superoffice_tab.domain.comparing import Totals, totals
from superoffice_tab.domain.counting import deficits
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims, LicenceSet
from superoffice_tab.domain.moves import Move, applied
from superoffice_tab.domain.people import Catalogue
from superoffice_tab.domain.planning import refusal
from superoffice_tab.storage.models import StoredSet

from . import plan_rows, state
from .activation_record import audit, identity, note, settle, write_down
from .by_right import by_right
from .in_force import SetInForce, held_now, in_force
from .plan_pruning import prune_waiting
from .refusals import PlanOutdatedError, TooManyHoldersError
from .waiting import forget, waiting
from .writing import write_licences, write_owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What activating a set did.

    Args:
        owner: Owner name.
        seq: Number of the set that is in force now.
        licences: How many licences it has.
        changed: Code name → (total before, total after); None where the licence was or is not there.
        released: How many holders lost a licence.
        reassigned: How many got another one instead.
    """

    owner: str
    seq: int
    licences: int
    changed: Totals
    released: int = 0
    reassigned: int = 0


def put_in_force(
    claims: Claims,
    content: bytes,
    *,
    plan_of: int | None,
    automatic: bool = False,
    roots: Roots,
    timezone: str,
    work: Work,
    actor: Actor,
    now: datetime,
) -> Activation:
    """Put a set that was accepted in force, in the place of the owner's set that is.

    The caller holds the lock (`state.lock`). Holders are counted here, inside the transaction.

    Args:
        content: The file as it came; it is kept.
        plan_of: Id of the waiting set whose plan is done; None to leave holders as they are.
        automatic: Whether nobody asked for it.
        roots: Pinned root keys: what it takes the place of is written down as it was signed.

    Raises:
        TooManyHoldersError: Licences have more holders than it allows; carries the deficits.
        PlanOutdatedError: Something that was planned can no longer be done.
    """
    session, new = work.session, claims.licence
    current = in_force(claims.issuer, session)
    moves = _planned(plan_of, current, new, session)
    former = None if current is None else by_right(current, claims, roots, session)
    changed, before = totals(None if former is None else former.set, new), identity(former)
    owner_id = write_owner(new, None if current is None else current.owner_id, session)
    set_id = _keep(claims, content, owner_id, actor, now, session)
    activation_id = write_down(
        owner_id, set_id, former, new, changed, automatic=automatic, actor=actor, now=now, session=session
    )
    day = today(now, timezone)
    if plan_of is not None and moves:
        note(owner_id, touched(moves, {}), day, session)
        plan_rows.take_back(plan_of, activation_id, session)
    _forget_older(claims, session)
    write_licences(owner_id, new.licences, session)
    if moves:
        plan_rows.give_instead(activation_id, owner_id, session)
    counted = totals(None if current is None else current.set, new)
    settle(owner_id, touched(moves, counted), moved=bool(moves), day=day, session=session)
    _finish(claims, now, session)
    holders = plan_rows.told(activation_id, claims.issuer, session) if moves else []
    audit("licence.activated", new, claims.seq, before, changed, holders=holders, work=work)
    return _done(claims, changed, moves)


def _done(claims: Claims, changed: Totals, moves: list[Move]) -> Activation:
    return Activation(
        owner=claims.issuer,
        seq=claims.seq,
        licences=len(claims.licence.licences),
        changed=changed,
        released=sum(move.people for move in moves if move.to is None),
        reassigned=sum(move.people for move in moves if move.to is not None),
    )


def _planned(
    plan_of: int | None, current: SetInForce | None, new: LicenceSet, session: Session
) -> list[Move]:
    """What is to be done with holders, if it can be, and if there is room for all of them afterwards."""
    if current is None:
        return []
    moves = [] if plan_of is None else plan_rows.moves(plan_of, session)
    refuse_deficits(current, new, moves, session)
    if plan_of is not None and moves:
        _refuse_outdated(plan_of, current, new, session)
    return moves


def refuse_deficits(current: SetInForce, new: LicenceSet, moves: Iterable[Move], session: Session) -> None:
    """Count holders, and refuse *new* where more would hold a licence than it allows.

    Raises:
        TooManyHoldersError: Some would.
    """
    counts = held_now(current, new, session)
    direct, everybody = applied(counts.direct, counts.assigned, moves)
    found = deficits(direct, everybody, current.set.licences, new.licences)
    if found:
        raise TooManyHoldersError(found)


def touched(moves: Iterable[Move], changed: Totals) -> set[str]:
    """Code names of licences whose totals or holders change."""
    return {name for move in moves for name in (move.name, move.to) if name is not None}.union(changed)


def _refuse_outdated(pending_id: int, current: SetInForce, new: LicenceSet, session: Session) -> None:
    before, after = Catalogue(current.set.licences), Catalogue(new.licences)
    refused = []
    for each in plan_rows.planned(pending_id, current.owner_id, session).values():
        reason = refusal(each.holder, each.taken(new.owner), each.given(new.owner), before, after)
        if reason is not None:
            refused.append((each.holder.user_id, reason))
    if refused:
        raise PlanOutdatedError(sorted(refused, key=lambda pair: pair[0]))


def _finish(claims: Claims, now: datetime, session: Session) -> None:
    """Remember when it was, and fit what is planned for a set that still waits to what is in force now."""
    state.remember_time(session, now)
    prune_waiting(claims.issuer, session)


def _keep(
    claims: Claims, content: bytes, owner_id: int, actor: Actor, now: datetime, session: Session
) -> int:
    session.execute(update(StoredSet).where(StoredSet.owner_id == owner_id).values(in_force=False))
    row = StoredSet(
        owner_id=owner_id,
        serial=claims.audience,
        company=claims.licence.company,
        seq=claims.seq,
        content=content,
        issued_at=claims.issued_at,
        activated_at=now,
        activated_by=actor.user_id,
        in_force=True,
    )
    session.add(row)
    session.flush()
    return row.id


def _forget_older(claims: Claims, session: Session) -> None:
    """A set that waits and is not newer than the one in force can no longer be activated."""
    found = waiting(claims.issuer, session)
    if found and (found.serial != claims.audience or found.seq <= claims.seq):
        forget(found.id, session)
