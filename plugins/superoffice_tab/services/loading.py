"""Load a licence file: verify, compare with what is in force, and activate it, or change nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from host.api import Actor, ConflictError, Work
from superoffice_tab.domain.counting import Cause, Deficit, deficits
from superoffice_tab.domain.envelope import verify
from superoffice_tab.domain.judging import Confirmation, judge, needs_company_confirmed
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims, ModuleLicence
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.schemas.claims import parse
from superoffice_tab.storage.counts import direct_use
from superoffice_tab.storage.models import Licence, Owner, StoredSet

from . import state
from .writing import write_licences, write_owner

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What activating a set did.

    Args:
        owner: Owner name.
        seq: Number of the set that is in force now.
        changed: Code name → (total before, total after); None where the licence was or is not there.
    """

    owner: str
    seq: int
    licences: int
    changed: dict[str, tuple[int | None, int | None]]


class TooManyHoldersError(ConflictError):
    """Licences have more holders than the new set allows. Nothing was changed.

    Args:
        deficits: Each of them, with how many have to go.
    """

    def __init__(self, deficits: Sequence[Deficit]) -> None:
        self.deficits = tuple(deficits)
        shown = [_in_words(deficit) for deficit in self.deficits[:_SHOWN]]
        if len(self.deficits) > _SHOWN:
            shown.append(f"and {len(self.deficits) - _SHOWN} more licences")
        super().__init__(
            "This set cannot be activated yet: more people hold licences than it allows. Nothing was "
            f"changed. Take licences back first: {'; '.join(shown)}."
        )


class CompanyNotConfirmedError(ConflictError):
    """The set renames the company and nobody confirmed it. Nothing was changed."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        super().__init__(
            f"This file names the company “{new}”; here it is “{old}”. Nothing was changed. "
            f"If the name really changes, load the file again with --confirm-company and the new name."
        )


def load_licence(
    content: bytes,
    *,
    source: str,
    roots: Roots,
    confirmed: Confirmation,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
) -> Activation:
    """Put the set in *content* in force, in the place of the owner's set that is.

    Holders are counted inside the transaction, after everybody else who changes them was locked out.

    Args:
        content: The file as it came; it is kept.
        source: Its name, for messages.
        roots: Pinned root keys.
        confirmed: A new serial number or company name that was typed.
        timezone: IANA name of the zone that days are counted in.

    Raises:
        VerdictError: The file is not accepted.
        CompanyNotConfirmedError: It renames the company without confirmation.
        TooManyHoldersError: Licences have more holders than it allows; carries the deficits.
    """
    now = clock()
    session = work.session
    try:
        verified = verify(content, roots, now)
        claims = parse(verified.payload)
        state.lock(session)
        here = state.installation(claims.issuer, claims.audience, session=session, timezone=timezone)
        judge(claims, verified.owner_key.owner, here, confirmed, now)
    except VerdictError as error:
        raise VerdictError(error.verdict, error.detail, source=source) from error
    if needs_company_confirmed(claims, here, confirmed):
        raise CompanyNotConfirmedError(str(here.company), claims.licence.company)
    return _activate(claims, content, work=work, actor=actor, now=now)


def _activate(claims: Claims, content: bytes, *, work: Work, actor: Actor, now: datetime) -> Activation:
    session = work.session
    owner_id = session.scalar(select(Owner.id).where(Owner.name == claims.issuer))
    current = [] if owner_id is None else state.licences_in_force(owner_id, session)
    if owner_id is not None:
        _refuse_deficits(owner_id, current, claims.licence.licences, work)
    before = _identity(owner_id, work)
    owner_id = write_owner(claims.licence, owner_id, session)
    write_licences(owner_id, claims.licence.licences, session)
    session.execute(update(StoredSet).where(StoredSet.owner_id == owner_id).values(in_force=False))
    session.add(
        StoredSet(
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
    )
    state.remember_time(session, now)
    session.flush()
    changed = _changes(current, claims.licence.licences)
    after = _identity(owner_id, work)
    work.audit(
        "licence.activated",
        claims.issuer,
        before=None
        if before is None
        else {**before, "totals": {name: old for name, (old, _) in changed.items()}},
        after={**(after or {}), "totals": {name: new for name, (_, new) in changed.items()}},
    )
    return Activation(
        owner=claims.issuer, seq=claims.seq, licences=len(claims.licence.licences), changed=changed
    )


def _refuse_deficits(
    owner_id: int, current: Sequence[ModuleLicence], new: Sequence[ModuleLicence], work: Work
) -> None:
    direct = direct_use(owner_id).subquery()
    rows = work.session.execute(
        select(Licence.name, direct.c.in_use).join(direct, direct.c.licence_id == Licence.id)
    )
    held = {name: int(in_use) for name, in_use in rows}
    found = deficits(held, state.assigned(owner_id, work.session), current, new)
    if found:
        raise TooManyHoldersError(found)


def _identity(owner_id: int | None, work: Work) -> dict[str, Any] | None:
    if owner_id is None:
        return None
    row = work.session.execute(
        select(Owner.serial, Owner.company, Owner.expiry, StoredSet.seq)
        .join(StoredSet, StoredSet.owner_id == Owner.id)
        .where(Owner.id == owner_id, StoredSet.in_force)
    ).one()
    expiry = row.expiry.isoformat() if row.expiry else None
    return {"seq": row.seq, "serial": row.serial, "company": row.company, "expiry": expiry}


def _changes(
    current: Sequence[ModuleLicence], new: Sequence[ModuleLicence]
) -> dict[str, tuple[int | None, int | None]]:
    old = {licence.name: licence for licence in current}
    coming = {licence.name: licence for licence in new}
    return {
        name: (
            old[name].quantity if name in old else None,
            coming[name].quantity if name in coming else None,
        )
        for name in sorted({*old, *coming})
        if old.get(name) != coming.get(name)
    }


def _in_words(deficit: Deficit) -> str:
    name = f"{deficit.description or deficit.name} ({deficit.name})"
    in_use, number = f"{deficit.in_use} in use", deficit.to_remove
    match deficit.cause:
        case Cause.SMALLER:
            return f"{name}: {in_use}, new total {deficit.new_total}, {number} to remove"
        case Cause.GONE:
            return f"{name} disappears: {in_use}, all {number} to remove"
        case Cause.NOT_ASSIGNABLE:
            return f"{name} can no longer be assigned: {in_use}, all {number} to remove"
