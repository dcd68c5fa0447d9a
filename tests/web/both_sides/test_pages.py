"""One plugin on both sides of the border: the same answer, the same work kept, the same blame."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

import pytest
from builders.twofold import PAGE, soon, values
from flask import Flask, request

from host.api import Badge, Plain
from host.domain.people import command_line
from host.testing.kit import VIEWER

CLI = command_line([])


class TestTabsThatChange:
    def test_a_new_tab_is_there_for_everybody_at_once(self, twofold):
        """For whoever added it and for others, and it can be opened."""
        viewer = twofold.kit.client(VIEWER)
        assert "Fresh one" not in viewer.get("/").text
        assert twofold.post('add_tabs(\'tab("fresh", "Fresh one")\')').status == 200
        for client in (twofold.client, viewer):
            assert "Fresh one" in client.get("/").text
            assert client.get("/tabs/twofold/fresh/").status == 200
        assert twofold.tabs() == ["main", "fresh"]

    def test_who_fails_when_asked_again_keeps_its_work_and_its_tabs(self, twofold):
        """The person is told nothing of it; the ledger knows who it was."""
        before, generation = twofold.faults(), twofold.generation()
        page = twofold.post("note('kept'); add_tabs('tab(\"fresh\")', '1 / 0')")
        assert (page.status, "Done." in page.text) == (200, True)
        assert (twofold.notes(), twofold.tabs()) == (["kept"], ["main"])
        assert (twofold.faults(), twofold.generation()) == (before + 1, generation)
        assert "ZeroDivisionError" in twofold.trace()

    def test_it_is_asked_as_nobody_in_the_language_of_the_installation(self, twofold):
        """It may read its own tables, and neither settings nor hooks: others' tabs do not hang on them."""
        told = (
            "tab('told', f'[{current_host.actor.user_id}] {current_host.locale} '"
            " f'{refused(lambda: current_host.settings)} '"
            " f'{refused(lambda: current_host.hooks.status_licence_summary(users_since=None))} '"
            " f'{len(notes())}')"
        )
        dane = twofold.kit.client(language="da")
        assert twofold.post(f"note('one'); add_tabs({told!r})", client=dane).status == 200
        assert "[] en RuntimeError RuntimeError 1" in dane.get("/").text

    def test_a_tab_cannot_begin_to_bring_scripts(self, twofold):
        """That was asked when the plugin was installed."""
        before = twofold.faults()
        assert twofold.post("add_tabs('tab(\"fresh\", scripts=True)')").status == 200
        assert (twofold.tabs(), twofold.faults()) == (["main"], before + 1)
        assert "cannot begin to bring scripts" in twofold.trace()

    def test_equal_tabs_are_no_news(self, twofold):
        """No worker reads anything again."""
        generation = twofold.generation()
        assert twofold.post("add_tabs()").status == 200
        assert twofold.generation() == generation

    def test_a_new_tab_can_be_marked_even_by_another_process(self, twofold):
        """A runner that was started afterwards knows the tabs that the host knows."""
        twofold.post("add_tabs('tab(\"fresh\")')")
        if twofold.remote:
            twofold.kill()
            assert soon(lambda: twofold.get("").status == 200)
        assert twofold.post("mark('fresh', '3')").status == 200
        assert twofold.badge("fresh") == Badge(text="3", title=Plain("To do"))


