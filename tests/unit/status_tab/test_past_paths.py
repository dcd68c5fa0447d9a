"""Months that are over are read once, and again after an event has changed one of them."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.status_tab.metering import OSLO, event, send

from status_tab.domain.metered import METERED_SERVICES
from status_tab.domain.months import Rule, up_to
from status_tab.services import past_paths
from status_tab.services.pace import PAST
from status_tab.services.past_paths import known_paths
from status_tab.services.paths import month_paths

TODAY = date(2026, 11, 24)
MEASURES = ("mailings", "storage.database", "storage.documents", "form-submissions")

usage = st.tuples(
    st.sampled_from(MEASURES), st.integers(0, 60 * 24), st.integers(0, 10**6), st.integers(1, 4)
)
"""What, how many hours before now, how much; and in which batch it arrives."""


def options(work, today=TODAY, rule=Rule.AVERAGE):
    """What both are asked with."""
    return {"session": work.session, "today": today, "zone": OSLO, "rule": rule}


@settings(max_examples=40, deadline=None)
@given(st.lists(usage, max_size=25))
def test_it_is_always_what_is_read_anew(new_work, usages):
    """After any batch, for every rule, with several months, on the next day and in the next month."""
    months = up_to(TODAY, 4)
    with new_work() as work:
        for batch in range(5):
            events = [
                event(
                    f"{number}",
                    service=service,
                    value=value,
                    time=f"2026-{9 + hours % 3:02}-{1 + hours // 60:02}T10:00:00Z",
                )
                for number, (service, hours, value, when) in enumerate(usages)
                if when == batch
            ]
            if events:
                send(work, *events)
            for rule in (Rule.AVERAGE, Rule.PEAK):
                for today, asked in (
                    (TODAY, months),
                    (date(2026, 11, 25), months[1:]),
                    (date(2026, 12, 2), up_to(date(2026, 12, 2), 4)),
                ):
                    given_ = options(work, today, rule)
                    assert known_paths(METERED_SERVICES, asked, **given_) == month_paths(
                        METERED_SERVICES, asked, **given_
                    )


def test_what_has_not_changed_is_not_read_again(work, monkeypatch):
    """A late event has its own service read again, another day this month; usage of today is no reason for
    what has ended."""
    asked = []

    def reading(services, months, **rest):
        asked.append(([each.id for each in services], len(months)))
        return month_paths(services, months, **rest)

    monkeypatch.setattr(past_paths, "month_paths", reading)
    send(work, event("1", time="2026-10-05T10:00:00Z"))
    months, ids = up_to(TODAY, PAST + 1), [each.id for each in METERED_SERVICES]
    for _ in range(2):
        known_paths(METERED_SERVICES, months, **options(work))
    assert asked == [(ids, PAST), (ids, 1)]
    asked.clear()
    send(work, event("now"), event("2", service="chat-sessions", time="2026-09-05T10:00:00Z"))
    known_paths(METERED_SERVICES, months, **options(work))
    as_it_came_in = (["mailings"], 1)  # where is this month heading?
    assert asked == [as_it_came_in, (["chat-sessions"], PAST), (["chat-sessions"], 1)]
    asked.clear()
    known_paths(METERED_SERVICES, months, **options(work, date(2026, 11, 25)))
    assert asked == [(ids, 1)]
