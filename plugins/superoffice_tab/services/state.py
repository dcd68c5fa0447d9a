"""What the database knows before something changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from superoffice_tab.domain.judging import Installation
from superoffice_tab.domain.licences import SUPEROFFICE, LicenceType, ModuleLicence, UserType
from superoffice_tab.storage.changing import Alteration
from superoffice_tab.storage.models import Clock, Licence, Owner, StoredSet

_CLOCK = 1
FILE = "file"
"""Kind of an `Alteration`: the signed file itself no longer verifies."""


def lock(session: Session) -> None:
    """Let nobody else change licences or holders until this transaction ends.

    SQLite's writers wait for each other anyway; PostgreSQL holds the clock's row, which is there
    from the start, and then the owners', always in one order.
    """
    session.execute(select(Clock.id).with_for_update()).all()
    session.execute(select(Owner.id).order_by(Owner.id).with_for_update()).all()


def installation(owner: str, serial: str, *, session: Session, timezone: str) -> Installation:
    """What is known of the installation, for judging a set of *owner* that is for *serial*."""
    row = session.execute(select(Owner.serial, Owner.company).where(Owner.name == SUPEROFFICE)).one_or_none()
    sets = select(StoredSet.seq).join(Owner, Owner.id == StoredSet.owner_id)
    sets = sets.where(Owner.name == owner, StoredSet.serial == serial)
    last = session.scalar(sets.where(StoredSet.in_force))
    if last is None:
        last = session.scalar(sets.with_only_columns(func.max(StoredSet.seq)))
    if last is not None and _file_is_broken(owner, session):
        last -= 1  # the same set may come again in the place of what somebody made of its file
    return Installation(
        serial=row.serial if row else None,
        company=row.company if row else None,
        last_seq=last,
        seen_at=session.scalar(select(Clock.seen_at).where(Clock.id == _CLOCK)),
        timezone=timezone,
    )


def _file_is_broken(owner: str, session: Session) -> bool:
    query = select(Alteration.kind).join(Owner, Owner.id == Alteration.owner_id)
    return session.scalar(query.where(Owner.name == owner, Alteration.kind == FILE)) is not None


def remember_time(session: Session, now: datetime) -> None:
    """Raise the high-water mark to *now*; it never sinks."""
    clock = session.get(Clock, _CLOCK)
    if clock is None:
        session.add(Clock(id=_CLOCK, seen_at=now))
    elif now > clock.seen_at:
        clock.seen_at = now


def licences_in_force(owner_id: int, session: Session) -> list[ModuleLicence]:
    """All licences of an owner, in the owner's order."""
    rows = session.execute(
        select(Licence, Owner.name.label("owner"))
        .join(Owner, Owner.id == Licence.owner_id)
        .where(Licence.owner_id == owner_id)
        .order_by(Licence.sort_order, Licence.id)
    )
    return [as_value(row.Licence, row.owner) for row in rows]


def as_value(row: Licence, owner: str) -> ModuleLicence:
    """A licence row as the domain knows it."""
    return ModuleLicence(
        owner=owner,
        name=row.name,
        description=row.description,
        tooltip=row.tooltip,
        version=row.version,
        type=LicenceType(row.type),
        quantity=row.quantity,
        unrestricted=row.unrestricted,
        hidden=row.hidden,
        allowed_user_type=UserType(row.allowed_user_type),
        extra_flags=row.extra_flags,
        extra_info=row.extra_info,
        sort_order=row.sort_order,
        prerequisite=row.prerequisite,
    )
