"""Raw events by month: on PostgreSQL in partitions, on SQLite in one table, and alike for their users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from threading import Thread

import pytest
from builders.furnished import furnish_for
from sqlalchemy import func, select, text
from unit.status_tab.conftest import FakeWork
from unit.status_tab.metering import NOW, OSLO, event, send, staff

from host.storage.database import Database
from host.testing.kit import installed
from status_tab.services.closing import MADE_AHEAD, close_due, make_ready, prune
from status_tab.services.verifying import verify
from status_tab.storage.metering import GaugeReadingRow
from status_tab.storage.tables import UsageEventRow, UsageKeyRow

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
LATER = datetime(2027, 12, 24, tzinfo=UTC)
Begin = Callable[[], AbstractContextManager[FakeWork]]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A store that stands ready."""
    furnish_for(database_url, installed("status_tab"))
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def begin(database: Database) -> Begin:
    """Begins a transaction; committed at its end."""

    @contextmanager
    def make() -> Iterator[FakeWork]:
        with database.writing() as session:
            yield FakeWork(session)

    return make


def partitions(work: FakeWork) -> list[str]:
    """The months that have a partition; on SQLite there is none."""
    if work.session.get_bind().dialect.name == "sqlite":
        return []
    asked = text(
        "select inhrelid::regclass::text from pg_inherits"
        " where inhparent = 'status_tab_usage_event'::regclass"
    )
    return sorted(each.removeprefix("status_tab_usage_event_") for each in work.session.scalars(asked))


def months(work: FakeWork) -> dict[date, int]:
    """How many raw events there are of each month."""
    asked = select(UsageEventRow.month, func.count()).group_by(UsageEventRow.month)
    return dict(work.session.execute(asked).all())


def test_each_event_stands_in_the_month_of_the_installations_zone(begin, database):
    """The last hour of July in UTC is August in Oslo; a backfill makes the months it needs."""
    with begin() as work:
        send(work, event("1", time="2026-07-31T21:59:59Z"), event("2", time="2026-07-31T22:00:00Z"))
        send(work, event("3", time="1971-02-28T12:00:00Z"), event("4", time="2026-08-31T12:00:00+02:00"))
    with begin() as work:
        assert months(work) == {date(1971, 2, 1): 1, JULY: 1, AUGUST: 2}
        assert partitions(work) == ([] if database.is_sqlite else ["1971_02", "2026_07", "2026_08"])


def test_a_month_that_is_not_kept_goes_with_its_keys_and_its_neighbours_stay(begin, database):
    """Closed long enough ago; what came late for it counts nothing and is refused then."""
    with begin() as work:
        send(work, event("1", time="2026-07-05T12:00:00Z"), event("2", time="2026-07-31T21:59:59Z"))
        send(work, event("3", service="storage.database", value=7, time="2026-07-20T12:00:00Z"))
        send(work, event("4", time="2026-07-31T22:00:00Z"), event("5"))
        close_due(work=work, clock=lambda: NOW, zone=OSLO, ask=staff(40))
    with begin() as work:
        assert [each.right for each in verify(JULY, session=work.session, zone=OSLO)] == [True] * 5
        assert prune(work=work, clock=lambda: NOW, zone=OSLO, months=12) == []
        with work.session.begin_nested():
            assert prune(work=work, clock=lambda: LATER, zone=OSLO, months=12)[:2] == [JULY, AUGUST]
    told = [after for action, subject, _, after in work.audited if subject == "2026-07"]
    assert told == [{"events": 3}]
    with begin() as work:
        assert months(work) == {date(2026, 11, 1): 1}
        assert partitions(work) == ([] if database.is_sqlite else ["2026_11"])
        assert work.session.scalars(select(UsageKeyRow.event_id)).all() == ["5"]
        assert work.session.scalars(select(GaugeReadingRow.value)).all() == [7]  # the next month begins so
        assert send(work, event("1", time="2026-07-05T12:00:00Z"), now=LATER) == ["rejected"]


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestPartitions:
    def test_the_job_makes_them_ahead(self, begin):
        """A second time there is nothing left to do."""
        for _ in range(2):
            with begin() as work:
                make_ready(work=work, clock=lambda: NOW, zone=OSLO)
        with begin() as work:
            assert partitions(work) == ["2026_11", "2026_12", "2027_01"][: MADE_AHEAD + 1]

    def test_one_that_is_made_goes_with_a_transaction_that_fails(self, begin):
        """And the next one makes it again."""

        def fails() -> None:
            with begin() as work:
                send(work, event("1"))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fails()
        with begin() as work:
            assert (months(work), partitions(work)) == ({}, [])
            assert send(work, event("1")) == ["accepted"]

    def test_two_at_once_make_it_once(self, begin):
        """The second waits for the first, and finds it there."""
        outcomes: list[str] = []

        def second() -> None:
            with begin() as work:
                outcomes.extend(send(work, event("1"), event("2")))

        other = Thread(target=second)
        with begin() as work:
            assert send(work, event("1")) == ["accepted"]
            other.start()
        other.join(30)
        assert outcomes == ["duplicate", "accepted"]
        with begin() as work:
            assert (months(work), partitions(work)) == ({date(2026, 11, 1): 2}, ["2026_11"])

    def test_who_reads_raw_events_keeps_nobody_from_making_one(self, begin, database):
        """Nor does whoever makes one wait for readers."""
        with begin() as work:
            send(work, event("1"))
        with database.reading() as reader:
            assert reader.scalar(select(func.count()).select_from(UsageEventRow)) == 1
            with begin() as work:
                work.session.execute(text("set local lock_timeout = '2s'"))
                assert send(work, event("2", time="2026-10-05T12:00:00Z")) == ["accepted"]
            assert reader.scalar(select(func.count()).select_from(UsageEventRow)) == 1
