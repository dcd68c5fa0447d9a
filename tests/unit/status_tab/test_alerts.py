"""Alerts at 85 % and 100 % and for pace: once for each threshold, withdrawn when it rises above the use."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from unit.status_tab.metering import GB, NOW, OSLO, event, send, staff
from unit.status_tab.test_tariff import tariff, tiers

from status_tab.domain.alerts import AlertKind
from status_tab.services.alerts import open_alerts, review
from status_tab.services.closing import close_due
from status_tab.services.tariffs import load_tariff
from status_tab.storage.metering import AlertRow

TODAY = date(2026, 11, 24)


def standing(work, day: date = TODAY) -> list[tuple[str, str, int, int]]:
    """The alerts that stand: service, kind, threshold, use."""
    return [(a.service, a.kind.value, a.threshold, a.used) for a in open_alerts(work.session, day)]


def rows(work) -> list[tuple[str, int, bool]]:
    """All alerts there ever were: kind, threshold, whether they are withdrawn."""
    found = select(AlertRow.kind, AlertRow.threshold, AlertRow.withdrawn).order_by(
        AlertRow.raised, AlertRow.kind
    )
    return [
        (kind, threshold, withdrawn is not None) for kind, threshold, withdrawn in work.session.execute(found)
    ]


def raised(work) -> list[str]:
    """What the audit log says was raised."""
    return [after["kind"] for action, _, _, after in work.audited if action == "usage.alert_raised"]


def look(work, users: int = 40, now: datetime = NOW) -> None:
    """Look at everything, as the job does."""
    review(work=work, clock=lambda: now, zone=OSLO, ask=staff(users))


class TestCrossing:
    def test_85_and_100_percent_raise_one_alert_each_in_the_same_transaction(self, work):
        """12,749 of 15,000 are 84 %; more of the same raises nothing again."""
        send(work, event("1", value=12_749), ask=staff(40))
        assert standing(work) == []
        send(work, event("2", value=1), ask=staff(40))
        assert standing(work) == [("mailings", "near", 15_000, 12_750)]
        send(work, event("3", value=2_249), event("4", value=1), ask=staff(40))
        send(work, event("5", value=9_000), ask=staff(40))
        assert standing(work) == [("mailings", "reached", 15_000, 15_000)]
        assert raised(work) == ["near", "reached"]

    def test_nobody_is_asked_for_users_while_even_the_smallest_tier_is_far(self, work):
        """That is what keeps taking usage in cheap."""

        def ask(since):
            raise AssertionError("asked")

        send(work, event("1", value=12_749), event("2", service="storage.database", value=42 * GB), ask=ask)
        with pytest.raises(AssertionError, match="asked"):
            send(work, event("3", value=1), ask=ask)

    def test_who_has_more_users_has_a_higher_threshold(self, work):
        """80 users have 30,000 included."""
        send(work, event("1", value=25_499), ask=staff(80))
        assert standing(work) == []
        send(work, event("2", value=1), ask=staff(80))
        assert standing(work) == [("mailings", "near", 30_000, 25_500)]

    def test_storage_counts_by_its_months_figure(self, work):
        """60 GB since today are not yet 50 GB on average."""
        send(work, event("1", service="storage.database", value=20 * GB, time=NOW - timedelta(days=23)))
        send(work, event("2", service="storage.database", value=60 * GB))
        assert standing(work) == []
        send(work, event("3", service="storage.database", value=60 * GB, time=NOW - timedelta(days=22)))
        assert [kind for _, kind, *_ in standing(work)] == ["reached"]

    def test_last_month_counts_while_it_is_open_and_older_or_closed_ones_raise_nothing(self, work):
        """A backfill of a year ago surprises nobody."""
        first = datetime(2026, 11, 2, 12, tzinfo=NOW.tzinfo)
        send(work, event("1", value=20_000, time="2026-10-31T12:00:00Z"), now=first)
        assert [kind for _, kind, *_ in standing(work, date(2026, 10, 31))] == ["reached"]
        send(work, event("2", value=20_000, time="2026-08-31T12:00:00Z"), now=first)
        assert standing(work, date(2026, 8, 31)) == []
        close_due(work=work, clock=lambda: NOW, zone=OSLO, ask=staff(40))
        send(work, event("3", service="chat-sessions", value=20_000, time="2026-10-31T12:00:00Z"))
        assert len(standing(work, date(2026, 10, 31))) == 1


class TestThresholdsThatMove:
    def test_it_is_withdrawn_when_the_threshold_rises_above_the_use_and_not_raised_twice(self, work):
        """51 users have 30,000; with 50 again, the same alert stands again."""
        send(work, event(value=15_000), ask=staff(50))
        look(work, 51)
        assert standing(work) == []
        assert rows(work) == [("near", 15_000, True), ("reached", 15_000, True)]
        look(work, 50)
        assert standing(work) == [("mailings", "reached", 15_000, 15_000)]
        assert raised(work) == ["near", "reached"]

    def test_another_threshold_raises_an_alert_of_its_own(self, work):
        """90 % of the new one: near stands in the place of reached."""
        send(work, event(value=27_000), ask=staff(50))
        look(work, 51)
        assert standing(work) == [("mailings", "near", 30_000, 27_000)]
        assert raised(work) == ["near", "reached", "near"]

    def test_a_tariff_of_ones_own_moves_it_too(self, work, tmp_path: Path):
        """It holds from this month on."""
        send(work, event(value=15_000), ask=staff(50))
        content = tariff()
        content["services"]["mailings"] = tiers((1, None, 100_000))
        path = tmp_path / "own.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        load_tariff(path, work=work, clock=lambda: NOW, user_id="KAAN")
        look(work, 50)
        assert standing(work) == []


class TestPace:
    def test_a_month_that_is_heading_above_the_threshold_raises_one(self, work):
        """10,000 by the 12th: 25,000 at this pace; gone when it slows down, or when it is reached."""
        on_the_12th = datetime(2026, 11, 13, 9, tzinfo=NOW.tzinfo)
        send(work, event("1", value=10_000, time="2026-11-12T10:00:00Z"), now=on_the_12th)
        look(work, now=on_the_12th)
        assert standing(work) == [("mailings", "pace", 15_000, 25_000)]
        look(work)
        assert standing(work) == []
        send(work, event("2", value=6_000))
        assert [kind for _, kind, *_ in standing(work)] == ["reached"]
        assert raised(work) == ["pace", "near", "reached"]

    def test_taking_usage_in_leaves_it_standing_until_it_is_reached(self, work):
        """Near is not there yet: it is still heading above."""
        on_the_12th = datetime(2026, 11, 13, 9, tzinfo=NOW.tzinfo)
        send(work, event("1", value=10_000, time="2026-11-12T10:00:00Z"), now=on_the_12th)
        look(work, now=on_the_12th)
        send(work, event("2", value=3_000, time=on_the_12th), now=on_the_12th)
        kinds = {each.kind for each in open_alerts(work.session, TODAY)}
        assert kinds == {AlertKind.NEAR}
        assert ("pace", 15_000, False) in rows(work)

    def test_the_first_three_days_say_too_little(self, work):
        """One mailing on the first would alarm everybody."""
        early = datetime(2026, 11, 3, 9, tzinfo=NOW.tzinfo)
        send(work, event("1", value=3_000, time="2026-11-01T10:00:00Z"), now=early)
        look(work, now=early)
        assert standing(work) == []
