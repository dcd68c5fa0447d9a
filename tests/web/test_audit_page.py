"""The Audit page and its API: what stands in the log, for those who may see it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders.accounts import add_person
from builders.plugins import neighbour

from host.domain.audit import AuditEntry
from host.domain.people import command_line
from host.services.audit import log_of
from host.services.audit_export import verify_lines
from host.services.plugins import switch_plugin
from host.storage.records import add_audit
from host.testing import make_host

CLI = command_line([])
HX = {"HX-Request": "true"}
ENTRY = re.compile(r'id="entry-(\d+)"')


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A host where something was done on two days; tests write no more than what looking leaves."""
    kit = make_host(tmp_path_factory.mktemp("audit") / "host", [neighbour()])
    add_person(kit)
    write(kit, "acme", "licence.assigned", "x<y> 100%_", {"holder": None, "free": True}, {"holder": "VIWE"})
    write(kit, "acme", "licence.released", "other", [1, 2], "now")
    kit.clock.advance(timedelta(days=1))
    switch_plugin(kit.house, "neighbour", on=False, actor=CLI)
    switch_plugin(kit.house, "neighbour", on=True, actor=CLI)
    yield kit
    kit.close()


def write(kit, plugin: str, action: str, subject: str, before=None, after=None) -> None:
    with kit.house.stores.host.writing() as session:
        add_audit(session, AuditEntry(kit.clock(), "KAAN", plugin, action, subject, before, after))


def listed(text: str) -> list[int]:
    """Numbers of the entries in the list."""
    return [int(each) for each in ENTRY.findall(text)]


def numbers(client, query: str) -> list[int]:
    return [each["number"] for each in client.call("GET", f"/api/v1/audit?{query}").response.json]


class TestThePage:
    def test_the_newest_entries_come_first(self, kit):
        """In words where the host has some."""
        page = kit.client().get("/audit")
        assert page.status == 200
        assert listed(page.text) == sorted(listed(page.text), reverse=True)
        assert "Plugin disabled" in page.text
        assert "licence.assigned" in page.text

    @pytest.mark.parametrize("role", ["administrator", "auditor"])
    def test_administrators_and_auditors_see_it(self, kit, role):
        """It stands in their row of tabs."""
        page = kit.client(role).get("/audit")
        assert page.status == 200
        assert 'href="/audit"' in page.text

    def test_others_do_not(self, kit):
        """Neither the page nor the API nor a file, nor a link to it."""
        client = kit.client("viewer")
        assert 'href="/audit"' not in client.get("/").text
        assert [
            client.get(f"/audit{each}").status for each in ("", "/1", "/export.csv", "/export.ndjson")
        ] == [403] * 4
        assert client.call("GET", "/api/v1/audit").status == 403
        assert kit.anonymous().call("GET", "/api/v1/audit").status == 401

    def test_an_opened_entry_shows_before_and_after_side_by_side(self, kit):
        """In words, with what somebody wrote as text, and from where."""
        (number,) = numbers(kit.client(), "subject=x%3Cy")
        text = kit.client().get(f"/audit/{number}?subject=x%3Cy").text
        assert listed(text) == [number]
        rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text, re.DOTALL)
        cells = {name: re.findall(r"<td[^>]*>(.*?)</td>", each) for name, each in rows}
        assert cells == {"holder": ["Nothing", "VIWE"], "free": ["Yes", "–"]}
        assert "x&lt;y&gt; 100%_" in text

    def test_a_state_that_is_no_object_is_shown_as_it_is(self, kit):
        """A list, a text."""
        (number,) = numbers(kit.client(), "action=licence.released")
        text = kit.client().get(f"/audit/{number}").text
        assert re.findall(r"<td[^>]*>(.*?)</td>", text)[-2:] == ["1, 2", "now"]

    @pytest.mark.parametrize("number", ["999999", "2147483647", "2147483648", "9" * 30, "x"])
    def test_an_entry_that_is_not_there_is_not_found(self, kit, number):
        """Whatever was typed."""
        assert kit.client().get(f"/audit/{number}").status == 404

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ("from=yesterday", "is no day"),
            ("to=2026-02-30", "is no day"),
            ("from=2026-11-25&to=2026-11-24", "The last day comes before the first"),
            (f"subject={'x' * 300}", "at most 200 characters"),
        ],
    )
    def test_a_filter_that_makes_no_sense_says_so(self, kit, query, told):
        """On the page and where a file was asked for; nothing is listed. Nor is it in the API."""
        page = kit.client().get(f"/audit?{query}")
        assert (page.status, listed(page.text)) == (422, [])
        assert told in page.text
        assert kit.client().get(f"/audit/export.csv?{query}").status == 422
        said = kit.client().call("GET", f"/api/v1/audit?{query}")
        assert said.response.json == [] if "before the first" in told else said.status == 422

    @pytest.mark.parametrize("query", ["to=0001-01-01", "from=9999-12-31", "actor=%00", "subject=%ED%A0%80"])
    def test_what_no_entry_can_have_finds_none(self, kit, query):
        """In the API, too."""
        page = kit.client().get(f"/audit?{query}")
        assert (page.status, listed(page.text)) == (200, [])
        assert kit.client().call("GET", f"/api/v1/audit?{query}").response.json == []

    def test_a_days_filter_counts_days_where_the_reader_is(self, kit):
        """The second day began with switching the plugin off."""
        client = kit.client()
        later = client.get("/audit?from=2026-11-25").text
        assert "Plugin disabled" in later
        assert "licence.assigned" not in later.partition("<table")[2]
        earlier = client.get("/audit?to=2026-11-24").text
        assert "Plugin disabled" not in earlier.partition("<table")[2]

    def test_checking_it_says_how_it_was_found(self, kit):
        """And when, from then on."""
        client = kit.client()
        page = client.post("/audit/check?actor=KAAN")
        assert page.status == 200
        assert "The log is whole." in page.text
        assert "Checked 25 Nov 2026, 12:00" in page.text
        assert kit.anonymous().flask.post("/audit/check").status_code != 200


