"""The pages of metered services as people meet them, on both databases."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as events
from unit.status_tab.metering import GB, event

import status_tab
from host.api import hookimpl
from host.testing.kit import plugin
from status_tab.api import LicenceSummary
from status_tab.circumstances import taking
from status_tab.services.closing import close_due
from status_tab.services.files import Item
from status_tab.services.ingest import ingest
from status_tab.services.tariffs import load_tariff

METERED = "/tabs/status_tab/status/metered/"
OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 24, 12, 31, tzinfo=UTC)
YEAR = (8_400, 73_000, 14_200, 9_800, 30_600, 22_600, 3_900, 8_400, 11_700, 30_500, 14_900)
"""Mailings of the eleven months before November 2026."""


@pytest.fixture
def host(host_on):
    """A host with the Status tab, and somebody who says how many users there are (``host.said.users``)."""
    said = SimpleNamespace(users=[])

    @hookimpl
    def status_licence_summary(users_since):
        return LicenceSummary(company="A", serial="1", users=said.users if users_since else ())

    kit = host_on(
        plugin("status_tab", status_tab, builtin=True),
        plugin(
            "superoffice_tab", SimpleNamespace(status_licence_summary=status_licence_summary), builtin=True
        ),
        now=NOW,
        environment={"TABHOST_TIMEZONE": "Europe/Oslo"},
    )
    kit.said = said
    return kit


@pytest.fixture
def send(host):
    """Take usage in through the service, as a command with ``--backfill`` does."""

    def run(*events):
        items = [Item(str(number), each) for number, each in enumerate(events)]
        with host.serving("status_tab"):
            answers = ingest(items, backfill=True, **taking())
        assert {each.outcome.value for each in answers} == {"accepted"}, answers

    return run


@pytest.fixture
def close(host):
    """Close what is due."""

    def run():
        with host.serving("status_tab"):
            close_due(**taking())

    return run


def month_of(back):
    """The first day of the month that lies *back* months before November 2026."""
    year, number = divmod(2026 * 12 + 10 - back, 12)
    return date(year, number + 1, 1)


def year(service="mailings"):
    """The picture's twelve months: two thirds of each until its 21st, the rest on its 25th."""
    for index, total in enumerate(YEAR):
        first = month_of(11 - index)
        early = total * (6 + index % 3) // 10
        for day, value in ((10, early), (25, total - early)):
            moment = datetime(first.year, first.month, day, 9, tzinfo=OSLO)
            yield event(f"{first}/{day}", service=service, value=value, time=moment.isoformat())
    yield event("now", service=service, value=12_840, time=datetime(2026, 11, 20, 9, tzinfo=OSLO).isoformat())


