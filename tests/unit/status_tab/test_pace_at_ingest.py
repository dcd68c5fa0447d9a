"""Where a month is heading is looked at as usage comes in, once in a few minutes for each service."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from unit.status_tab.metering import NOW, event, send, staff
from unit.status_tab.test_alerts import look, raised, standing

from status_tab.services.alerts import PACE_EVERY
from status_tab.storage.metering import AlertRow, PaceLookRow

THE_13TH = datetime(2026, 11, 13, 9, tzinfo=NOW.tzinfo)
BEFORE = "2026-11-12T10:00:00Z"
PACE = ("mailings", "pace", 15_000, 25_000)
"""10,000 in twelve days of thirty."""


def test_what_heads_above_the_threshold_is_said_at_once(work):
    """In the transaction that took it in; the job finds nothing left to do."""
    send(work, event("1", value=10_000, time=BEFORE), now=THE_13TH, ask=staff(40))
    assert standing(work) == [PACE]
    look(work, now=THE_13TH)
    assert (standing(work), raised(work)) == ([PACE], ["pace"])


def test_within_some_minutes_nobody_looks_again(work):
    """Then the next event of the service is looked at; another service has minutes of its own."""
    send(work, event("1", value=1, time=BEFORE), now=THE_13TH)
    soon = THE_13TH + PACE_EVERY - timedelta(seconds=1)
    send(work, event("2", value=9_998, time=BEFORE), now=soon)
    assert standing(work) == []
    send(work, event("3", service="chat-sessions", value=1_000, time=BEFORE), now=soon)
    assert standing(work) == [("chat-sessions", "pace", 1_500, 2_500)]
    send(work, event("4", value=1, time=BEFORE), now=THE_13TH + PACE_EVERY)
    assert PACE in standing(work)


def test_it_is_withdrawn_when_the_month_slows_down(work):
    """Eleven days later the same use heads nowhere."""
    send(work, event("1", value=10_000, time=BEFORE), now=THE_13TH)
    send(work, event("2", value=1))
    assert standing(work) == []
    assert [after["kind"] for action, _, _, after in work.audited if "withdrawn" in action] == ["pace"]


def test_more_users_are_asked_for_only_where_the_smallest_tier_would_not_do(work):
    """What heads above that, but not above what 80 users have, raises nothing."""

    def ask(since):
        raise AssertionError("asked")

    send(work, event("1", value=5_000, time=BEFORE), now=THE_13TH, ask=ask)
    send(work, event("2", value=5_000, time=BEFORE), now=THE_13TH + PACE_EVERY, ask=staff(80))
    assert standing(work) == []


def test_the_first_days_and_the_month_before_are_not_looked_at(work):
    """The one says too little; the other is over."""
    early = datetime(2026, 11, 3, 9, tzinfo=NOW.tzinfo)
    send(work, event("1", value=3_000, time="2026-11-01T10:00:00Z"), now=early)
    send(work, event("2", value=12_000, time="2026-10-30T10:00:00Z"), now=early)
    assert work.session.execute(select(AlertRow.kind).where(AlertRow.kind == "pace")).all() == []
    assert work.session.execute(select(PaceLookRow.service)).all() == []