class TestEffects:
    def test_ten_sentences_are_heard_and_none_is_longer_than_300(self, twofold):
        """The eleventh is left out; the rest of a longer one too."""
        page = twofold.post("for n in range(11): current_host.toast(Plain(f'<{n}>' + 'x' * 400))")
        assert page.text.count('class="th-toast">') == 10
        assert page.text.count("&lt;9&gt;" + "x" * 297 + "<") == 1
        assert "&lt;10&gt;" not in page.text

    def test_they_are_heard_after_a_redirect_too(self, twofold):
        """On the page that it leads to, and once."""
        page = twofold.post("current_host.toast(Plain('Sent.')); answer = redirect(current_host.url('main'))")
        assert (page.status, page.response.headers["Location"]) == (303, "/tabs/twofold/main/")
        said = ["Sent." in twofold.client.get("/tabs/twofold/main/").text for _ in range(2)]
        assert said == [True, False]

    def test_half_a_character_in_one_harms_no_page(self, twofold):
        """Neither this one nor the next: it is a question mark."""
        assert "a?b" in twofold.post("current_host.toast(Plain('a\\ud800b'))").text
        twofold.post("current_host.toast(Plain('c\\ud800d')); answer = redirect(current_host.url('main'))")
        page = twofold.client.get("/tabs/twofold/main/")
        assert (page.status, "c?d" in page.text) == (200, True)

    def test_fifty_badges_can_be_set_at_once_and_no_more(self, twofold):
        """One more is a fault, and nothing of that request is kept."""
        twofold.post("add_tabs(*(f'tab(\"t{n}\")' for n in range(51)))")
        faults = twofold.faults()
        page = twofold.post("note('gone')\nfor n in range(51): mark(f't{n}')")
        assert (page.status, twofold.faults()) == (502, faults + 1)
        assert "more than 50 badges" in twofold.trace()
        assert (twofold.notes(), twofold.badge("t0")) == ([], None)
        assert twofold.post("for n in range(50): mark(f't{n}')").status == 200
        assert (twofold.badge("t49").text, twofold.badge("t50")) == ("1", None)

    def test_a_badge_on_a_tab_that_is_not_there_is_a_fault(self, twofold):
        """Its author reads which."""
        page = twofold.post("note('gone'); mark('unheard-of')")
        assert (page.status, twofold.notes()) == (502, [])
        assert "twofold has no tab 'unheard-of'" in twofold.trace()

    @pytest.mark.parametrize(
        ("ending", "status"),
        [
            ("raise ValueError", 502),
            ("raise ConflictError('No.')", 409),
            ("answer = ('<p>No.', 422)", 422),
            ("abort(404)", 404),
            ("answer = redirect('https://evil.example/')", 502),
        ],
    )
    def test_a_badge_is_kept_only_if_the_request_succeeds(self, twofold, ending, status):
        """And so is the work."""
        page = twofold.post(f"note('gone'); mark(); add_tabs('tab(\"fresh\")'); {ending}")
        assert page.status == status
        assert (twofold.badge(), twofold.tabs(), twofold.notes()) == (None, ["main"], [])

    @pytest.mark.parametrize(
        ("raised", "told"),
        [
            ("ConflictError(N_('Language'))", "Sprog"),
            ("InputError(N_('Language'), place='page 3')", "page 3: Sprog"),
            ("ConflictError('Language')", "Language"),
        ],
    )
    def test_a_no_is_told_in_the_readers_language(self, twofold, raised, told):
        """To a person where it is a text; programs, and whoever raised a string, get that as it is."""
        client = twofold.kit.client(language="da")
        page = twofold.post(f"from host.api import N_\nraise {raised}", client=client)
        assert f">{told}<" in page.text
        told_a_program = twofold.call(f"from host.api import N_\nraise {raised}").response.json
        assert told_a_program["message"] == told.replace("Sprog", "Language")

    def test_a_get_may_set_one_and_a_head_does_not(self, twofold):
        """Who asks for the headers alone wants to see nothing, and changes nothing on the screen."""
        assert twofold.head("mark('main', '7'); current_host.toast(Plain('Psst'))").status == 200
        assert twofold.badge() is None
        assert twofold.get("mark('main', '8')").status == 200
        assert twofold.badge().text == "8"
        assert twofold.call("mark('main', '9'); answer = plain()").status == 200
        assert twofold.badge().text == "9"


SAFE = "%/;=+~!$&()*,:@'"
OURS = ("X-Tabhost-Said", "X-Tabhost-Fault", "X-Tabhost-Effects", "X-Tabhost-Status")