def words(text):
    """What a page says, without markup; no-break spaces as spaces."""
    text = re.sub(r"<svg.*?</svg>", " ", text[text.index("<main") :], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\N{NO-BREAK SPACE}", " ").split())


def at(page):
    """The address of a page of metered services."""
    return f"{METERED}{page}"


class TestEmpty:
    @pytest.mark.parametrize("page", ["", "mailings/", "mailings/2026-11/", "closed/", "usage.csv"])
    def test_nothing_counted_says_what_to_do(self, host, page):
        """No page fails before the first event."""
        answer = host.client().get(at(page))
        assert answer.status == 200
        assert any(
            said in answer.text
            for said in ("status ingest FILE", "Nothing was counted", "No month has been closed", "mailings")
        )

    @pytest.mark.parametrize(
        "page",
        ["faxes/", "mailings/2026-13/", "mailings/2027-01/", "mailings/0001-01/", "mailings/x/",
         "faxes/2026-11/", "mailings/2026-13/days.csv", "faxes/2026-11/days.csv"],
    )  # fmt: skip
    def test_unknown_services_and_months_are_not_found(self, host, send, page):
        """Each gets a card; also what lies ahead and what lies before everything."""
        send(event())
        assert host.client().get(at(page)).status == 404


class TestService:
    def test_the_first_service_stands_at_the_short_address(self, host, send):
        """And is marked among the tiles."""
        send(event())
        text = host.client().get(METERED).text
        assert re.search(r'aria-current="true"[^>]*><span class="th-tile__name">Storage space used', text)
        assert "November 2026, day 24 of 30" in text

    def test_the_year_of_the_picture(self, host, send, close):
        """Bars above what is included, the lines, the table, the invoice, the sum of the threshold."""
        host.said.users = [(date(2026, 11, 1), 48), (date(2026, 11, 10), 49)]
        send(*year())
        close()
        page = host.client().get(at("mailings/"))
        said = words(page.text)
        for part in (
            "12,840 , near the limit of 15,000",
            "86 % of the included amount",
            "The range held for",
            "Why 15,000 are included",
            "Users, average of 24 days 48.6",
            "Tier 1–50 users",
            "Published table, in force since 1 Jan 2020.",
            "The four others",
            "Jan 2026 73,000 15,000 58,000 2",
            "As of today nothing is due: 12,840 is within the included 15,000.",
        ):
            assert part in said
        for drawn in (">Included 15,000<", ">1 extra package 65,000<", ">73.0k<", ">30.6k<", ">80k<"):
            assert drawn in page.text
        assert "2 extra packages" not in page.text
        assert page.text.count("th-chart__bar--over") == 4
        assert "January (73,000), April (30,600), May (22,600) and September (30,500)" in page.text
        assert f'href="{at("mailings/2026-01/")}"' in page.text

    def test_what_is_expected_costs_what_it_says(self, host, send):
        """The figures of pace, the invoice and the Status page agree."""
        host.said.users = [(date(2026, 11, 1), 40)]
        send(*year())
        said = words(host.client().get(at("mailings/")).text)
        expected = re.search(r"emails by 30 Nov, most likely ([\d,]+)", said)[1]
        above = int(expected.replace(",", "")) - 15_000
        packages = -(-above // 50_000)
        assert f"Emails sent via Mailings {above:,} {packages} EUR 32.40 EUR {packages * 32.4:.2f}" in said
        status = words(host.client().get("/tabs/status_tab/status/").text)
        assert (
            f"86 % used Mailings are on pace for {expected}. That would add {packages} extra package"
            in status
        )
        assert "12,840 of 15,000" in status

    def test_storage_tells_its_parts(self, host, send):
        """In the tile, in a sum of its own, and in the table."""
        send(
            event("d", service="storage.database", value=24_800_000_000, time="2026-10-30T08:00:00Z"),
            event("f", service="storage.documents", value=6_400_000_000, time="2026-10-30T08:00:00Z"),
        )
        said = words(host.client().get(at("storage/")).text)
        assert ", Database 24.8 GB, Documents 6.4 GB" in said
        assert "Together, average of the month 31.2 GB" in said
        assert "Nov 2026 24.8 GB 6.4 GB 31.2 GB 50 GB 0 GB 0" in said

    def test_it_is_told_in_danish(self, host, send):
        """Numbers and days as Danes write them."""
        send(*year())
        said = words(host.client("viewer", language="da").get(at("mailings/?users=55")).text)
        for part in ("Forbrugstjenester", "12.840", "af 15.000", "32,40", "30. nov."):
            assert part in said
        assert "Extra packages" not in said

    def test_without_users_the_smallest_tier_is_assumed_and_that_is_said(self, host, send):
        """And what if is not compared with a number that nobody knows."""
        send(*year())
        said = words(host.client().get(at("mailings/?users=55")).text)
        assert "Users not known" in said
        assert "so the smallest tier is assumed" in said
        assert "Show users by day" not in said
        assert "more user" not in said

    def test_a_used_up_amount_is_told_in_words(self, host, send):
        """The day it was reached, what is due, and stop in the tile."""
        send(
            event("1", value=15_000, time="2026-11-12T10:00:00Z"),
            event("2", value=1, time="2026-11-13T10:00:00Z"),
        )
        said = words(host.client().get(at("mailings/")).text)
        for part in (
            "100 % of the included amount",
            "the included amount is used up",
            "The threshold was reached on 12 Nov .",
            "As of today EUR 32.40 is due.",
        ):
            assert part in said

    def test_a_tariff_of_ones_own_with_a_base_tells_its_sum(self, host, send, tmp_path):
        """Also in what if, which has no tiers then."""
        others = ("customer-center-logins", "chat-sessions", "form-submissions")
        tier = {"tiers": [{"from": 1, "included": 100}], "package": 10, "price": "1.00"}
        stored = {"tiers": [{"from": 1, "included": "20 GB"}], "package": "10 GB", "price": "1.00"}
        own = {"base": 5000, "per_user": 100, "package": 1000, "price": "10.00"}
        file = tmp_path / "tariff.json"
        file.write_text(
            json.dumps(
                {
                    "valid_from": "2026-01-01",
                    "currency": "DKK",
                    "services": {"mailings": own, "storage": stored, **dict.fromkeys(others, tier)},
                }
            )
        )
        with host.serving("status_tab") as served:
            load_tariff(file, work=served.work, clock=served.clock, user_id="KAAN")
        host.said.users = [(date(2026, 11, 1), 20)]
        send(event("1", value=6_000))
        said = words(host.client().get(at("mailings/?users=60")).text)
        for part in (
            "Your own tariff, in force since 1 Jan 2026.",
            "For everybody 5,000 20 × 100 a user 2,000 Included a month 7,000",
            "With 60 users 11,000 would be included,",
            "DKK 10.00",
        ):
            assert part in said


class TestWhatIf:
    @pytest.fixture
    def ask(self, host, send):
        """Ask the form with 49 users in the year of the picture."""
        host.said.users = [(date(2026, 11, 1), 49)]
        send(*year())
        return lambda typed: host.client().get(at("mailings/"), query_string={"users": typed})

    def test_more_users_save_a_package(self, ask):
        """With the tier, and what is not counted."""
        said = words(ask("55").text)
        for part in (
            "With 55 users the tier is 51–100: 30,000 included, no extra package this month.",
            "Saves EUR 32.40 on this service. The cost of 6 more users is not counted here.",
        ):
            assert part in said

    @pytest.mark.parametrize(
        ("users", "part"),
        [
            ("100", "tier is 51–100"),
            ("101", "tier is over 100"),
            (" 50 ", "tier is 1–50"),
            ("1", "48 users less"),
        ],
    )
    def test_the_edges_of_tiers(self, ask, users, part):
        """Exactly 100 belongs to 51–100 (formats.md 6)."""
        assert part in words(ask(users).text)

    @pytest.mark.parametrize("typed", ["0", "-1", "abc", "", "99999999", "5.5", "<script>", "9" * 5000])
    def test_what_is_no_number_of_users_is_refused_beside_the_field(self, ask, typed):
        """Everything else stays on the page, also what was typed."""
        page = ask(typed)
        assert page.status == 200
        assert 'aria-invalid="true" aria-describedby="users-wrong"' in page.text
        assert "Give a whole number of users, from 1 to 999,999." in page.text
        assert "Next invoice" in page.text
        assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in page.text
        assert "<script>alert" not in page.text


class TestMonth:
    def test_days_stand_with_their_events_and_open(self, host, send):
        """A day without an event has nothing to open."""
        send(
            event("1", value=3, time="2026-10-05T10:00:00Z"),
            event("2", value=4, time="2026-10-05T22:30:00Z"),  # the 6th in Oslo
            event("3", value=5, time="2026-10-05T11:00:00Z"),
        )
        client = host.client()
        page = client.get(at("mailings/2026-10/"))
        said = words(page.text)
        assert "5 Oct 2026 8 2" in said
        assert "6 Oct 2026 4 1" in said
        assert "3 events" in said
        assert "Open: what comes in until 4 Nov 2026, 00:00 still counts for it." in said
        assert "?day=2026-10-05#day" in page.text
        assert "?day=2026-10-07" not in page.text
        opened = client.get(at("mailings/2026-10/?day=2026-10-05")).text
        assert 'aria-current="true">5 Oct 2026' in opened
        assert "5 Oct 2026, 13:00" in words(opened)
        assert 'id="day"' not in client.get(at("mailings/2026-10/?day=2026-10-07")).text

    def test_what_comes_late_is_listed_and_changes_no_figure(self, host, send, close):
        """With what it comes to, and who sent it."""
        send(event("1", value=15_000, time="2026-09-05T10:00:00Z"))
        close()
        send(event("late", value=7, time="2026-09-06T10:00:00Z"), event("new", value=1))
        said = words(host.client().get(at("mailings/2026-09/")).text)
        for part in (
            "Closed on 24 Nov 2026, 13:31",
            "used 15,000 included 15,000 above 0 extra packages 0 amount EUR 0.00",
            "1 event, 7",
            "urn:test late",
        ):
            assert part in said
        assert "1 late event" in words(host.client().get(at("closed/")).text)


class TestClosed:
    def test_they_stand_with_their_lines(self, host, send, close):
        """By year, newest first, with the command that derives one again."""
        host.said.users = [(date(2025, 1, 1), 40)]
        send(*year())
        close()
        client = host.client()
        said = words(client.get(at("closed/")).text)
        assert said.index("October 2026") < said.index("January 2026")
        assert "Emails sent via Mailings 73,000 15,000 58,000 2 EUR 32.40 EUR 64.80" in said
        assert "Together 2 EUR 64.80" in said
        assert "tabhost status usage verify 2026-10" in said
        assert "December 2025" not in said
        assert "December 2025" in words(client.get(at("closed/?year=2025")).text)
        assert "October 2026" in client.get(at("closed/?year=x")).text


class TestFiles:
    def rows(self, page):
        """The rows of a file, and its name."""
        name = re.search(r'filename="([^"]+)"', page.response.headers["Content-Disposition"])[1]
        return name, list(csv.DictReader(io.StringIO(page.response.get_data().decode("utf-8-sig"))))

    def test_twelve_months_of_all_services(self, host, send):
        """In whole numbers; what is not known is empty."""
        send(*year(), event("s", service="storage.database", value=60 * GB, time="2025-11-30T10:00:00Z"))
        name, rows = self.rows(host.client().get(at("usage.csv")))
        assert (name, len(rows)) == ("metered-services-2026-11-24.csv", 60)
        january = next(row for row in rows if (row["Month"], row["Service"]) == ("2026-01", "mailings"))
        assert (january["Used"], january["Extra packages"], january["Amount"]) == ("73000", "2", "64.80")
        assert january["Users"] == january["Closed"] == ""
        storage = next(row for row in rows if row["Service"] == "storage")
        assert (storage["Used"], storage["Unit"]) == (str(60 * GB), "B")

    def test_one_month_by_day(self, host, send):
        """Every day of it."""
        send(event("1", value=3, time="2026-10-05T10:00:00Z"))
        name, rows = self.rows(host.client().get(at("mailings/2026-10/days.csv")))
        assert (name, len(rows)) == ("mailings-2026-10.csv", 31)
        assert (rows[4]["Used"], rows[4]["Events"], rows[5]["Used"]) == ("3", "1", "0")


def test_a_request_asks_as_often_for_a_year_as_for_a_month(host, send, close):
    """No query for each row."""
    asked = []

    def count(*_):
        asked.append(1)

    def number(page):
        asked.clear()
        client.get(at(page))
        return len(asked)

    client = host.client()
    send(event("first", value=1))
    pages = ("mailings/", "mailings/2026-11/", "closed/", "usage.csv")
    events.listen(Engine, "before_cursor_execute", count)
    try:
        before = [number(page) for page in pages for _ in range(2)]
        send(*year(), *(event(f"d{day}", time=NOW - timedelta(days=day)) for day in range(24)))
        close()
        after = [number(page) for page in pages for _ in range(2)]
    finally:
        events.remove(Engine, "before_cursor_execute", count)
    assert all(more <= less + 20 for less, more in zip(before, after, strict=True)), (before, after)
    assert max(after[:4]) < 40
