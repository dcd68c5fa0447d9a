"""A page that fails is a card in its tab's place; the person, the neighbours and the data come to no harm."""

from __future__ import annotations

import io
import re

import pytest
from builders.plugins import (
    ENDINGS,
    drawing,
    neighbour,
    notes,
    raising,
    tab,
    the_neighbour_serves,
)
from flask import Response, abort, redirect, send_file, session

from host.api import (
    N_,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
    TabhostError,
    Text,
    current_host,
)

ERROR_ID = re.compile(r"E-[2-9A-Z]{4}-[2-9A-Z]{4}")
PAGE = "/tabs/acme/main/"


def without_end() -> str:
    return without_end()


FAULTS = {
    "an exception": (raising(RuntimeError("kaput")), "RuntimeError: kaput"),
    "half a character in an exception": (raising(RuntimeError("kaput \ud800")), "RuntimeError: kaput ?"),
    "an exit": (raising(SystemExit(3)), "SystemExit"),
    "an interrupt": (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
    "an endless recursion": (without_end, "RecursionError"),
    "no memory": (raising(MemoryError()), "MemoryError"),
    "a template that is not there": (lambda: current_host.render("no/such.html"), "TemplateNotFound"),
    "an undefined variable": (lambda: current_host.render("host/errors/card.html"), "UndefinedError"),
    "flask.session read": (lambda: session.get("user"), "flask.session is closed"),
    "flask.session written": (lambda: session.update(user=1), "flask.session is closed"),
    "flask.session asked": (lambda: "user" in session, "flask.session is closed"),
    "no answer": (lambda: None, "did not return a valid response"),
    "the wrong answer": (lambda: 7, "TypeError"),
    "bytes that are not UTF-8": (lambda: b"\xe6\xf8\xe5", "not UTF-8"),
    "another charset": (
        lambda: ("æøå".encode("latin-1"), {"Content-Type": "text/html; charset=latin-1"}),
        "UTF-8",
    ),
    "a program": (lambda: ("MZ", {"Content-Type": "application/x-msdownload"}), "application/x-msdownload"),
    "a script": (lambda: ("alert(1)", {"Content-Type": "text/javascript"}), "text/javascript"),
    "a style sheet": (lambda: ("* {}", {"Content-Type": "text/css"}), "text/css"),
    "a redirect to another site": (lambda: redirect("https://evil.example/"), "evil.example"),
    "a redirect to another site in disguise": (lambda: redirect("//evil.example/tabs/acme/"), "evil.example"),
    "a redirect to another plugin": (lambda: redirect("/tabs/acmes/main/"), "/tabs/acmes/"),
    "a redirect to the host": (lambda: redirect("/health"), "/health"),
    "a redirect nowhere": (lambda: ("", 302), "leaves"),
}
fault = pytest.mark.parametrize(("answer", "told"), FAULTS.values(), ids=FAULTS.keys())


class TestCards:
    @fault
    def test_a_fault_is_a_card_that_names_the_plugin_and_an_error_id(self, beside_a_neighbour, answer, told):
        """502, in the tab's place; why, is for administrators and not for viewers."""
        kit = beside_a_neighbour(drawing("acme", answer))
        viewer = the_neighbour_serves(kit, "viewer").get(PAGE)
        assert viewer.status == 502
        assert 'id="tabs"' in viewer.text
        assert "acme 1.0" in viewer.text
        assert ERROR_ID.search(viewer.text)
        assert told not in viewer.text
        assert "Traceback" not in viewer.text
        assert told in kit.client("administrator").get(PAGE).text

    @fault
    def test_the_ledger_counts_each_fault_once(self, beside_a_neighbour, answer, told):
        """One call, one fault, and the id that the person saw."""
        kit = beside_a_neighbour(drawing("acme", answer))
        client, ledger = kit.client(), kit.house.registry.ledger  # signing in opens the first tab
        before = ledger.behaviour("acme")
        shown = ERROR_ID.search(client.get(PAGE).text)[0]
        behaviour = ledger.behaviour("acme")
        assert (behaviour.calls - before.calls, behaviour.faults - before.faults) == (1, 1)
        assert behaviour.last_error_id == shown
        assert told in behaviour.last_trace

    def test_the_log_knows_the_error_id(self, beside_a_neighbour, caplog):
        """The ledger is one process's memory; whoever is told an id looks into the log."""
        kit = beside_a_neighbour(drawing("acme", raising(RuntimeError("kaput"))))
        shown = ERROR_ID.search(kit.client().get(PAGE).text)[0]
        assert shown in caplog.text
        assert "acme" in caplog.text

    def test_htmx_gets_the_card_as_a_fragment(self, beside_a_neighbour):
        """With the row of tabs, so that the person can go on."""
        kit = beside_a_neighbour(drawing("acme", raising(RuntimeError("kaput"))))
        page = kit.client().get(PAGE, headers={"HX-Request": "true"})
        assert page.status == 502
        assert "<html" not in page.text
        assert ERROR_ID.search(page.text)

    def test_what_a_plugin_says_on_a_card_is_escaped(self, beside_a_neighbour):
        """Error texts often quote what somebody sent."""
        kit = beside_a_neighbour(drawing("acme", raising(RuntimeError("<script>alert(1)</script>"))))
        text = kit.client().get(PAGE).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text

    def test_a_fault_in_the_first_tab_does_not_lock_anybody_out(self, host_with):
        """``/`` leads to the card, and the card to the other tabs."""
        kit = host_with(drawing("acme", raising(SystemExit(1))), neighbour())
        page = kit.client("viewer").get("/")
        assert page.status == 502
        assert "/tabs/neighbour/main/" in page.text


class TestTheRowOfTabs:
    @pytest.mark.parametrize(
        "title",
        [
            N_("Notes of %(name)s", nam="Kim"),
            N_("%d notes", n_notes=1),
            Text(id="%(x)s", plural="%(x)s", n=1),
        ],
        ids=["another name", "another kind", "nothing to fill in"],
    )
    def test_a_title_that_cannot_be_said_takes_no_page_away(self, beside_a_neighbour, title):
        """It stands on everybody's page: the plugin is rejected, or its title is shown as it is."""
        kit = beside_a_neighbour(drawing("acme", lambda: "x", host_tabs=[tab("acme", title=title)]))
        the_neighbour_serves(kit)


class TestSayingNo:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (InputError("Too <long>."), 422),
            (NotFoundError("Too <long>."), 404),
            (ConflictError("Too <long>."), 409),
            (NotAllowedError("Too <long>."), 403),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_an_error_of_the_contract_is_a_status_and_its_own_words(self, beside_a_neighbour, error, status):
        """No fault, no error id: the plugin did what it should."""
        kit = beside_a_neighbour(drawing("acme", raising(error)))
        page = kit.client("viewer").get(PAGE)
        assert page.status == status
        assert "Too &lt;long&gt;." in page.text
        assert not ERROR_ID.search(page.text)
        assert kit.house.registry.ledger.behaviour("acme").faults == 0

    def test_the_error_id_of_an_error_without_a_kind_can_be_looked_up(self, beside_a_neighbour, caplog):
        """500 with an id; an id that nobody can look up is worth nothing."""
        kit = beside_a_neighbour(drawing("acme", raising(TabhostError("It cannot be done."))))
        page = kit.client("viewer").get(PAGE)
        shown = ERROR_ID.search(page.text)
        assert (page.status, bool(shown)) == (500, True)
        assert shown[0] in caplog.text + kit.house.registry.ledger.behaviour("acme").last_error_id

    @pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 418, 429])
    def test_abort_gives_the_card_of_that_status(self, beside_a_neighbour, status):
        """As in any Flask application, but drawn by the host."""
        kit = beside_a_neighbour(drawing("acme", lambda: abort(status, "Because <so>.")))
        page = kit.client("viewer").get(PAGE)
        assert page.status == status
        assert "Because &lt;so&gt;." in page.text
        assert 'id="tabs"' in page.text

    def test_abort_without_words_speaks_the_readers_language(self, beside_a_neighbour):
        """werkzeug's own sentences are English only."""
        kit = beside_a_neighbour(drawing("acme", lambda: abort(404)))
        page = kit.client("viewer", language="da").get(PAGE)
        assert page.status == 404
        assert "The requested URL" not in page.text


