"""Raw usage events know their month: PostgreSQL keeps each month in a partition of its own."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME, BEFORE = "status_tab_usage_event", "status_tab_usage_event_before"
KEY = f"pk_{NAME}"
MOMENT = sa.DateTime(timezone=True)
COLUMNS = ("key", "time", "service", "value", "subject", "received")
OLD = sa.table(BEFORE, *(sa.column(each, MOMENT if each == "time" else None) for each in COLUMNS))
NEW = sa.table(NAME, sa.column("month", sa.Date()), *(sa.column(each) for each in COLUMNS))


def upgrade() -> None:
    """Move the events into a table by month, in the time zone of the installation."""
    _put_aside()
    _make(sa.Column("month", sa.Date(), nullable=False), "month", "key")
    zone = ZoneInfo(os.environ.get("TABHOST_TIMEZONE") or "UTC")
    for month in _months(zone):
        _part(month)
        inside = sa.and_(OLD.c.time >= _start(month, zone), OLD.c.time < _start(_next(month), zone))
        found = sa.select(sa.literal(month, sa.Date()), *(OLD.c[each] for each in COLUMNS)).where(inside)
        op.execute(sa.insert(NEW).from_select(["month", *COLUMNS], found))
    op.drop_table(BEFORE)


def downgrade() -> None:
    """Move the events back into one table."""
    _put_aside()
    _make(None, "key", "time")
    found = sa.select(*(OLD.c[each] for each in COLUMNS))
    op.execute(sa.insert(NEW).from_select(list(COLUMNS), found))
    op.drop_table(BEFORE)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _put_aside() -> None:
    op.rename_table(NAME, BEFORE)
    if _is_postgresql():  # names of constraints are taken there in the whole schema
        op.execute(f"alter table {BEFORE} rename constraint {KEY} to {KEY}_before")


def _make(month: sa.Column[Any] | None, *key: str) -> None:
    parted: dict[str, Any] = {"postgresql_partition_by": "RANGE (month)"} if month is not None else {}
    op.create_table(
        NAME,
        *([month] if month is not None else []),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", MOMENT, nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(254), nullable=False),
        sa.Column("received", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*key, name=KEY),
        **parted,
    )


def _part(month: date) -> None:
    if _is_postgresql():
        values = f"from ('{month}') to ('{_next(month)}')"
        op.execute(f"create table {NAME}_{month:%Y_%m} partition of {NAME} for values {values}")


def _months(zone: ZoneInfo) -> list[date]:
    """The months of the events, in *zone*: a day of UTC may belong to two months there."""
    day: sa.ColumnElement[Any] = sa.cast(sa.func.timezone("UTC", OLD.c.time), sa.Date())
    if not _is_postgresql():
        day = sa.func.date(OLD.c.time)
    found: set[date] = set()
    for (each,) in op.get_bind().execute(sa.select(day).distinct()):
        first = date.fromisoformat(str(each))
        begun = datetime.combine(first, time(), UTC)
        ended = datetime.combine(first, time.max, UTC)
        found |= {moment.astimezone(zone).date().replace(day=1) for moment in (begun, ended)}
    return sorted(found)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _start(month: date, zone: ZoneInfo) -> datetime:
    start = datetime.combine(month, time(), zone).astimezone(UTC)
    return start if _is_postgresql() else start.replace(tzinfo=None)
