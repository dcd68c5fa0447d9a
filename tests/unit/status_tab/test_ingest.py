"""Usage is counted once, whatever arrives, however often and in whatever order (formats.md 3)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from unit.status_tab.metering import NOW, OSLO, event, used

from status_tab.domain.metered import LARGEST, MEASURES, Kind
from status_tab.services.files import Item
from status_tab.services.ingest import counts, ingest
from status_tab.services.month_events import first_counted
from status_tab.storage.tables import UsageDayRow, UsageEventRow, UsageKeyRow


def send(work: Any, *events: Any, now: datetime = NOW, **options: Any) -> list[Any]:
    """Send *events* as one batch."""
    items = [Item(f"item {number}", content) for number, content in enumerate(events, start=1)]
    return ingest(items, work=work, clock=lambda: now, zone=OSLO, **options)


def outcomes(answers: list[Any]) -> list[str]:
    """What became of each."""
    return [answer.outcome.value for answer in answers]


def days(session: Session) -> dict[tuple[str, date], tuple[int, int]]:
    """Total and number of events by measure and day."""
    rows = session.execute(
        select(UsageDayRow.service, UsageDayRow.day, UsageDayRow.total, UsageDayRow.events)
    )
    return {(service, day): (total, number) for service, day, total, number in rows}


def days_from_raw(session: Session) -> dict[tuple[str, date], tuple[int, int]]:
    """The same, derived from the raw events alone."""
    found: dict[tuple[str, date], list[tuple[datetime, int]]] = {}
    for service, time, value in session.execute(
        select(UsageEventRow.service, UsageEventRow.time, UsageEventRow.value)
    ):
        found.setdefault((service, time.astimezone(OSLO).date()), []).append((time, value))
    return {
        key: (
            sum(value for _, value in values) if MEASURES[key[0]].kind is Kind.COUNTER else max(values)[1],
            len(values),
        )
        for key, values in found.items()
    }


class TestOneEvent:
    def test_an_event_sent_again_is_a_duplicate_and_counts_once(self, work):
        """Also when the retry writes the moment in another zone and adds a trace attribute."""
        first = send(work, event(time="2026-11-24T12:00:00Z"))
        again = send(work, event(time="2026-11-24T13:00:00+01:00", traceparent="00-abc"))
        assert outcomes(first + again) == ["accepted", "duplicate"]
        assert days(work.session) == {("mailings", date(2026, 11, 24)): (10, 1)}

    def test_other_content_under_one_key_is_a_conflict_and_the_first_stays(self, work):
        """The answer tells which one counts, within a batch and across batches."""
        answers = send(work, event(value=10), event(value=11), event(value=10))
        assert outcomes(answers) == ["accepted", "conflict", "duplicate"]
        assert "that one counts" in answers[1].reason
        assert outcomes(send(work, event(value=12))) == ["conflict"]
        assert days(work.session) == {("mailings", date(2026, 11, 24)): (10, 1)}

    def test_services_are_named_without_regard_to_case(self, work):
        """Identifiers compare case-insensitively."""
        assert outcomes(send(work, event(service="Mailings"))) == ["accepted"]

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"service": "fax"}, "data.service: no such service; expected one of storage.database, "),
            ({"value": -1}, "data.value: must be 0 or more"),
            ({"value": 2**63}, "data.value: must be 9223372036854775807 or less"),
            ({"value": 10**400}, "data.value: must be 9223372036854775807 or less"),
            ({"value": "10"}, "data.value: must be a whole number, not text or a fraction"),
            ({"value": 1.5}, "data.value: must be a whole number, not text or a fraction"),
            ({"value": True}, "data.value: must be a whole number, not text or a fraction"),
            ({"time": "yesterday"}, "time: must be a time as in RFC 3339, such as 2026-11-24T13:10:00+01:00"),
            ({"time": "2026-11-24T13:10:00"}, "time: must be a time as in RFC 3339"),
            ({"time": "2026-W48-2T13:10:00Z"}, "time: must be a time as in RFC 3339"),
            ({"time": "0001-01-01T00:00:00+14:00"}, "time: must be a time as in RFC 3339"),
            ({"type": "com.example"}, "type: Must be equal to tabhost.usage.recorded"),
            ({"specversion": "0.3"}, "specversion: Must be equal to 1.0"),
            ({"source": ""}, "source: Length must be between 1 and 254"),
            ({"subject": "a\x00b"}, "subject: must not contain the character U+0000"),
            ({"subject": "\ud800"}, "subject: must be text without halves of characters"),
        ],
    )
    def test_what_is_wrong_is_rejected_with_its_own_reason(self, work, changes, reason):
        """The rest of the batch is kept."""
        answers = send(work, event("good"), event("bad", **changes), event("also good"))
        assert outcomes(answers) == ["accepted", "rejected", "accepted"]
        assert answers[1].reason.startswith(reason)
        assert (answers[1].place, answers[1].id) == ("item 2", "bad")

    @pytest.mark.parametrize("content", [None, 42, "text", [], {}, {"id": 7}])
    def test_what_is_no_event_at_all_is_rejected(self, work, content):
        """Whatever JSON can hold gets an answer."""
        answers = send(work, content, event())
        assert outcomes(answers) == ["rejected", "accepted"]
        assert answers[0].reason

    def test_an_event_without_an_id_is_rejected(self, work):
        """Without it nobody could tell a retry from a second use."""
        nameless = event()
        del nameless["id"]
        assert send(work, nameless)[0].reason == "id: Missing data for required field"


class TestWindow:
    @pytest.mark.parametrize(
        ("away", "outcome"),
        [
            (timedelta(minutes=5), "accepted"),
            (timedelta(minutes=5, microseconds=1), "rejected"),
            (timedelta(days=-35), "accepted"),
            (timedelta(days=-35, microseconds=-1), "rejected"),
        ],
    )
    def test_events_are_taken_from_35_days_back_to_5_minutes_ahead(self, work, away, outcome):
        """Both edges belong to the window."""
        assert outcomes(send(work, event(time=NOW + away))) == [outcome]

    def test_a_backfill_takes_older_ones_but_none_from_the_future(self, work):
        """What is older goes through an explicit backfill."""
        answers = send(
            work,
            event("old", time="2019-03-31T23:30:00Z"),
            event("older", time="1969-12-31T23:59:59Z"),
            event("ahead", time=NOW + timedelta(minutes=6)),
            backfill=True,
        )
        assert outcomes(answers) == ["accepted", "rejected", "rejected"]


class TestLargeNumbers:
    def test_a_month_that_would_not_fit_is_refused_and_what_counts_stays_exact(self, work):
        """64-bit integers never wrap or become inexact; a retry of what was accepted is still a duplicate."""
        full = event("full", value=LARGEST - 5)
        assert outcomes(send(work, full)) == ["accepted"]
        answers = send(work, event("too much", value=6), event("fits", value=5), full)
        assert outcomes(answers) == ["rejected", "accepted", "duplicate"]
        assert "sum of the month" in answers[0].reason
        assert used(work.session, date(2026, 11, 24))[1] == LARGEST
        assert work.session.scalar(select(func.count()).select_from(UsageKeyRow)) == 2

    def test_two_events_of_one_batch_cannot_pass_the_limit_together(self, work):
        """Nor can they on different days of one month."""
        answers = send(
            work,
            event("1", value=LARGEST, time=NOW - timedelta(days=3)),
            event("2", value=1),
            event("3", value=1, time=NOW - timedelta(days=30)),
        )
        assert outcomes(answers) == ["accepted", "rejected", "accepted"]


class TestDays:
    @pytest.mark.parametrize(
        ("time", "day"),
        [
            ("2026-10-31T22:59:59Z", date(2026, 10, 31)),
            ("2026-10-31T23:00:00Z", date(2026, 11, 1)),
            ("2026-10-24T21:59:59Z", date(2026, 10, 24)),
            ("2026-10-24T22:00:00Z", date(2026, 10, 25)),
            ("2026-10-25T00:30:00Z", date(2026, 10, 25)),
            ("2026-10-25T01:30:00Z", date(2026, 10, 25)),
            ("2026-10-25T22:59:59Z", date(2026, 10, 25)),
            ("2026-10-25T23:00:00Z", date(2026, 10, 26)),
            ("2026-03-28T22:59:59Z", date(2026, 3, 28)),
            ("2026-03-28T23:00:00Z", date(2026, 3, 29)),
            ("2026-03-29T21:59:59Z", date(2026, 3, 29)),
            ("2026-03-29T22:00:00Z", date(2026, 3, 30)),
        ],
    )
    def test_days_are_those_of_the_installation_also_when_clocks_change(self, work, time, day):
        """Europe/Oslo: 25 October 2026 has 25 hours, 29 March 2026 has 23."""
        send(work, event(time=time), backfill=True)
        assert list(days(work.session)) == [("mailings", day)]

    def test_the_last_value_of_a_gauge_is_the_days_value_in_any_order(self, work):
        """A late value does not replace a later one; of two at one moment the larger counts."""
        at = NOW - timedelta(hours=3)
        send(work, event("2", service="storage.database", value=20, time=at))
        send(work, event("1", service="storage.database", value=90, time=at - timedelta(minutes=1)))
        send(work, event("3", service="storage.database", value=21, time=at))
        send(work, event("4", service="storage.database", value=19, time=at))
        assert days(work.session) == {("storage.database", date(2026, 11, 24)): (21, 4)}


class TestMonth:
    def test_the_month_is_the_sum_of_its_days_up_to_today(self, work):
        """October's last hour in UTC is November's first in Oslo; September's counts for neither."""
        send(
            work,
            event("a", value=1, time="2026-10-31T22:59:59Z"),
            event("b", value=2, time="2026-10-31T23:00:00Z"),
            event("c", value=4),
        )
        november, october = (used(work.session, day) for day in (date(2026, 11, 24), date(2026, 10, 31)))
        assert (november[1], october[1]) == (6, 1)

    def test_storage_is_database_and_documents_and_lasts_over_the_turn_of_a_month(self, work):
        """What was measured in October is still there in November until it is measured again."""
        october = NOW - timedelta(days=30)
        send(work, event("a", service="storage.database", value=20, time=october))
        send(work, event("b", service="storage.documents", value=5, time=october))
        send(work, event("c", service="storage.documents", value=7))
        assert used(work.session, date(2026, 11, 24))[0] == 27

    def test_nothing_counted_is_told_from_nothing_used(self, work):
        """An installation that never sent anything has no figures; one with a quiet month has zeros."""
        assert first_counted(work.session) is None
        send(work, event(time=NOW - timedelta(days=30)))
        assert first_counted(work.session) == date(2026, 10, 1)
        assert used(work.session, date(2026, 11, 24)) == [0] * 5


