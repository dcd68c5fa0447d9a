"""The demo shows the same figures on whatever day and at whatever time it is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from status_tab.demo import usage_events
from status_tab.services.files import Item
from status_tab.services.ingest import counts, ingest
from status_tab.services.usage import month_use

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
        use = month_use(work.session, today=moment.astimezone(zone).date())
    assert [each.used for each in use.services] == [31_200_000_000, 12_840, 412, 688, 203]
