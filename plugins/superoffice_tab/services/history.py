"""What activations did: with one licence, and the last one of an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from superoffice_tab.domain.comparing import Totals
from superoffice_tab.storage.changing import Activation
from superoffice_tab.storage.models import Owner, StoredSet


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """An activation that changed a licence.

    Args:
        by: User id of who did it.
        automatic: Whether it happened by itself.
        put_back: Whether it put the previous set back.
        total_before: Quantity until then; None where the licence was not there.
        total_after: Quantity from then on; None where it is not there.
        expiry_after: Last day of the set; None for never.
    """

    at: datetime
    by: str
    automatic: bool
    put_back: bool
    total_before: int | None
    total_after: int | None
    expiry_after: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastActivation:
    """The last time that a set of an owner was put in force.

    Args:
        id: Its row.
        by: User id of who did it.
        automatic: Whether it happened by itself.
        put_back: Whether it put the previous set back.
        set_id: Row of the signed file that came in force.
        seq: Number of that set.
        previous_id: Row of the signed file that was in force before; None for the first.
        previous_seq: Number of that set.
        totals: What changed, by code name.
    """

    id: int
    at: datetime
    by: str
    automatic: bool
    put_back: bool
    set_id: int
    seq: int
    previous_id: int | None
    previous_seq: int | None
    totals: Totals

    @property
    def can_be_undone(self) -> bool:
        """Whether it can be put back: it has a predecessor, and did not put one back itself."""
        return self.previous_id is not None and not self.put_back


def of_licence(owner: str, code: str, session: Session, limit: int = 20) -> list[HistoryRow]:
    """Activations that changed the licence *code* of *owner*, newest first.

    Args:
        owner: Owner name, in any case.
        code: Code name, in any case.
    """
    columns = (Activation.at, Activation.by, Activation.automatic, Activation.put_back, Activation.changes)
    rows = session.execute(
        select(*columns)
        .join(Owner, Owner.id == Activation.owner_id)
        .where(Owner.name == owner.upper())
        .order_by(Activation.id.desc())
    )
    found: list[HistoryRow] = []
    for at, by, automatic, put_back, changes in rows:
        pair = changes["totals"].get(code.lower())
        if pair is None:
            continue
        found.append(
            HistoryRow(
                at=at,
                by=by,
                automatic=automatic,
                put_back=put_back,
                total_before=pair[0],
                total_after=pair[1],
                expiry_after=_day(changes),
            )
        )
        if len(found) == limit:
            break
    return found


def last_activation(owner: str, session: Session) -> LastActivation | None:
    """The last time that a set of *owner*, in any case, was put in force; None where none ever was."""
    now, before = aliased(StoredSet), aliased(StoredSet)
    rows = session.execute(
        select(
            *(Activation.id, Activation.at, Activation.by, Activation.automatic, Activation.put_back),
            *(Activation.set_id, now.seq, Activation.previous_id, before.seq.label("previous_seq")),
            Activation.changes,
        )
        .join(Owner, Owner.id == Activation.owner_id)
        .join(now, now.id == Activation.set_id)
        .outerjoin(before, before.id == Activation.previous_id)
        .where(Owner.name == owner.upper())
        .order_by(Activation.id.desc())
        .limit(1)
    ).mappings()
    row = rows.one_or_none()
    if row is None:
        return None
    values = dict(row)
    totals = {name: (pair[0], pair[1]) for name, pair in values.pop("changes")["totals"].items()}
    return LastActivation(**values, totals=totals)


def _day(changes: dict[str, Any]) -> date | None:
    text = (changes.get("expiry") or [None, None])[1]
    return date.fromisoformat(text) if text else None
