"""Undo an activation: the previous set comes in force again, and the one that was waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from host.api import Actor, Work
from superoffice_tab.domain import envelope
from superoffice_tab.domain.comparing import Totals, totals
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import full_name
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.schemas.claims import parse
from superoffice_tab.storage.changing import Activation
from superoffice_tab.storage.models import Owner, StoredSet

from . import state
from .accepting import Signed, refuse_swapped, signed
from .activation_record import audit, identity, note, settle, write_down
from .by_right import by_right
from .history import LastActivation
from .in_force import SetInForce
from .plan_pruning import prune_waiting
from .putting_in_force import touched
from .returning import Returning, give_back, take_away
from .waiting import keep, waiting
from .writing import write_licences, write_owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The set that was in force before, verified again."""

    id: int
    file: Signed


def former_set(last: LastActivation, roots: Roots, now: datetime, session: Session) -> Former:
    """The set that was in force before *last*, verified again.

    Raises:
        VerdictError: Its signatures are not right.
        RefusedError: It is not the one that was in force.
    """
    columns = (
        StoredSet.id,
        StoredSet.serial,
        StoredSet.company,
        StoredSet.seq,
        StoredSet.content,
        Owner.name,
    )
    query = select(*columns).join(Owner, Owner.id == StoredSet.owner_id)
    row = session.execute(query.where(StoredSet.id == last.previous_id)).one()
    file = signed(row.content, source=f"set {row.seq}", roots=roots, now=now)
    refuse_swapped(file, owner=row.name, serial=row.serial, company=row.company, seq=row.seq)
    return Former(id=row.id, file=file)


def former_content(last: LastActivation, session: Session) -> bytes:
    """The file of the set that was in force before *last*, as it is kept."""
    return session.scalars(select(StoredSet.content).where(StoredSet.id == last.previous_id)).one()


def undo(
    last: LastActivation,
    current: SetInForce,
    former: Former,
    who: Returning,
    *,
    roots: Roots,
    work: Work,
    actor: Actor,
    now: datetime,
    timezone: str,
) -> Totals:
    """Put *former* in the place of *current*, and give holders back what they had.

    Returns:
        What changed.
    """
    session, owner_id, new = work.session, current.owner_id, former.file.claims.licence
    right = by_right(current, former.file.claims, roots, session)
    changed, day = totals(right.set, new), today(now, timezone)
    _bring_back(last, former, owner_id, actor, now, session)
    write_down(
        *(owner_id, former.id, right, new, changed), put_back=True, actor=actor, now=now, session=session
    )
    note(owner_id, touched(who.moves, {}), day, session)
    take_away(who.back, session)
    write_owner(new, owner_id, session)
    write_licences(owner_id, new.licences, session)
    give_back(who.back, owner_id, session)
    counted = totals(current.set, new)
    settle(owner_id, touched(who.moves, counted), moved=bool(who.back), day=day, session=session)
    state.remember_time(session, now)
    _wait_again(last, current, actor, now, session)
    prune_waiting(new.owner, session)
    seq, before = former.file.claims.seq, identity(right)
    audit("licence.put_back", new, seq, before, changed, work=work, **_told(who, new.owner))
    return changed


def _bring_back(
    last: LastActivation, former: Former, owner_id: int, actor: Actor, now: datetime, session: Session
) -> None:
    session.execute(update(StoredSet).where(StoredSet.owner_id == owner_id).values(in_force=False))
    values = {"in_force": True, "activated_at": now, "activated_by": actor.user_id}
    session.execute(update(StoredSet).where(StoredSet.id == former.id).values(values))
    session.execute(update(Activation).where(Activation.id == last.id).values(undone=True))


def _wait_again(
    last: LastActivation, current: SetInForce, actor: Actor, now: datetime, session: Session
) -> None:
    """Have the set that was undone wait, so that it can be activated again; unless another one does."""
    if waiting(current.set.owner, session) is not None:
        return
    content = session.scalars(select(StoredSet.content).where(StoredSet.id == last.set_id)).one()
    try:
        claims = parse(envelope.read(content).payload)
    except VerdictError:  # its row was altered: it cannot be activated again anyway
        return
    if (claims.issuer, claims.seq) != (current.set.owner, last.seq):  # so was one with another file in it
        return
    source = f"{current.set.owner}-{last.seq}.lic"
    keep(claims, content, source=source, by=actor.user_id, now=now, session=session)


def _told(who: Returning, owner: str) -> dict[str, Any]:
    """What the audit log says of holders."""
    people: dict[tuple[str, str | None], list[str]] = {}
    for each in who.back:
        people.setdefault((each.name, each.instead), []).append(each.user_id)
    holders = [
        {
            "licence": full_name(owner, name),
            "instead_of": None if lost is None else full_name(owner, lost),
            "people": sorted(users),
        }
        for (name, lost), users in people.items()
    ]
    skipped = [{"licence": each.licence, "user_id": each.user_id} for each in who.skipped]
    return {"holders": holders, "skipped": skipped}
