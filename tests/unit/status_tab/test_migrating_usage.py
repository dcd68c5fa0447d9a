"""What was counted before months and readings were kept is added up by the migration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib import import_module, resources
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, column, insert, select
from sqlalchemy import table as table_of
from sqlalchemy.orm import Session
from unit.status_tab.conftest import FakeWork
from unit.status_tab.metering import NOW, OSLO, event, send

from host.storage.database import Database
from status_tab.storage.metering import GaugeDayRow, GaugeReadingRow, UsageMonthRow
from status_tab.storage.tables import UsageDayRow, UsageEventRow

ADDED = (UsageMonthRow, GaugeReadingRow, GaugeDayRow)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """An empty database."""
    database = Database(database_url)
    with database.connecting() as connection:
        yield connection
    database.close()


def revision(name: str) -> Any:
    """A revision of the plugin."""
    path = resources.files(import_module("status_tab")) / "migrations" / "versions" / f"{name}.py"
    spec = spec_from_file_location(name, str(path))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_it_was(table: Any) -> Any:
    """A table of usage without the month, which it has from 0004 on."""
    columns = [column(each.name, each.type) for each in table.__table__.columns if each.name != "month"]
    return table_of(table.__tablename__, *columns)


def rows(connection: Connection, table: Any) -> list[tuple[Any, ...]]:
    """All rows of a table."""
    return sorted(tuple(row) for row in connection.execute(select(*table.__table__.columns)))


def test_it_comes_to_the_same_as_if_it_had_been_kept_all_along(connection, monkeypatch, new_work):
    """Counters and gauges, over the turn of a month and the day on which clocks change."""
    monkeypatch.setenv("TABHOST_TIMEZONE", "Europe/Oslo")
    with new_work() as work:
        for number in range(60):
            service = ("mailings", "storage.database", "storage.documents")[number % 3]
            time = datetime(2026, 10, 24, tzinfo=NOW.tzinfo) + timedelta(hours=number * 5, minutes=number % 7)
            send(work, event(str(number), service=service, value=number * 10**9 % 7_000_000_001, time=time))
        wanted = {table: rows(work.session.connection(), table) for table in ADDED}
        before = {
            table: [dict(row) for row in work.session.execute(select(*as_it_was(table).columns)).mappings()]
            for table in (UsageEventRow, UsageDayRow)
        }
    with Operations.context(MigrationContext.configure(connection)):
        revision("0001_first_tables").upgrade()
        for table, found in before.items():
            connection.execute(insert(as_it_was(table)), found)
        revision("0002_metering").upgrade()
        assert {table: rows(connection, table) for table in ADDED} == wanted
        for name in ("0003_facts", "0004_partitions", "0005_pace", "0006_starter"):
            revision(name).upgrade()
    assert {month for _, month, *_ in wanted[UsageMonthRow]} == {date(2026, 10, 1), date(2026, 11, 1)}
    with Session(connection) as session:
        send(FakeWork(session), event("next", service="storage.database", value=1), zone=OSLO)


def test_events_find_their_month_in_the_installations_zone_and_come_back(connection, monkeypatch):
    """Those of the last hours of a month, too; PostgreSQL keeps each month in a table of its own."""
    monkeypatch.setenv("TABHOST_TIMEZONE", "Europe/Oslo")
    moments = {
        "2026-10-31T22:59:59": date(2026, 10, 1),
        "2026-10-31T23:00:00": date(2026, 11, 1),
        "2026-11-30T22:59:59.999999": date(2026, 11, 1),
        "2027-01-15T12:00:00": date(2027, 1, 1),
    }
    before = [
        {
            "key": number,
            "time": datetime.fromisoformat(moment).replace(tzinfo=NOW.tzinfo),
            "service": "mailings",
            "value": number,
            "subject": "",
            "received": NOW,
        }
        for number, moment in enumerate(moments)
    ]
    old = as_it_was(UsageEventRow)
    with Operations.context(MigrationContext.configure(connection)):
        revision("0001_first_tables").upgrade()
        connection.execute(insert(old), before)
        step = revision("0004_partitions")
        step.upgrade()
        months = connection.execute(select(UsageEventRow.month).order_by(UsageEventRow.key)).scalars().all()
        assert months == list(moments.values())
        assert [dict(row) for row in connection.execute(select(old).order_by(old.c.key)).mappings()] == before
        step.downgrade()
        assert [dict(row) for row in connection.execute(select(old).order_by(old.c.key)).mappings()] == before
