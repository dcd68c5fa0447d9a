"""The signed file of each owner that is in force, and whether it is the one that was activated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, union, update
from sqlalchemy.orm import Session

from superoffice_tab.domain.judging import check_owner
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import SUPEROFFICE, Claims
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.storage.changing import Activation
from superoffice_tab.storage.models import Licence, Owner, StoredSet

from .accepting import signed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInForce:
    """What is kept of an owner's file; None where none of it is in force.

    Args:
        last_id: Row of the file that was activated last.
    """

    owner: str
    owner_id: int
    last_id: int | None
    set_id: int | None
    seq: int | None
    serial: str | None
    company: str | None
    content: bytes | None
    activated_at: datetime | None


def files_in_force(session: Session) -> list[FileInForce]:
    """Every owner that has rows, with the file in force; nothing of it where somebody took that away."""
    columns = (StoredSet.seq, StoredSet.serial, StoredSet.company, StoredSet.content, StoredSet.activated_at)
    newest = select(func.max(Activation.id)).where(Activation.owner_id == Owner.id).correlate(Owner)
    query = (
        select(
            *(Owner.name.label("owner"), Owner.id.label("owner_id"), StoredSet.id.label("set_id"), *columns),
            Activation.set_id.label("last_id"),
        )
        .select_from(Owner)
        .outerjoin(StoredSet, and_(StoredSet.owner_id == Owner.id, StoredSet.in_force))
        .outerjoin(Activation, Activation.id == newest.scalar_subquery())
        .order_by(Owner.name)
    )
    return [FileInForce(**row) for row in session.execute(query).mappings()]


def file_of(owner: str, session: Session) -> FileInForce | None:
    """That of the owner called *owner*, upper case; None where they have no row."""
    return next((each for each in files_in_force(session) if each.owner == owner), None)


def ownerless(session: Session) -> list[int]:
    """Numbers of owners' rows that are gone, though licences, files or activations of theirs are there."""
    spoken_of = union(*(select(table.owner_id) for table in (Licence, StoredSet, Activation)))
    return sorted({*session.scalars(spoken_of)} - {*session.scalars(select(Owner.id))})


def put_last_in_force(file: FileInForce, session: Session) -> None:
    """Have the file in force that was activated last: somebody had none, or another one."""
    if file.last_id is None or file.last_id == file.set_id:
        return
    session.execute(update(StoredSet).where(StoredSet.owner_id == file.owner_id).values(in_force=False))
    session.execute(update(StoredSet).where(StoredSet.id == file.last_id).values(in_force=True))


def signed_claims(file: FileInForce, roots: Roots, session: Session) -> Claims | None:
    """What the file says.

    Returns:
        None where there is none, it does not verify, is another owner's or another installation's, or is
        not the one that was activated last.
    """
    if file.content is None or file.activated_at is None or file.set_id != file.last_id:
        return None
    claims = _genuine(file.content, file.owner, roots, file.activated_at)
    if claims is None or (claims.issuer != SUPEROFFICE and not _is_ours(claims.audience, roots, session)):
        return None
    return claims


def claims_without_owner(owner_id: int, roots: Roots, session: Session) -> Claims | None:
    """What the file in force says of an owner whose row is gone; None where none of it verifies."""
    query = select(StoredSet.content, StoredSet.activated_at)
    row = session.execute(query.where(StoredSet.owner_id == owner_id, StoredSet.in_force)).one_or_none()
    return None if row is None else _genuine(row.content, None, roots, row.activated_at)


def kept_claims(file: FileInForce, roots: Roots, session: Session) -> Claims | None:
    """The same; None also where something else was noted of it."""
    claims = signed_claims(file, roots, session)
    if claims is None:
        return None
    said = (claims.seq, claims.audience, claims.licence.company)
    return claims if said == (file.seq, file.serial, file.company) else None


def _genuine(content: bytes, owner: str | None, roots: Roots, at: datetime) -> Claims | None:
    """What a file of *owner* says; verified as of its activation: a key that expired since was good then.

    Args:
        owner: None for whoever it says.
    """
    if not isinstance(content, bytes):  # SQLite keeps whatever somebody writes
        return None
    try:
        file = signed(content, source=owner or "", roots=roots, now=at)
        check_owner(file.claims, file.key_owner)
    except VerdictError:
        return None
    claims = file.claims
    named = owner in (None, claims.issuer)
    return claims if named and claims.licence.serial == claims.audience else None


def _is_ours(serial: str, roots: Roots, session: Session) -> bool:
    """Whether a signed set gave this installation the serial number, be it before a newer one did.

    Where no such set verifies nothing is known, and nothing is held against others.
    """
    known = False
    query = select(StoredSet.content, StoredSet.activated_at).join(Owner, Owner.id == StoredSet.owner_id)
    query = query.where(Owner.name == SUPEROFFICE).order_by(StoredSet.id.desc())
    for content, at in session.execute(query):
        claims = _genuine(content, SUPEROFFICE, roots, at)
        if claims is not None and claims.audience == serial:
            return True
        known = known or claims is not None
    return not known
