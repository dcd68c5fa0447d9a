"""Who was not given a licence because none was free: counted, so that whoever buys sees the need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from superoffice_tab.storage.changing import Denial
from superoffice_tab.storage.dialect import insert_into
from superoffice_tab.storage.models import Licence

LOOKED_BACK = timedelta(days=30)
"""How long ago a refusal still counts as need."""


def note_denials(denied: Mapping[int, int], day: date, session: Session) -> None:
    """Add to the refusals of a day.

    Args:
        denied: How often, by licence id.
        day: Today, in the installation's zone.
    """
    if not denied:
        return
    named = select(Licence.id, Licence.owner_id, Licence.name).where(Licence.id.in_(denied))
    rows = [
        {"owner_id": owner_id, "name": name, "day": day, "count": denied[number]}
        for number, owner_id, name in session.execute(named)
    ]
    written = insert_into(Denial, session)
    more = written.on_conflict_do_update(
        index_elements=["owner_id", "name", "day"], set_={"count": Denial.count + written.excluded["count"]}
    )
    session.execute(more, rows)


def denied(licence_id: int, session: Session, since: date) -> int:
    """How often since the day *since* somebody was not given this licence because none was free."""
    query = (
        select(func.coalesce(func.sum(Denial.count), 0))
        .join(Licence, (Licence.owner_id == Denial.owner_id) & (Licence.name == Denial.name))
        .where(Licence.id == licence_id, Denial.day >= since)
    )
    return session.execute(query).scalar_one()
