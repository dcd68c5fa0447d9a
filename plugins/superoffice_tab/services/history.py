"""What activations did: with one licence, and the last one of an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from superoffice_tab.domain.comparing import Totals
from superoffice_tab.storage.changing import Activation
from superoffice_tab.storage.models import Licence, Owner, StoredSet


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """An activation that changed a licence, or how long it is good and for which installation.

    Args:
        by: User id of who did it.
        automatic: Whether it happened by itself.
        put_back: Whether it put the previous set back.
        total_before: Quantity until then; None where the licence was not there.
        total_after: Quantity from then on; None where it is not there.
        expiry_before: Last day of the set in force until then; None for never, and where there was none.
        expiry_after: Last day of the set; None for never.
        new_maintenance: Until when upgrades are covered; None where that did not change, or never ends.
        new_serial: Serial number; None where it did not change.
    """

    at: datetime
    by: str
    automatic: bool
    put_back: bool
    total_before: int | None
    total_after: int | None
    expiry_before: date | None
    expiry_after: date | None
    new_maintenance: date | None = None
    new_serial: str | None = None


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
    """Activations that changed the licence *code* of *owner*, or renewed it, newest first.

    Args:
        owner: Owner name, in any case.
        code: Code name, in any case.
    """
    rows = session.execute(_activations(owner)).all()
    pairs = [row.changes["totals"].get(code.lower()) for row in rows]
    newest = next((pair for pair in pairs if pair), None)
    total = newest[1] if newest else _quantity(owner, code, session)
    found: list[HistoryRow] = []
    for row, pair in zip(rows, pairs, strict=True):
        before, after = pair or (total, total)
        total = before
        if pair is not None or (after is not None and _renewed(row)):
            found.append(_row(row, before, after))
        if len(found) == limit:
            break
    return found


def _activations(owner: str) -> Select[*tuple[Any, ...]]:
    now, before = aliased(StoredSet), aliased(StoredSet)
    return (
        select(
            *(Activation.at, Activation.by, Activation.automatic, Activation.put_back, Activation.changes),
            *(now.serial, before.serial.label("serial_before")),
        )
        .join(Owner, Owner.id == Activation.owner_id)
        .join(now, now.id == Activation.set_id)
        .outerjoin(before, before.id == Activation.previous_id)
        .where(Owner.name == owner.upper())
        .order_by(Activation.id.desc())
    )


def _quantity(owner: str, code: str, session: Session) -> int | None:
    query = select(Licence.quantity).join(Owner, Owner.id == Licence.owner_id)
    return session.scalar(query.where(Owner.name == owner.upper(), Licence.name == code.lower()))


def _renewed(row: Any) -> bool:
    """Whether it says something else of all licences of the owner than the set before it."""
    days = ("expiry", "maintenance")
    return _new_serial(row) is not None or any(_day(row, name, 0) != _day(row, name, 1) for name in days)


def _new_serial(row: Any) -> str | None:
    return None if row.serial_before in (None, row.serial) else row.serial


def _row(row: Any, before: int | None, after: int | None) -> HistoryRow:
    until = _day(row, "maintenance", 1)
    return HistoryRow(
        at=row.at,
        by=row.by,
        automatic=row.automatic,
        put_back=row.put_back,
        total_before=before,
        total_after=after,
        expiry_before=_day(row, "expiry", 0),
        expiry_after=_day(row, "expiry", 1),
        new_maintenance=None if until == _day(row, "maintenance", 0) else until,
        new_serial=_new_serial(row),
    )


def _day(row: Any, name: str, which: int) -> date | None:
    text = row.changes.get(name, (None, None))[which]
    return date.fromisoformat(text) if text else None


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
