"""The partitions of raw usage events, one for each month: only PostgreSQL has them.

SQLite keeps all events in one table, whose key begins with the month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, func, select, text
from sqlalchemy.orm import Session

from status_tab.domain.months import moved

from .tables import UsageEventRow

TABLE = cast("Table", UsageEventRow.__table__)


def make_partitions(months: Iterable[date], session: Session) -> None:
    """See that events of *months* can be written.

    It waits for nobody who reads or writes events, and makes nobody wait: a new table is attached. Whoever
    calls it has the turn (`dialect.take_turn`), so nobody else is making the same.

    Args:
        months: First days of months.
        session: The store; a partition is there once its transaction is committed.
    """
    wanted = sorted(set(months))
    if not _parted(session) or not wanted:
        return
    found = session.execute(select(*(func.to_regclass(_name(month)).is_(None) for month in wanted))).one()
    for month, is_missing in zip(wanted, found, strict=True):
        if is_missing:
            name, values = _name(month), f"from ('{month}') to ('{moved(month, 1)}')"
            session.execute(text(f"create table {name} (like {TABLE.name} including all)"))
            session.execute(text(f"alter table {TABLE.name} attach partition {name} for values {values}"))


def drop_events(month: date, session: Session) -> int:
    """Let the raw events of *month* go, on PostgreSQL with their partition.

    Args:
        month: First day of the month.
        session: The store.

    Returns:
        How many there were.
    """
    if not _parted(session):
        gone = delete(TABLE).where(TABLE.c.month == month)
        return cast("CursorResult[Any]", session.execute(gone)).rowcount
    number = session.scalar(select(func.count()).where(TABLE.c.month == month)) or 0
    session.execute(text(f"drop table if exists {_name(month)}"))
    return number


def _parted(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _name(month: date) -> str:
    return f"{TABLE.name}_{month:%Y_%m}"
