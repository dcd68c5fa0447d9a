"""The bare databases: the same rows in the same tables, by hand-written SQL, as durable as the product's.

One transaction for each batch: the keys that are new, with what tells a duplicate from a conflict, the events
under their numbers, days and months. Nothing is read from JSON, checked, audited or answered.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg

from bench.usage import SPREAD, Row, add_up

MOMENT = "%Y-%m-%d %H:%M:%S.%f"
P = "status_tab_"
DAY = "insert into status_tab_usage_day as old (service, day, total, events, last) values "
MONTH = (
    "insert into status_tab_usage_month as old"
    " (service, month, total, events, last, late, late_total) values "
)
ADD = (
    " do update set total = old.total + excluded.total, events = old.events + excluded.events,"
    " last = case when excluded.last > old.last then excluded.last else old.last end"
)


class Bare(Protocol):
    """A database that batches are written into."""

    def write(self, rows: list[Row]) -> None:
        """Write one batch; it is durable afterwards."""

    def close(self) -> None:
        """Give it back."""


class BareSqlite:
    """SQLite, by the driver of the standard library.

    Args:
        path: A file with the product's tables.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def write(self, rows: list[Row]) -> None:
        """Write one batch."""
        run, many = self._connection.execute, self._connection.executemany
        received = datetime.now(UTC).strftime(MOMENT)
        run("begin immediate")
        marks = ", ".join(["(?, ?, ?)"] * len(rows))
        found = run(
            f"insert into {P}usage_key (source, event_id, content) values {marks}"
            " on conflict (source, event_id) do nothing returning source, event_id, number",
            [value for row in rows for value in (row.source, row.id, row.content)],
        )
        numbers = {(source, id_): number for source, id_, number in found}
        fresh = [row for row in rows if (row.source, row.id) in numbers]
        many(
            f"insert into {P}usage_event (month, key, time, service, value, subject, received)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    row.month.isoformat(),
                    numbers[row.source, row.id],
                    row.time.strftime(MOMENT),
                    row.service,
                    row.value,
                    "",
                    received,
                )
                for row in fresh
            ],
        )
        days, months = add_up(fresh)
        many(f"{DAY} (?, ?, ?, ?, ?) on conflict (service, day) {ADD}", map(_as_text, days))
        many(f"{MONTH} (?, ?, ?, ?, ?, 0, 0) on conflict (service, month) {ADD}", map(_as_text, months))
        run("commit")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class BarePostgres:
    """PostgreSQL, by psycopg; each table gets its rows by one statement.

    Args:
        address: A database with the product's tables.
        now: About when the events are, so that their months have partitions.
    """

    def __init__(self, address: str, now: datetime) -> None:
        self._connection = psycopg.connect(address)
        for month in {each.date().replace(day=1) for each in (now, now - SPREAD)}:
            after = (month + timedelta(days=31)).replace(day=1)
            self._connection.execute(
                f"create table {P}usage_event_{month:%Y_%m} partition of {P}usage_event"
                f" for values from ('{month}') to ('{after}')"
            )
        self._connection.commit()

    def write(self, rows: list[Row]) -> None:
        """Write one batch."""
        run = self._connection.execute
        keys = [[row.source for row in rows], [row.id for row in rows], [row.content for row in rows]]
        found = run(
            "insert into status_tab_usage_key (source, event_id, content)"
            " select * from unnest(%b::text[], %b::text[], %b::bytea[])"
            " on conflict (source, event_id) do nothing returning source, event_id, number",
            keys,
        )
        numbers = {(source, id_): number for source, id_, number in found}
        fresh = [row for row in rows if (row.source, row.id) in numbers]
        run(
            "insert into status_tab_usage_event (month, key, time, service, value, subject, received)"
            " select month, key, time, service, value, '', now() from unnest(%b::date[], %b::bigint[],"
            " %b::timestamptz[], %b::text[], %b::bigint[]) as new (month, key, time, service, value)",
            [
                [row.month for row in fresh],
                [numbers[row.source, row.id] for row in fresh],
                [row.time for row in fresh],
                [row.service for row in fresh],
                [row.value for row in fresh],
            ],
        )
        days, months = add_up(fresh)
        marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(days))
        run(f"{DAY} {marks} on conflict (service, day) {ADD}", _flat(days))
        marks = ", ".join(["(%s, %s, %s, %s, %s, 0, 0)"] * len(months))
        run(f"{MONTH} {marks} on conflict (service, month) {ADD}", _flat(months))
        self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _as_text(row: tuple[Any, ...]) -> tuple[Any, ...]:
    service, day, total, events, last = row
    return service, day.isoformat(), total, events, last.strftime(MOMENT)


def _flat(rows: list[tuple[Any, ...]]) -> list[Any]:
    return [value for row in rows for value in row]
