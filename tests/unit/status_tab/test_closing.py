"""A month closes three days after its end; what comes later changes no closed figure (formats.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update
from unit.status_tab.conftest import FakeWork
from unit.status_tab.metering import GB, OSLO, event, month, send, staff

from host.api import ConflictError, NotFoundError
from host.storage.database import Database
from status_tab.domain.months import Rule
from status_tab.services.closing import close_due, next_closing, prune
from status_tab.services.months import day_totals, service_months
from status_tab.services.verifying import verify
from status_tab.storage import metadata
from status_tab.storage.metering import GaugeReadingRow, MonthMarkRow, UsageMonthRow
from status_tab.storage.tables import UsageEventRow, UsageKeyRow

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
CLOSES = datetime(2026, 11, 3, 23, tzinfo=UTC)
"""Three days after the end of October in Oslo."""


@pytest.fixture
def work(database_url: str) -> Iterator[FakeWork]:
    """A unit of work, on SQLite and on PostgreSQL."""
    database = Database(database_url)
    with database.connecting() as connection:
        metadata.create_all(connection)
    with database.session(writes=True) as session:
        yield FakeWork(session)
        session.rollback()
    database.close()


def close(work: FakeWork, now: datetime = CLOSES, users: int = 40, rule: Rule = Rule.AVERAGE) -> list[date]:
    """Close what is due."""
    return close_due(work=work, clock=lambda: now, zone=OSLO, ask=staff(users), rule=rule)


def count(work: FakeWork, table: type) -> int:
    """Rows of a table."""
    return work.session.scalar(select(func.count()).select_from(table)) or 0


def october(work: FakeWork) -> list[str]:
    """65,001 mailings in October and some storage from September on."""
    return send(
        work,
        event("m1", value=65_000, time="2026-10-01T10:00:00Z"),
        event("m2", value=1, time="2026-10-31T22:59:59Z"),
        event("s1", service="storage.database", value=60 * GB, time="2026-09-30T10:00:00Z"),
        event("s2", service="storage.documents", value=10 * GB, time="2026-10-16T11:00:00Z"),
        event("n1", value=7, time="2026-10-31T23:00:00Z"),
    )


class TestClosing:
    def test_it_closes_three_days_after_its_end_and_not_before(self, work):
        """In the installation's zone; September, in which something was measured, goes first."""
        october(work)
        assert close(work, CLOSES - timedelta(seconds=1)) == [date(2026, 9, 1)]
        assert close(work) == [OCTOBER]
        assert close(work, CLOSES + timedelta(days=20)) == []
        assert next_closing(CLOSES - timedelta(seconds=1), OSLO) == CLOSES
        assert next_closing(CLOSES, OSLO) == datetime(2026, 12, 3, 23, tzinfo=UTC)

    def test_its_figures_are_kept_with_their_price_and_the_number_of_events(self, work):
        """Two extra packages for the mailings, one for 70 GB; an audit row says so."""
        october(work)
        close(work)
        lines = month(work, OCTOBER)
        mailings, storage = lines["mailings"], lines["storage"]
        assert (mailings.used, mailings.packages, mailings.price) == (65_001, 2, Decimal("64.80"))
        assert (mailings.users, mailings.included, mailings.closed) == (40, 15_000, CLOSES)
        assert (storage.used, storage.packages) == (70 * GB, 1)
        assert storage.parts == (("storage.database", 60 * GB), ("storage.documents", 10 * GB))
        action, subject, _, after = work.audited[-1]
        assert (action, subject) == ("month.closed", "2026-10")
        assert after["mailings"] == {"used": 65_001, "packages": 2, "price": "64.80", "events": 2}

    def test_months_in_between_are_closed_too_and_nothing_is_closed_without_usage(self, work):
        """A quiet month has an invoice of nothing; an installation that never sent anything has none."""
        assert close(work) == []
        send(work, event(time="2026-08-05T10:00:00Z"))
        assert close(work) == [date(2026, 8, 1), date(2026, 9, 1), OCTOBER]
        assert month(work, date(2026, 9, 1))["mailings"].used == 0

    def test_another_rule_or_another_number_of_users_later_changes_nothing(self, work):
        """What was closed stays."""
        october(work)
        close(work, rule=Rule.PEAK)
        lines = month(work, OCTOBER, users=500, rule=Rule.LATEST)
        assert (lines["storage"].rule, lines["storage"].users) == (Rule.PEAK, 40)
        assert lines["mailings"].included == 15_000


class TestLateEvents:
    def test_they_are_listed_as_late_and_change_no_closed_figure(self, work):
        """Days show them; the sum of the month is what was closed and what came late."""
        october(work)
        close(work)
        late = event("l1", value=100, time="2026-10-02T10:00:00Z")
        assert (
            send(work, late, event("l2", service="storage.database", value=0, time="2026-10-05T10:00:00Z"))
            == ["accepted"] * 2
        )
        assert send(work, late) == ["duplicate"]
        mailings, storage = month(work, OCTOBER)["mailings"], month(work, OCTOBER)["storage"]
        assert (mailings.used, mailings.late, mailings.late_total) == (65_001, 1, 100)
        assert (storage.used, storage.late, storage.late_total) == (70 * GB, 1, 0)
        total = work.session.scalar(
            select(UsageMonthRow.total).where(
                UsageMonthRow.service == "mailings", UsageMonthRow.month == OCTOBER
            )
        )
        assert total == mailings.used + mailings.late_total
        assert (date(2026, 10, 2), 100, 1) in day_totals("mailings", OCTOBER, work.session)

    def test_the_open_month_begins_with_what_is_known_by_then(self, work):
        """A late reading of October is the last value before November."""
        october(work)
        close(work)
        send(work, event("l", service="storage.database", value=20 * GB, time="2026-10-31T10:00:00Z"))
        assert month(work, NOVEMBER)["storage"].used == 30 * GB