class TestPaging:
    def test_pages_go_by_number_and_miss_nothing(self, host_with):
        """However many entries come in between."""
        kit = host_with()
        for number in range(60):
            write(kit, "acme", "note.written", str(number))
        client = kit.client()
        first = client.get("/audit").text
        assert len(listed(first)) == 50
        older = re.search(r'href="(/audit\?below=\d+)"[^>]*>Older', first)[1]
        write(kit, "acme", "note.written", "in between")
        second = client.get(older.replace("&amp;", "&")).text
        assert listed(first) + listed(second) == list(range(listed(first)[0], 0, -1))
        assert "Newest" in second


class TestTheApi:
    @pytest.mark.parametrize(
        ("query", "actions"),
        [
            ("actor=kaan&plugin=acme", ["licence.released", "licence.assigned"]),
            ("action=licence.", ["licence.released", "licence.assigned"]),
            ("action=licence.assigned", ["licence.assigned"]),
            ("plugin=acme&subject=OTHER", ["licence.released"]),
            ("plugin=acme&subject=100%25_", ["licence.assigned"]),
            ("action=plugin.&limit=1", ["plugin.enabled"]),
            ("action=nothing", []),
        ],
    )
    def test_it_has_the_same_filters(self, kit, query, actions):
        """In any case, and with no sign that means anything else to a database."""
        found = kit.client().call("GET", f"/api/v1/audit?{query}").response.json
        assert [each["action"] for each in found] == actions

    @pytest.mark.parametrize("query", ["limit=0", "limit=201", "below=0", "below=99999999999", "limit=x"])
    def test_numbers_out_of_bounds_are_refused(self, kit, query):
        """With a status that says so."""
        assert kit.client().call("GET", f"/api/v1/audit?{query}").status == 422

    def test_one_entry_has_all_that_was_hashed(self, kit):
        """Its hash, and that of the one before."""
        client = kit.client()
        first, second = (client.call("GET", f"/api/v1/audit/{each}").response.json for each in (1, 2))
        assert second["previous"] == first["hash"]
        assert client.call("GET", "/api/v1/audit/999999").status == 404

    def test_it_says_how_the_log_stands_and_checks_it(self, kit):
        """With the key that its head can be checked with."""
        client = kit.client()
        report = client.call("POST", "/api/v1/audit/check").response.json
        assert (report["whole"], report["findings"], report["wrong"]) == (True, [], 0)
        state = client.call("GET", "/api/v1/audit/state").response.json
        assert state["signed"] is True
        assert state["check"]["findings"] == 0
        assert state["public_key"]["crv"] == "Ed25519"
        assert report["head"]["number"] <= state["head"]["number"]


class TestFiles:
    def test_a_table_has_what_was_asked_for(self, kit):
        """Oldest first; what others wrote is text in a spreadsheet. That it was taken stands in the log."""
        page = kit.client().get("/audit/export.csv?plugin=acme")
        assert page.response.headers["Content-Type"].startswith("text/csv")
        assert 'filename="audit-2026-11-25.csv"' in page.response.headers["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(page.text.removeprefix("\ufeff"))))
        assert [each["action"] for each in rows] == ["licence.assigned", "licence.released"]
        assert json.loads(rows[0]["after"]) == {"holder": "VIWE"}
        newest = kit.audit()[0]
        assert (newest.action, newest.after) == ("audit.exported", {"plugin": "acme", "format": "csv"})

    def test_lines_of_whole_days_can_be_checked_by_anybody(self, kit):
        """With the public key alone."""
        lines = (
            kit.client().get("/audit/export.ndjson?from=2026-11-25").response.data.splitlines(keepends=True)
        )
        found = verify_lines(lines, log_of(kit.house).notary.pem)
        assert (found.whole, found.entries) == (True, len(lines) - 1)
        assert found.entries >= 2

    def test_lines_of_some_are_no_piece_of_the_chain(self, kit):
        """And have no signed end."""
        lines = kit.client().get("/audit/export.ndjson?plugin=acme").text.splitlines()
        assert [json.loads(each)["action"] for each in lines] == ["licence.assigned", "licence.released"]


class TestATamperedLog:
    @pytest.fixture
    def tampered(self, host_with):
        """Somebody has edited an entry, so that its state is no JSON any more."""
        kit = host_with(neighbour())
        write(kit, "acme", "note.written", "x", {"a": 1})
        with kit.house.stores.host.writing() as session:
            session.execute(sa.text("drop trigger host_audit_no_UPDATE"))
            session.execute(sa.text("update host_audit set before = '{oh' where id = 1"))
        return kit

    def test_it_is_shown_as_it_is_and_checking_says_what_is_wrong(self, tampered):
        """The page stands."""
        client = tampered.client()
        assert "{oh" in client.get("/audit/1").text
        page = client.post("/audit/check")
        assert "Entry 1 is not what was written" in page.text
        assert "The log is not whole: somebody has changed it" in page.text


class TestLogs:
    def test_an_error_of_the_host_names_the_route_and_no_token(self, host_with, caplog):
        """Whoever reads it could sign in with the link."""
        kit = host_with()
        with kit.house.stores.host.writing() as session:
            session.execute(sa.text("drop table host_login_link"))
        kit.app.testing = False
        assert kit.anonymous().get("/login/once/a-token-of-somebody").status == 500
        assert "while serving GET /login/once/<token>" in caplog.text
        assert "a-token-of-somebody" not in "".join(each.getMessage() for each in caplog.records)