def instants() -> st.SearchStrategy[datetime]:
    """Moments around the turn of a month, the change of clocks, the window's edges, and anywhere between."""
    edges = [
        datetime(2026, 10, 31, 23, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2026, 10, 24, 22, tzinfo=UTC),
        NOW - timedelta(days=35),
        NOW + timedelta(minutes=5),
    ]
    near = st.builds(
        lambda edge, seconds: edge + timedelta(seconds=seconds), st.sampled_from(edges), st.integers(-2, 2)
    )
    return near | st.integers(0, 60 * 24 * 3600).map(
        lambda seconds: datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    )


def some_events() -> st.SearchStrategy[dict[str, Any]]:
    """Events with few ids, so that duplicates and conflicts are common."""
    return st.builds(
        lambda id_, service, value, time: event(str(id_), service=service, value=value, time=time),
        st.integers(1, 12),
        st.sampled_from([*MEASURES, "fax"]),
        st.integers(-1, 3) | st.integers(0, 2**63),
        instants(),
    )


@settings(max_examples=120, deadline=None)
@given(
    batches=st.lists(st.lists(some_events() | st.just(17), max_size=15), max_size=6),
    retries=st.lists(st.integers(0, 5), max_size=4),
    data=st.data(),
)
def test_keys_raw_events_days_and_month_agree_after_any_mix(new_work, batches, retries, data):
    """Batches, retries, duplicates, conflicts, rejects and late events: the four always agree."""
    with new_work() as work:
        session, seen = work.session, Counter()
        order = batches + [
            data.draw(st.permutations(batches[again])) for again in retries if again < len(batches)
        ]
        for batch in order:
            seen.update(counts(send(work, *batch)))
        session.commit()

        rows = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (UsageKeyRow, UsageEventRow)
        }
        assert set(rows.values()) == {seen["accepted"]}
        assert sum(seen.values()) == sum(len(batch) for batch in order)
        found = days(session)
        assert found == days_from_raw(session)
        assert sum(number for _, number in found.values()) == seen["accepted"]
        counted = sum(
            total
            for (service, day), (total, _) in found.items()
            if service == "mailings" and date(2026, 11, 1) <= day <= date(2026, 11, 24)
        )
        assert used(session, date(2026, 11, 24))[1] == counted


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(some_events(), unique_by=lambda item: item["id"], max_size=12), data=st.data())
def test_the_order_of_arrival_does_not_matter(new_work, batch, data):
    """Events with keys of their own add up to the same, whichever comes first and however they are cut up."""
    kept = [item for item in batch if item["data"]["value"] < 2**59]
    shuffled = data.draw(st.permutations(kept))
    cut = data.draw(st.integers(0, len(kept)))
    with new_work() as one, new_work() as other:
        send(one, *kept)
        send(other, *shuffled[:cut])
        send(other, *shuffled[cut:])
        assert days(one.session) == days(other.session)
