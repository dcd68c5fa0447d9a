"""What stays of an activation: its row, counts made anew, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from host.api import Actor, Work
from superoffice_tab.domain.comparing import Totals
from superoffice_tab.domain.licences import LicenceSet, OwnerDates
from superoffice_tab.storage.changing import Activation, Alteration
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Licence

from .in_force import SetInForce
from .sampling import note_use


def write_down(
    owner_id: int,
    set_id: int,
    current: SetInForce | None,
    new: LicenceSet,
    changed: Totals,
    *,
    automatic: bool = False,
    put_back: bool = False,
    actor: Actor,
    now: datetime,
    session: Session,
) -> int:
    """Write down that a set is put in force.

    Returns:
        The id of the row.
    """
    old = OwnerDates() if current is None else current.set.dates
    row = Activation(
        owner_id=owner_id,
        set_id=set_id,
        previous_id=None if current is None else current.set_id,
        at=now,
        by=actor.user_id,
        automatic=automatic,
        put_back=put_back,
        changes={
            "totals": {name: list(pair) for name, pair in changed.items()},
            "expiry": [_iso(old.expiry), _iso(new.dates.expiry)],
            "maintenance": [_iso(old.maintenance), _iso(new.dates.maintenance)],
        },
    )
    session.add(row)
    session.flush()
    return row.id


def settle(owner_id: int, names: Iterable[str], *, moved: bool, day: date, session: Session) -> None:
    """What follows once a set's rows are written: they are right again, and counted anew.

    Args:
        names: Code names of licences whose totals or holders changed.
        moved: Whether holders did.
    """
    session.execute(delete(Alteration).where(Alteration.owner_id == owner_id))
    session.execute(
        update(Licence).where(Licence.owner_id == owner_id, Licence.altered).values(altered=False),
        execution_options={"synchronize_session": False},
    )
    if moved:
        recount(session, _ids(owner_id, names, session))
    note(owner_id, names, day, session)
    session.expire_all()


def note(owner_id: int, names: Iterable[str], day: date, session: Session) -> None:
    """Raise the day's peak of licences: before holders lose them, and after others got them."""
    note_use(session, _ids(owner_id, names, session), day)


def _ids(owner_id: int, names: Iterable[str], session: Session) -> list[int]:
    known = dict(session.execute(select(Licence.name, Licence.id).where(Licence.owner_id == owner_id)).all())
    return [known[name] for name in names if name in known]


def identity(current: SetInForce | None) -> dict[str, Any] | None:
    """What the audit log says of a set; None where there was none."""
    return None if current is None else _identity(current.set, current.seq)


def audit(
    action: str,
    new: LicenceSet,
    seq: int,
    before: dict[str, Any] | None,
    changed: Totals,
    *,
    work: Work,
    **more: Any,
) -> None:
    """Write into the audit log what became of an owner's licences; of *more* what is not empty."""
    old = None if before is None else {**before, "totals": {name: pair[0] for name, pair in changed.items()}}
    after = {**_identity(new, seq), "totals": {name: pair[1] for name, pair in changed.items()}}
    work.audit(action, new.owner, before=old, after={**after, **{k: v for k, v in more.items() if v}})


def _identity(found: LicenceSet, seq: int) -> dict[str, Any]:
    expiry = _iso(found.dates.expiry)
    return {"seq": seq, "serial": found.serial, "company": found.company, "expiry": expiry}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