def headed(status: int = 200, body: str = "<p>Fine.</p>", **headers: str) -> str:
    """Code that answers with *headers*."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return f"answer = Response({body!r}, {status}, {named!r}, mimetype='text/html')"


class TestAnswers:
    @pytest.mark.parametrize("name", OURS)
    @pytest.mark.parametrize("value", ["1", "TabhostError", "999999"])
    def test_a_header_of_the_border_means_nothing_where_a_plugin_sends_it(self, twofold, name, value):
        """It neither speaks for the host, nor gets through."""
        for send in (twofold.get, twofold.post):
            page = send(f"mark(); {headed(**{name: value})}")
            assert (page.status, "Fine." in page.text, twofold.badge() is not None) == (200, True, True)
            assert name not in page.response.headers

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Set-Cookie", "'tabhost_session=evil'"),
            ("X-Own", "'own'"),
            ("X-Snow", "'\N{SNOWMAN}'"),
            ("X-Long", "'x' * 300_000"),
            ("Transfer-Encoding", "'chunked'"),
            ("Content-Length", "'3'"),
            ("Connection", "'upgrade'"),
        ],
    )
    def test_a_header_that_the_host_does_not_pass_on_does_no_harm(self, twofold, name, value):
        """Whatever is in it: nobody looks."""
        for send in (twofold.get, twofold.post):
            page = send(f"{headed()}; answer.headers[{name!r}] = {value}")
            assert (page.status, "Fine." in page.text) == (200, True)
            assert page.response.headers.get(name) in {None, str(len(page.response.data))}

    @pytest.mark.parametrize("status", [200, 201, 202, 400, 404, 409, 422])
    def test_a_page_has_the_status_that_the_plugin_gave_it(self, twofold, status):
        """And its words, in both methods."""
        for send in (twofold.get, twofold.post):
            page = send(headed(status))
            assert (page.status, "Fine." in page.text) == (status, True)

    @pytest.mark.parametrize("status", [204, 304])
    def test_an_answer_without_a_body_stays_one(self, twofold, status):
        """To htmx, and in the API."""
        page = twofold.get(headed(status, ""), headers={"HX-Request": "true"})
        assert (page.status, page.text) == (status, "")
        assert twofold.call(f"answer = ('', {status})", "GET").status == status

    @pytest.mark.parametrize("status", [101, 500, 503, 599, 700])
    def test_a_status_that_is_not_a_plugins_is_a_fault(self, twofold, status):
        """Nothing is kept."""
        before = twofold.faults()
        assert twofold.post(f"note('gone'); {headed(status)}").status == 502
        assert twofold.call(f"note('gone'); answer = plain(), {status}").status == 502
        assert (twofold.faults(), twofold.notes()) == (before + 2, [])

    def test_a_download_arrives_byte_by_byte(self, twofold):
        """With its name, its type and its tag; and not again where the browser has it."""
        code = (
            "answer = Response(bytes(range(256)) * 40, mimetype='image/png',"
            " headers=[('Content-Disposition', 'attachment; filename=a.png'), ('ETag', '\"one\"')]); "
            "answer.make_conditional(request)"
        )
        answer = twofold.client.flask.get(PAGE, query_string={"do": code})
        assert answer.data == bytes(range(256)) * 40
        headers = answer.headers
        assert (headers["Content-Type"], headers["ETag"]) == ("image/png", '"one"')
        assert headers["Content-Disposition"] == "attachment; filename=a.png"
        assert twofold.get(code, headers={"If-None-Match": '"one"'}).status == 304
        assert (twofold.head(code).status, twofold.head(code).response.data) == (200, b"")

    def test_a_fragment_is_the_same_byte_by_byte(self, twofold):
        """What is not quite right is mended in the same way."""
        page = twofold.get("answer = '<p>Blåbær <b>open'", headers={"HX-Request": "true"})
        assert "<p>Blåbær <b>open</b></p>" in page.text

    def test_a_file_is_taken_out_whole(self, twofold):
        """Such as `send_file` makes it."""
        code = "from flask import send_file; answer = send_file(__import__('io').BytesIO(b'a,b'), 'text/csv')"
        assert twofold.get(code).response.data == b"a,b"

    @pytest.mark.parametrize(
        ("kind", "status"),
        [("InputError", 422), ("NotFoundError", 404), ("ConflictError", 409), ("NotAllowedError", 403)],
    )
    def test_its_own_no_is_no_fault(self, twofold, kind, status):
        """On a page and in the API, with its own sentence."""
        before = twofold.faults()
        page, answer = twofold.post(f"raise {kind}('Nix så.')"), twofold.call(f"raise {kind}('Nix så.')")
        assert (page.status, answer.status, twofold.faults()) == (status, status, before)
        assert "Nix så." in page.text
        assert answer.response.json["message"] == "Nix så."

    def test_half_a_character_in_it_is_a_question_mark(self, twofold):
        """The card is drawn all the same."""
        page = twofold.post("raise InputError('a\\ud800b')")
        assert (page.status, "a?b" in page.text) == (422, True)

    def test_a_no_without_a_kind_gets_an_id(self, twofold):
        """It is 500, and still the plugin's own sentence."""
        page, answer = twofold.post("raise TabhostError('Nix.')"), twofold.call("raise TabhostError('Nix.')")
        assert [(each.status, "Nix." in each.text, "E-" in each.text) for each in (page, answer)] == [
            (500, True, True)
        ] * 2


