"""Everybody who holds a licence, for whoever asks from another plugin."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.storage.models import Assignment, Associate, Licence
from superoffice_tab.storage.statements import carriers

from .reading import OwnerView


def everybody(owner: OwnerView, code: str, session: Session) -> list[tuple[str, str, int]]:
    """User id, name and weight of those who hold *code* or a plan that brings it and are not retired.

    Raises:
        NotFoundError: *owner* has no licence of that code name in force.
    """
    wanted = select(Licence.id).where(Licence.owner_id == owner.id, Licence.name == code)
    if session.scalar(wanted) is None:
        raise NotFoundError(f"{owner.name} has no licence “{code}” in force.")
    query = (
        select(Associate.user_id, Associate.full_name, func.sum(Assignment.weight))
        .join(Assignment, Assignment.associate_id == Associate.id)
        .where(Assignment.licence_id.in_(carriers(wanted)))
        .where(Associate.retired.is_(False))
        .group_by(Associate.id, Associate.user_id, Associate.full_name, Associate.user_key)
        .order_by(Associate.user_key)
    )
    return [(user_id, name, int(weight)) for user_id, name, weight in session.execute(query)]
