"""What running events do to everybody: nobody signs in, a message stands above all pages (domain.md 1.9)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

import status_tab
from host.testing import make_host
from host.testing.kit import plugin
from status_tab.domain.events import NewEvent, Scope
from status_tab.services.events import end_event, start_event

ADDRESS = "/tabs/status_tab/status/"
NOW = datetime(2026, 11, 24, 12, 31, tzinfo=UTC)
HOUR, FRESH = timedelta(hours=1), timedelta(seconds=5)


@pytest.fixture
def host(tmp_path):
    """A host with the Status tab alone."""
    kit = make_host(tmp_path / "host", [plugin("status_tab", status_tab, builtin=True)], now=NOW)
    yield kit
    kit.close()


def start(host, key: str, **fields) -> int:
    """Start an event, as a command does, and wait until every worker knows."""
    with host.serving("status_tab") as served:
        number = start_event(
            NewEvent(key=key, **fields), work=served.work, actor=served.actor, clock=served.clock
        )
    host.clock.advance(FRESH)
    return number


def end(host, number: int) -> None:
    with host.serving("status_tab") as served:
        end_event(number, work=served.work, clock=served.clock)
    host.clock.advance(FRESH)


def above(page) -> list[str]:
    """The banners above a page, as text."""
    return [
        " ".join(re.sub(r"<[^>]+>", " ", each).split())
        for each in re.findall(r"<aside.*?</aside>", page.text, re.DOTALL)
    ]


class TestMessageOfTheDay:
    def test_it_stands_above_every_page_until_it_ends(self, host):
        """The description, for whoever is signed in, with its expected end."""
        viewer = host.client("viewer")
        number = start(
            host,
            "message-of-the-day",
            message="Templates",
            description="New templates go live on Thursday.",
            eta=NOW + 3 * HOUR,
        )
        said = ["Message of the Day: New templates go live on Thursday. Until Today, 15:31"]
        assert above(viewer.get(ADDRESS)) == said
        assert above(viewer.get("/nope")) == said
        end(host, number)
        assert above(viewer.get(ADDRESS)) == []

    def test_past_its_expected_end_it_stands_on_without_it(self, host):
        """Finished is informational: it ends by somebody's hand, unless it was told to end by itself."""
        start(host, "message-of-the-day", message="Read this.", eta=NOW + HOUR)
        client = host.client("viewer")
        host.clock.advance(2 * HOUR)
        assert above(client.get(ADDRESS)) == ["Message of the Day: Read this."]

    def test_one_that_ends_by_itself_is_gone_at_that_moment(self, host):
        """Without anybody's hand."""
        start(host, "message-of-the-day", message="Read this.", eta=NOW + HOUR, ends_itself=True)
        client = host.client("viewer")
        assert above(client.get(ADDRESS)) == ["Message of the Day: Read this. Until Today, 13:31"]
        host.clock.advance(HOUR)
        assert above(client.get(ADDRESS)) == []

    def test_one_that_is_scheduled_begins_by_itself(self, host):
        """At its time."""
        start(host, "message-of-the-day", message="Read this.", starts=NOW + HOUR)
        client = host.client("viewer")
        assert above(client.get(ADDRESS)) == []
        host.clock.advance(HOUR)
        assert above(client.get(ADDRESS)) == ["Message of the Day: Read this."]

    def test_it_does_not_stand_before_those_who_are_not_signed_in(self, host):
        """It is for whoever works here."""
        start(host, "message-of-the-day", message="Read this.")
        host.client("viewer")
        assert "Read this." not in host.anonymous().get("/login").text

    def test_one_for_a_single_person_is_seen_by_that_person(self, host):
        """And nobody else."""
        start(host, "message-of-the-day", message="For you.", scope=Scope.USER, owner="view_en")
        assert above(host.client("viewer").get(ADDRESS)) == ["Message of the Day: For you."]
        assert above(host.client().get(ADDRESS)) == []


class TestNoLogin:
    def test_everyone_but_administrators_is_kept_out_until_it_ends(self, host):
        """Those who are here already, too; and they are told until when."""
        viewer, administrator = host.client("viewer"), host.client()
        number = start(host, "no-login", message="Upgrade to 12.2", eta=NOW + 2 * HOUR)
        page = viewer.get(ADDRESS)
        assert page.status == 503
        assert "Upgrade to 12.2 Until Today, 14:31." in page.text
        assert page.response.headers["Retry-After"] == "7195"
        assert administrator.get(ADDRESS).status == 200
        assert above(administrator.get(ADDRESS)) == ["No Login: Upgrade to 12.2 Until Today, 14:31"]
        end(host, number)
        assert viewer.get(ADDRESS).status == 200

    def test_the_sign_in_page_says_so(self, host):
        """Before anybody types a password in vain."""
        host.client()
        start(host, "no-login", message="Upgrade to 12.2")
        assert "Upgrade to 12.2" in host.anonymous().get("/login").text

    def test_one_whose_program_died_keeps_nobody_out(self, host):
        """Its effects ended with its lease."""
        viewer = host.client("viewer")
        start(host, "no-login", message="Migration", lease_seconds=60)
        assert viewer.get(ADDRESS).status == 503
        host.clock.advance(timedelta(seconds=60))
        assert viewer.get(ADDRESS).status == 200

    def test_the_api_answers_in_its_own_form(self, host):
        """So that programs can wait."""
        viewer = host.client("viewer")
        start(host, "no-login", message="Upgrade to 12.2")
        answer = viewer.call("GET", "/api/v1/status_tab/events")
        assert answer.status == 503
        assert answer.response.json["message"].startswith("No Login: Upgrade to 12.2")

    @pytest.mark.parametrize("scope", [Scope.GROUP, Scope.USER])
    def test_one_for_a_part_keeps_nobody_out(self, host, scope):
        """Only all can be kept out."""
        viewer = host.client("viewer")
        start(host, "no-login", message="x", scope=scope, owner="VIEW_EN")
        assert viewer.get(ADDRESS).status == 200