class TestVerifying:
    def test_a_closed_month_is_derived_again_from_the_raw_events(self, work):
        """Also where late events have come since; all five services are right."""
        october(work)
        close(work)
        send(
            work,
            event("l1", value=100, time="2026-10-02T10:00:00Z"),
            event("l2", service="storage.database", value=0, time="2026-09-30T12:00:00Z"),
        )
        found = verify(OCTOBER, session=work.session, zone=OSLO)
        assert [each.right for each in found] == [True] * 5
        assert {each.service: (each.derived, each.derived_events) for each in found}["mailings"] == (
            65_001,
            2,
        )
        assert found[0].derived == 70 * GB

    def test_what_was_changed_by_hand_is_found(self, work):
        """In the raw events or in the closed figure."""
        october(work)
        close(work)
        work.session.execute(update(UsageEventRow).where(UsageEventRow.value == 1).values(value=2))
        wrong = {
            each.service: each for each in verify(OCTOBER, session=work.session, zone=OSLO) if not each.right
        }
        assert list(wrong) == ["mailings"]
        assert (wrong["mailings"].used, wrong["mailings"].derived) == (65_001, 65_002)

    def test_a_month_that_is_open_has_nothing_to_compare_with(self, work):
        """It says so."""
        october(work)
        with pytest.raises(NotFoundError, match="2026-10 is not closed"):
            verify(OCTOBER, session=work.session, zone=OSLO)


class TestPruning:
    LATER = datetime(2028, 11, 5, 12, tzinfo=UTC)

    def prune(self, work: FakeWork, now: datetime = LATER, months: int = 24) -> list[date]:
        """Delete what is kept long enough."""
        return prune(work=work, clock=lambda: now, zone=OSLO, months=months)

    def test_raw_events_go_when_their_month_was_closed_long_enough_ago(self, work):
        """Not a day earlier, and never with 0; figures and days stay, those of November wholly."""
        october(work)
        close(work)
        close(work, datetime(2026, 12, 4, tzinfo=UTC))
        assert self.prune(work, months=0) == []
        assert self.prune(work, datetime(2028, 11, 4, 12, tzinfo=UTC)) == []
        assert self.prune(work) == [date(2026, 9, 1), OCTOBER]
        assert count(work, UsageEventRow) == 1
        assert count(work, UsageKeyRow) == 2  # the largest of all stays, whatever it was for
        assert month(work, OCTOBER)["mailings"].used == 65_001
        assert len(day_totals("mailings", OCTOBER, work.session)) == 2
        assert self.prune(work) == []

    def test_an_event_of_such_a_month_is_refused_for_it_may_count_already(self, work):
        """Its key is gone: nobody could tell a retry from a new event. The rest of the batch is kept."""
        october(work)
        close(work)
        close(work, datetime(2026, 12, 4, tzinfo=UTC))
        self.prune(work)
        again = event("m1", value=65_000, time="2026-10-01T10:00:00Z")
        assert send(work, again, event("new", time=self.LATER), now=self.LATER) == ["rejected", "accepted"]
        assert month(work, OCTOBER)["mailings"].late == 0

    def test_such_a_month_cannot_be_derived_again_but_the_next_one_can(self, work):
        """November began with what October ended with: that reading is kept."""
        october(work)
        close(work)
        close(work, datetime(2026, 12, 4, tzinfo=UTC))
        self.prune(work)
        with pytest.raises(ConflictError, match=r"2026-10 cannot be derived again.*2028-11-05"):
            verify(OCTOBER, session=work.session, zone=OSLO)
        found = verify(NOVEMBER, session=work.session, zone=OSLO)
        assert [each.right for each in found] == [True] * 5
        assert found[0].derived == 70 * GB
        assert count(work, GaugeReadingRow) == 2

    def test_the_largest_number_of_a_key_is_never_given_out_again(self, work):
        """What is late is told by it."""
        send(work, event("1", time="2026-09-05T10:00:00Z"))
        close(work)
        last = work.session.scalar(select(func.max(MonthMarkRow.last_key)))
        assert self.prune(work) == [date(2026, 9, 1), OCTOBER]
        send(work, event("2", time=self.LATER), now=self.LATER)
        assert work.session.scalar(select(func.max(UsageEventRow.key))) > last


def test_twelve_months_show_closed_and_open_ones_alike(work):
    """Oldest first; months before anything was counted are there, with nothing used."""
    october(work)
    close(work)
    found = service_months(
        "Mailings",
        last=NOVEMBER,
        session=work.session,
        today=date(2026, 11, 24),
        zone=OSLO,
        users_by_month={},
    )
    assert [line.month.month for line in found] == [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert [line.used for line in found[-3:]] == [0, 65_001, 7]
    assert [bool(line.closed) for line in found[-3:]] == [True, True, False]
    assert (found[-1].users, found[-1].included) == (None, 15_000)
    with pytest.raises(NotFoundError, match="no metered service fax; there are storage, "):
        service_months(
            "fax", last=NOVEMBER, session=work.session, today=NOVEMBER, zone=OSLO, users_by_month={}
        )


def test_a_closed_row_of_two_gauges_never_passes_what_the_database_holds(work):
    """Each of them may be as large as that."""
    send(
        work,
        event("1", service="storage.database", value=2**63 - 1, time="2026-09-05T10:00:00Z"),
        event("2", service="storage.documents", value=2**63 - 1, time="2026-09-05T10:00:00Z"),
    )
    assert month(work, date(2026, 9, 1))["storage"].used == 2**64 - 2
    close(work)
    assert all(each.right for each in verify(date(2026, 9, 1), session=work.session, zone=OSLO))
