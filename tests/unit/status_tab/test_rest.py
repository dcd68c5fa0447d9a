"""System events as JSON."""

from __future__ import annotations

from datetime import timedelta

import pytest

from host.testing.kit import installed
from status_tab.domain.events import NewEvent
from status_tab.services.events import start_event

EVENTS = "/api/v1/status_tab/events"


@pytest.fixture
def kit(host_with):
    """One event that runs, and one whose program gave no sign of life."""
    kit = host_with(*installed("status_tab"))
    with kit.serving("status_tab") as host:
        for new in (
            NewEvent(key="no-travel", message="Upgrade"),
            NewEvent(key="rou-rebuild", lease_seconds=60),
        ):
            start_event(new, work=host.work, actor=host.actor, clock=host.clock)
    kit.clock.advance(timedelta(minutes=5))
    return kit


def test_active_events_are_listed_with_their_status_of_now(kit):
    """For whoever may see the tab."""
    listed = kit.client("viewer").get(EVENTS).response.json
    assert {each["key"]: each["status"] for each in listed} == {
        "no-travel": "running",
        "rou-rebuild": "stale",
    }
    travel = next(each for each in listed if each["key"] == "no-travel")
    assert (travel["message"], travel["scope"]) == ("Upgrade", "system-wide")
    assert travel["activated"] == "2026-11-24T12:00:00+00:00"


def test_which_are_wanted_can_be_said(kit):
    """A word that is none is refused by name."""
    client = kit.client("viewer")
    assert client.get(f"{EVENTS}?show=finished").response.json == []
    page = client.get(f"{EVENTS}?show=some")
    assert page.status == 422
    assert "active" in page.response.json["errors"]["query"]["show"][0]