class TestAnswers:
    def answer(self, kit, **options):
        return kit.client("viewer").flask.get(PAGE, **options)

    def test_a_cookie_of_a_plugin_is_not_passed_on(self, host_with):
        """Neither with a page nor with a download: it would be everybody's on this host."""
        for content_type in ("text/html", "text/csv"):
            headers = {"Set-Cookie": "tabhost_session=stolen", "Content-Type": content_type}
            kit = host_with(drawing("acme", lambda headers=headers: ("a,b", headers)))
            response = self.answer(kit)
            assert response.status_code == 200
            assert "Set-Cookie" not in response.headers

    @pytest.mark.parametrize(
        "header", ["Content-Security-Policy", "Access-Control-Allow-Origin", "Refresh", "X-Frame-Options"]
    )
    def test_a_policy_of_a_plugin_is_not_passed_on(self, host_with, header):
        """The host's own stand."""
        for content_type in ("text/html", "text/csv"):
            headers = {header: "evil", "Content-Type": content_type}
            kit = host_with(drawing("acme", lambda headers=headers: ("a,b", headers)))
            assert self.answer(kit).headers.get(header) != "evil"

    def test_a_download_comes_through_as_it_is(self, host_with):
        """Body, type and name; with the host's policies around it."""
        name = 'attachment; filename="a.csv"'
        headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": name}
        response = self.answer(host_with(drawing("acme", lambda: ("name\næ\n", headers))))
        assert (response.status_code, response.get_data(as_text=True)) == (200, "name\næ\n")
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert response.headers["Content-Disposition"] == name
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]

    def test_a_file_is_sent_as_flask_sends_it(self, host_with):
        """`flask.send_file` is how an ordinary blueprint hands out a download."""

        def answer() -> Response:
            return send_file(
                io.BytesIO(b"a,b"), mimetype="text/csv", download_name="a.csv", as_attachment=True
            )

        response = self.answer(host_with(drawing("acme", answer)))
        assert (response.status_code, response.data) == (200, b"a,b")
        assert "a.csv" in response.headers["Content-Disposition"]

    def test_a_generator_is_read_to_its_end_while_the_plugin_is_served(self, host_with):
        """What fails half-way is a card, not half a page."""

        def halves():
            yield "<p>half"
            raise RuntimeError("kaput")

        response = self.answer(host_with(drawing("acme", lambda: Response(halves()))))
        assert response.status_code == 502
        assert "<p>half" not in response.get_data(as_text=True)

    def test_what_has_not_changed_is_not_sent_again(self, host_with):
        """An ETag of a download goes out, comes back and is compared by the plugin."""

        def answer():
            from flask import request

            response = Response("a,b", mimetype="text/csv")
            response.set_etag("one")
            return response.make_conditional(request)

        kit = host_with(drawing("acme", answer))
        client = kit.client("viewer").flask
        tag = client.get(PAGE).headers["ETag"]
        again = client.get(PAGE, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")

    def test_a_redirect_inside_the_plugin_becomes_see_other(self, host_with):
        """So that reloading does not send a form again."""
        kit = host_with(drawing("acme", lambda: redirect("/tabs/acme/main/there", 307)))
        response = self.answer(kit)
        assert (response.status_code, response.headers["Location"]) == (303, "/tabs/acme/main/there")

    def test_a_redirect_does_not_climb_out_of_the_plugin(self, host_with):
        """Browsers resolve ``..`` before they ask."""
        kit = host_with(drawing("acme", lambda: redirect("/tabs/acme/../../logout")))
        assert self.answer(kit).status_code == 502


WRITES_NOTHING = sorted(set(ENDINGS) - {"redirect", "page"})
third_party_or_built_in = pytest.mark.parametrize("builtin", [True, False], ids=["built-in", "third party"])


class TestNothingIsHalfWritten:
    @third_party_or_built_in
    def test_what_ends_well_is_kept_with_its_audit_row(self, host_on, tmp_path, builtin):
        """In the plugin's own table and in the host's log, under the plugin's name."""
        kit = host_on(notes(tmp_path / "m", builtin=builtin))
        client = kit.client()
        assert client.post(f"{PAGE}redirect", {"text": "one"}).status == 200
        assert client.post(f"{PAGE}page", {"text": "two"}).status == 200
        assert "Notes: [one, two]" in client.get(PAGE).text
        newest, older = kit.audit()[:2]
        assert [(each.plugin, each.action, each.subject, each.after) for each in (older, newest)] == [
            ("acme", "note.written", "one", {"text": "one"}),
            ("acme", "note.written", "two", {"text": "two"}),
        ]
        assert newest.actor == older.actor == "ADMI_EN"

    @third_party_or_built_in
    @pytest.mark.parametrize("ending", WRITES_NOTHING)
    def test_what_ends_badly_leaves_no_row_no_audit_and_no_toast(self, host_with, tmp_path, builtin, ending):
        """Raised, refused, answered with an error, or answered with what the host does not let through."""
        kit = host_with(notes(tmp_path / "m", builtin=builtin), neighbour())
        client = kit.client()
        before = kit.audit()
        assert client.post(f"{PAGE}{ending}", {"text": "gone"}).status >= 400
        page = client.get(PAGE)
        assert "Notes: []" in page.text
        assert "Wrote gone" not in page.text
        assert kit.audit() == before
        the_neighbour_serves(kit)

    def test_on_postgresql_too(self, host_on, tmp_path):
        """A page that raises, in a store of its own, on both databases."""
        kit = host_on(notes(tmp_path / "m"))
        client = kit.client()
        before = kit.audit()
        assert client.post(f"{PAGE}raise", {"text": "gone"}).status == 502
        assert "Notes: []" in client.get(PAGE).text
        assert kit.audit() == before

    @third_party_or_built_in
    def test_a_get_reads_and_never_writes(self, host_with, tmp_path, builtin):
        """Whatever it tries: a link that somebody follows must not change anything."""
        kit = host_with(notes(tmp_path / "m", builtin=builtin))
        client = kit.client()
        client.get(f"{PAGE}writing-get")
        assert "Notes: []" in client.get(PAGE).text
