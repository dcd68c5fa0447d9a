"""The demo shows the same figures on whatever day and at whatever time it is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.status_tab.metering import used

from status_tab.demo import PAST, old_events, usage_events
from status_tab.domain.months import Rule
from status_tab.services.files import Item
from status_tab.services.ingest import counts, ingest
from status_tab.services.months import service_months

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", [ZoneInfo("UTC"), ZoneInfo("Europe/Oslo"), ZoneInfo("Pacific/Kiritimati")])
@settings(max_examples=12, deadline=None)
@given(moment=st.integers(0, 366 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds)))
@example(datetime(2026, 10, 31, 23, tzinfo=UTC))
@example(datetime(2026, 11, 1, tzinfo=UTC))
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
def test_the_figures_are_those_of_the_picture_at_any_time(new_work, zone, moment):
    """Everything is accepted without a backfill, also in the first second of a month."""
    items = [Item(str(number), event) for number, event in enumerate(usage_events(moment, zone))]
    with new_work() as work:
        answers = ingest(items, work=work, clock=lambda: moment, zone=zone)
        assert counts(answers)["accepted"] == len(items)
        figures = used(work.session, moment.astimezone(zone).date(), zone)
    assert figures == [31_200_000_000, 12_840, 412, 688, 203]


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 11, 24, 12, 31, tzinfo=UTC), START, datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)],
)
def test_the_year_before_comes_by_a_backfill(new_work, moment):
    """The months of the picture, and storage as it is now; what grew before it is less each month."""
    zone = ZoneInfo("Europe/Oslo")
    today = moment.astimezone(zone).date()
    old, new = ([*events(moment, zone)] for events in (old_events, usage_events))
    assert not {each["id"] for each in old} & {each["id"] for each in new}
    with new_work() as work:
        items = [Item(str(number), event) for number, event in enumerate([*old, *new])]
        answers = ingest(items, work=work, clock=lambda: moment, zone=zone, backfill=True)
        assert counts(answers)["accepted"] == len(items)
        options = {"session": work.session, "today": today, "zone": zone, "rule": Rule.AVERAGE}
        months = {
            service: service_months(service, last=today, users_by_month={}, **options)
            for service in (*PAST, "storage")
        }
    for service, totals in PAST.items():
        assert [each.used for each in months[service]][:-1] == list(totals)
    assert months["mailings"][-1].used == 12_840
    assert round(months["storage"][-1].used / 10**9, 1) == 31.2
    assert all(a.used < b.used for a, b in pairwise(months["storage"]))
