"""What was in force by right: what the history and the audit log say that a new set takes the place of.

Rows that somebody altered count for nothing, but that is no change that a set makes which takes their place.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims, ModuleLicence
from superoffice_tab.storage.changing import Activation
from superoffice_tab.storage.models import Licence

from . import state
from .file_in_force import file_of, kept_claims
from .in_force import SetInForce


def by_right(current: SetInForce, new: Claims, roots: Roots, session: Session) -> SetInForce:
    """*current* as it was signed.

    Where its file no longer verifies, and *new* is not the same set over again, its rows say it best; of
    those that were altered the totals are what the history has.

    Args:
        new: What takes its place.
        roots: Pinned root keys.
    """
    file = file_of(new.issuer, session)
    claims = kept_claims(file, roots, session) if file is not None else None
    if claims is None and (current.seq, current.set.serial) == (new.seq, new.audience):
        claims = new
    found = claims.licence if claims else replace(current.set, licences=_as_rows_say(current, session))
    return replace(current, set=found)


def _as_rows_say(current: SetInForce, session: Session) -> tuple[ModuleLicence, ...]:
    rows = state.licences_in_force(current.owner_id, session)
    query = select(Licence.name).where(Licence.owner_id == current.owner_id, Licence.altered)
    altered, totals = {*session.scalars(query)}, _totals(current.owner_id, session)
    known = ((each, totals.get(each.name) if each.name in altered else each.quantity) for each in rows)
    return tuple(replace(each, quantity=total) for each, total in known if total is not None)


def _totals(owner_id: int, session: Session) -> dict[str, int | None]:
    """The last that the history says of each licence; None for what is not there any more."""
    query = select(Activation.changes).where(Activation.owner_id == owner_id).order_by(Activation.id)
    return {name: pair[1] for changes in session.scalars(query) for name, pair in changes["totals"].items()}
