"""Metering: months, readings of gauges, tariffs, closed months, alerts."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

P = "status_tab_"
TIME = sa.DateTime(timezone=True)
TABLES = (
    "alert",
    "month_mark",
    "closed_month",
    "tariff",
    "gauge_day",
    "gauge_reading",
    "usage_month",
)


GAUGES = ("storage.database", "storage.documents")


def _known(name: str, *columns: str) -> sa.TableClause:
    return sa.table(P + name, *(sa.column(each, KINDS.get(each)) for each in columns))


KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "day": sa.Date(),
    "month": sa.Date(),
    "time": TIME,
    "last": TIME,
    "first": TIME,
}
MICROSECOND = timedelta(microseconds=1)
DAY = _known("usage_day", "service", "day", "total", "events", "last")
EVENT = _known("usage_event", "service", "time", "key", "value")
MONTH = _known("usage_month", "service", "month", "total", "events", "late", "late_total", "last")
READING = _known("gauge_reading", "service", "time", "key", "value")
GAUGE_DAY = _known("gauge_day", "service", "day", "first", "mean", "rest", "peak")


def upgrade() -> None:
    """Make the tables; what has been counted is added up by month."""
    _rollups()
    _billing()
    _closing()
    _add_up()


def _rollups() -> None:
    op.create_table(
        P + "usage_month",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("late_total", sa.BigInteger(), nullable=False),
        sa.Column("last", TIME, nullable=False),
        sa.PrimaryKeyConstraint("service", "month", name="pk_status_tab_usage_month"),
    )
    op.create_table(
        P + "gauge_reading",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service", "time", "key", name="pk_status_tab_gauge_reading"),
    )
    op.create_table(
        P + "gauge_day",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first", TIME, nullable=False),
        sa.Column("mean", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
        sa.Column("peak", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service", "day", name="pk_status_tab_gauge_day"),
    )


def _billing() -> None:
    op.create_table(
        P + "tariff",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("loaded", TIME, nullable=False),
        sa.Column("loaded_by", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name="pk_status_tab_tariff"),
    )
    op.create_table(
        P + "closed_month",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("included", sa.BigInteger()),
        sa.Column("packages", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.String(40), nullable=False),
        sa.Column("price", sa.String(80), nullable=False),
        sa.Column("currency", sa.String(10), nullable=False),
        sa.Column("users", sa.Integer()),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("closed", TIME, nullable=False),
        sa.PrimaryKeyConstraint("service", "month", name="pk_status_tab_closed_month"),
    )


def _closing() -> None:
    op.create_table(
        P + "month_mark",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed", TIME, nullable=False),
        sa.Column("last_key", sa.BigInteger(), nullable=False),
        sa.Column("pruned", TIME),
        sa.PrimaryKeyConstraint("month", name="pk_status_tab_month_mark"),
    )
    op.create_table(
        P + "alert",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("threshold", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("raised", TIME, nullable=False),
        sa.Column("withdrawn", TIME),
        sa.PrimaryKeyConstraint("service", "month", "kind", "threshold", name="pk_status_tab_alert"),
    )


def _add_up() -> None:
    """Fill the months from the days, and the readings of gauges from the raw events."""
    month: sa.ColumnElement[Any] = sa.func.date_trunc("month", DAY.c.day).cast(sa.Date())
    if op.get_bind().dialect.name == "sqlite":
        month = sa.func.date(DAY.c.day, "start of month")
    gauge = DAY.c.service.in_(GAUGES)
    zero = sa.literal(0)
    totals = sa.func.sum(DAY.c.total), sa.func.sum(DAY.c.events), zero, zero, sa.func.max(DAY.c.last)
    counters = sa.select(DAY.c.service, month, *totals).where(~gauge).group_by(DAY.c.service, month)
    op.execute(sa.insert(MONTH).from_select(MONTH.c.keys(), counters))

    latest_day = sa.select(
        DAY.c.service,
        month.label("month"),
        sa.func.max(DAY.c.day).label("day"),
        sa.func.sum(DAY.c.events).label("n"),
    )
    latest = latest_day.where(gauge).group_by(DAY.c.service, month).subquery()
    last = sa.and_(DAY.c.service == latest.c.service, DAY.c.day == latest.c.day)
    gauges = sa.select(DAY.c.service, latest.c.month, DAY.c.total, latest.c.n, zero, zero, DAY.c.last)
    op.execute(sa.insert(MONTH).from_select(MONTH.c.keys(), gauges.join_from(DAY, latest, last)))

    _add_up_gauges(ZoneInfo(os.environ.get("TABHOST_TIMEZONE") or "UTC"))


def _add_up_gauges(zone: ZoneInfo) -> None:
    """Keep the readings of gauges, and what they come to over the days of *zone*, the installation's."""
    bind = op.get_bind()
    readings = sa.select(EVENT.c.service, EVENT.c.time, EVENT.c.key, EVENT.c.value)
    readings = readings.where(EVENT.c.service.in_(GAUGES))
    op.execute(sa.insert(READING).from_select(READING.c.keys(), readings))
    days: dict[tuple[str, date], dict[datetime, int]] = {}
    for service, at, _, value in bind.execute(readings):
        moment = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        day = days.setdefault((service, moment.astimezone(zone).date()), {})
        day[moment] = max(value, day.get(moment, 0))
    rows = [_gauge_day(service, day, found, zone) for (service, day), found in sorted(days.items())]
    if rows:
        bind.execute(sa.insert(GAUGE_DAY), rows)


def _gauge_day(service: str, day: date, values: dict[datetime, int], zone: ZoneInfo) -> dict[str, Any]:
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    moments = sorted(values)
    held = sum(values[start] * ((until - start) // MICROSECOND) for start, until in pairwise([*moments, end]))
    mean, rest = divmod(held, (end - moments[0]) // MICROSECOND)
    first = moments[0] if op.get_bind().dialect.name == "postgresql" else moments[0].replace(tzinfo=None)
    return {
        "service": service,
        "day": day,
        "first": first,
        "mean": mean,
        "rest": rest,
        "peak": max(values.values()),
    }


def downgrade() -> None:
    """Drop the tables again."""
    for table in TABLES:
        op.drop_table(P + table)