class TestRequests:
    SEEN = (
        "answer = plain(request.headers.get('Accept'), request.headers.get('If-None-Match'),"
        " request.headers.get('Cookie'), request.headers.get('X-CSRF-Token'), request.host,"
        " request.is_secure, request.content_length, request.method, request.args.get('q'))"
    )

    def test_it_sees_what_was_sent_and_no_more(self, twofold):
        """Even what is odd in it; no cookie, and no token."""
        sent = {"Accept": "a,\tb", "If-None-Match": '"one"'}
        query = {"do": self.SEEN, "q": "blåbær 1+1"}
        seen = twofold.client.get(PAGE, query_string=query, headers=sent)
        assert values(seen) == ["a,\tb", '"one"', None, None, "localhost", False, 0, "GET", "blåbær 1+1"]

    @pytest.mark.parametrize(
        "path", ["blåbær", "a%20b", "a;b=1", "a+b", "100%25", "%2541", "a//b", "~!$&'()*,:@"]
    )
    @pytest.mark.parametrize("query", ["", "?q=bl%C3%A5", "?q=bl%E5&q", "?q=1+1&r=%2B", "??", "?a=%00"])
    def test_an_address_comes_through_as_it_is(self, twofold, path, query):
        """Path and query, whatever is in them."""
        target = f"/tabs/twofold/main/path/{quote(path, safe=SAFE)}{query}"
        with Flask("expected").test_request_context(target):
            rest = request.path.removeprefix("/tabs/twofold/main/path/")
            arguments = sorted(request.args.items(multi=True))
            expected = [rest, request.path, request.url, request.full_path, arguments]
        page = twofold.client.get(target)
        assert (page.status, values(page)) == (200, expected)

    @pytest.mark.parametrize("query", ["q=blå", "q=\"<{[^`|\\\\]}>'"])
    def test_a_query_that_nobody_encoded_comes_through_too(self, twofold, query):
        """As some programs send it."""
        raw = {"QUERY_STRING": query.encode().decode("latin-1")}
        page = twofold.client.get("/tabs/twofold/main/path/raw", environ_overrides=raw)
        assert (page.status, values(page)[-1]) == (200, [("q", query.removeprefix("q="))])

    def test_a_body_comes_through_byte_by_byte(self, twofold):
        """None at all, and five megabytes."""
        code = (
            "import hashlib; sent = request.get_data();"
            " answer = plain(len(sent), hashlib.sha256(sent).hexdigest(), request.content_type)"
        )
        for body in (b"", b"\0\xff\r\n" * 1_250_000):
            page = twofold.post(code, query_string={"do": code}, data=body, content_type="application/x-own")
            assert values(page) == [len(body), sha256(body).hexdigest(), "application/x-own"]
