"""What needs attention on tabs, as their plugins said last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .base import insert_into
from .declared import next_generation
from .models import BadgeRow

WIRE = ("text", "title", "kind")


def badges(session: Session) -> dict[tuple[str, str], dict[str, Any]]:
    """Every badge in its wire form, by plugin and tab."""
    rows = session.execute(select(BadgeRow.plugin, BadgeRow.tab, *_columns())).mappings()
    return {(row["plugin"], row["tab"]): {key: row[key] for key in WIRE} for row in rows}


def set_badge(session: Session, plugin: str, tab: str, badge: dict[str, Any] | None, now: datetime) -> bool:
    """Set what stands on a tab, or take it away with None.

    Plugins say the same again and again: what is equal to what stands there writes nothing.

    Args:
        badge: Its wire form, as `BadgeSchema` dumps it.

    Returns:
        Whether anything changed.
    """
    here = (BadgeRow.plugin == plugin, BadgeRow.tab == tab)
    row = session.execute(select(*_columns()).where(*here)).mappings().one_or_none()
    if badge == (None if row is None else dict(row)):
        return False
    next_generation(session)
    if badge is None:
        session.execute(delete(BadgeRow).where(*here))
        return True
    values = {**{key: badge[key] for key in WIRE}, "set_at": now}
    statement = insert_into(session, BadgeRow).values(plugin=plugin, tab=tab, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["plugin", "tab"], set_=values))
    return True


def _columns() -> list[Any]:
    return [getattr(BadgeRow, key) for key in WIRE]
