"""The Status page as people meet it, with what other plugins say about the licence."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

import status_tab
from host.api import hookimpl
from host.testing import make_host
from host.testing.kit import plugin
from status_tab.api import LicenceSummary
from status_tab.domain.events import NewEvent
from status_tab.services.events import start_event
from status_tab.services.installation import load_installation

ADDRESS = "/tabs/status_tab/status/"
NOW = datetime(2026, 11, 24, 12, 31, tzinfo=UTC)


@pytest.fixture
def host(tmp_path):
    """A host with the Status tab and a built-in plugin that answers its hook; ``answer`` is what it says."""
    said = SimpleNamespace(answer=None)

    @hookimpl
    def status_licence_summary(users_since):
        return said.answer

    found = [
        plugin("status_tab", status_tab, builtin=True),
        plugin(
            "superoffice_tab", SimpleNamespace(status_licence_summary=status_licence_summary), builtin=True
        ),
    ]
    kit = make_host(tmp_path / "host", found, now=NOW)
    kit.said = said
    yield kit
    kit.close()


@pytest.fixture
def start(host):
    """Start an event through the service, as a command does."""

    def run(key, **fields):
        with host.serving("status_tab") as served:
            return start_event(
                NewEvent(key=key, **fields), work=served.work, actor=served.actor, clock=served.clock
            )

    return run


class TestDatabase:
    def test_an_empty_installation_says_what_to_do(self, host):
        """The person and the product are told all the same."""
        page = host.client().get(ADDRESS)
        assert page.status == 200
        for text in (
            "load-licence FILE",
            "load-installation FILE",
            "status ingest FILE",
            "Nothing is going on",
        ):
            assert text in page.text
        assert "Powered by" in page.text
        assert "SQLite 3." in page.text

    def test_the_licence_in_force_and_what_was_loaded_stand_together(self, host, tmp_path):
        """Values come from the hook and from the database."""
        host.said.answer = LicenceSummary(
            company="Example Trading AS",
            serial="1801001239",
            next_expiry=date(2027, 6, 30),
            next_expiry_owner="SUPEROFFICE",
        )
        file = tmp_path / "installation.json"
        file.write_text(
            json.dumps(
                {
                    "database": {"type": "MSSQL 16", "name": "CRM10392", "level": "central"},
                    "plan": "Core",
                    "restrictions": [{"name": "active-projects", "in_use": 97, "maximum": 100}],
                }
            )
        )
        with host.serving("status_tab") as served:
            load_installation(file, work=served.work, clock=served.clock)
        text = host.client().get(ADDRESS).text
        for part in (
            "1801001239",
            "30 Jun 2027",
            "218 days left, SUPEROFFICE",
            "MSSQL 16, CRM10392",
            "Central database",
        ):
            assert part in text
        assert "97 of 100 active projects" in text
        assert "th-meter--warn" in text
        assert "Subscription" not in text

    @pytest.mark.parametrize(
        ("expiry", "words"),
        [
            (None, "Never"),
            (date(2026, 11, 25), "1 day left"),
            (date(2026, 11, 24), "last day today"),
            (date(2026, 11, 14), "expired 10 days ago"),
        ],
    )
    def test_the_next_expiry_date_is_told_in_days(self, host, expiry, words):
        """Also once it has passed."""
        host.said.answer = LicenceSummary(company="A", serial="1", next_expiry=expiry)
        assert words in host.client().get(ADDRESS).text


class TestNotifications:
    def test_the_first_row_is_open_until_another_is_chosen(self, host, start):
        """``event`` in the address works without JavaScript; what is not in the list does no harm."""
        first = start("no-login", message="Upgrade to 12.2", description="Everything will be slow.")
        start("import-companies", message="Reading", done=1, total=4)
        client = host.client()
        assert "Description: Import of companies" in client.get(ADDRESS).text
        chosen = client.get(f"{ADDRESS}?event={first}").text
        assert "Description: No Login" in chosen
        assert "Everything will be slow." in chosen
        for odd in ("event=999", "event=x", "event=" + "9" * 40, "show=nonsense"):
            assert client.get(f"{ADDRESS}?{odd}").status == 200

    def test_active_finished_and_all_can_be_shown(self, host, start):
        """The counts tell of all of them."""
        start(
            "no-login", message="over", starts=NOW.replace(hour=8), eta=NOW.replace(hour=9), ends_itself=True
        )
        start("no-travel", message="going on")
        client = host.client()
        shown = {show: client.get(f"{ADDRESS}?show={show}").text for show in ("active", "finished", "all")}
        found = {show: ("going on" in text, ">over" in text) for show, text in shown.items()}
        assert found == {"active": (True, False), "finished": (False, True), "all": (True, True)}

    def test_what_somebody_wrote_is_shown_as_text(self, host, start):
        """Nothing in a message is markup."""
        start("message-of-the-day", message="<script>alert(1)</script>")
        text = host.client().get(ADDRESS).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_viewer_may_see_it_in_danish(host, start):
    """With the official terms of domain.md, section 2. One that had started would keep viewers out."""
    start("no-login", starts=NOW + timedelta(hours=1))
    text = host.client("viewer", language="da").get(ADDRESS).text
    for term in ("Systemmeddelelser", "Forbrugstjenester", "Ingen logon", "Aktiveret af", "Drives af"):
        assert term in text
    assert "System notifications" not in text
