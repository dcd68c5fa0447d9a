"""One plugin on both sides of the border: what it asks of the host, and what the host refuses."""

from __future__ import annotations

import pytest
from builders.twofold import API, PAGE, PLUGIN, soon, values

from host.domain.people import command_line
from host.services.plugins import change_setting, switch_plugin
from host.testing.kit import TOKEN

CLI = command_line([])


class TestPublished:
    COUNT = "current_host.hooks.status_licence_summary(users_since=None)"
    START = "from status_tab.api import *; number = start_event(key='import-companies')"

    def test_what_changes_something_is_refused_in_a_get_and_blamed_on_the_caller(self, twofold):
        """Not on its owner, who was not even asked."""
        before, owner = twofold.faults(), twofold.faults("status_tab")
        assert twofold.get(self.START).status == 502
        assert "cannot be done while a GET is served" in twofold.trace()
        assert (twofold.faults(), twofold.faults("status_tab")) == (before + 1, owner)

    @pytest.mark.parametrize("ending", ["raise ValueError", "raise InputError('No.')", "abort(409)"])
    def test_it_is_kept_at_once_even_if_the_request_fails_afterwards(self, twofold, ending):
        """It is another's transaction; the plugin's own is undone."""
        started = f"{self.START}; note(str(number)); {ending}"
        assert twofold.post(started).status in {502, 422, 409}
        again = """
from status_tab.api import *
try:
    start_event(key="import-companies")
except ConflictError as error:
    answer = plain(str(error))
"""
        assert "import-companies" in twofold.post(again).text
        assert twofold.notes() == []
        number = int(twofold.kit.audit()[0].subject.rpartition(" ")[2])
        twofold.post(f"from status_tab.api import *; finish_event(number={number})")

    @pytest.mark.parametrize(
        ("call", "kind", "text"),
        [
            ("finish_event(number=4711)", "NotFoundError", "4711"),
            ("finish_event(number=0)", "InputError", "status_tab.api.finish_event(): number"),
            ("start_event(key='unheard-of')", "InputError", "key"),
            ("record_usage(records=[None] * 2_000)", "InputError", "status_tab.api.record_usage(): records"),
        ],
    )
    def test_a_no_comes_back_as_the_same_kind_of_error(self, twofold, call, kind, text):
        """It can be caught, and is nobody's fault."""
        before = twofold.faults(), twofold.faults("status_tab")
        code = f"""
from status_tab.api import *
try:
    {call}
except Exception as error:
    answer = plain(type(error).__name__, str(error))
"""
        name, words = values(twofold.post(code))
        assert (name, text in words) == (kind, True), words
        assert before == (twofold.faults(), twofold.faults("status_tab"))

    def test_an_owner_that_is_switched_off_is_not_there(self, twofold):
        """Nor are its hooks answered; it is nobody's fault."""
        code = "from status_tab.api import *; answer = plain(refused(satellite_licences))"
        assert values(twofold.get(code)) == ["nothing"]
        switch_plugin(twofold.kit.house, "status_tab", on=False, actor=CLI)
        try:
            assert values(twofold.get(code)) == ["NotFoundError"]
        finally:
            switch_plugin(twofold.kit.house, "status_tab", on=True, actor=CLI)

    def test_hooks_are_asked_in_every_method(self, twofold):
        """One that nobody publishes is the asker's mistake."""
        code = f"answer = plain({self.COUNT}, refused(lambda: current_host.hooks.unheard_of()))"
        for send in (twofold.get, twofold.post):
            assert values(send(code)) == [[], "AttributeError"]


class TestSettings:
    def test_a_change_is_seen_by_the_next_request(self, twofold):
        """Of the right kind, whatever that is; nothing is started again."""
        code = """
found = sorted(current_host.settings.items())
answer = plain(os.getpid(), [(key, str(value), type(value).__name__) for key, value in found])
"""
        process, seen = values(twofold.get(code))
        assert seen == [
            ("folder", "/srv/twofold", "PosixPath"),
            ("loud", "False", "bool"),
            ("many", "None", "NoneType"),
        ]
        for name, text in (("folder", "/else where"), ("loud", "yes"), ("many", "7")):
            change_setting(twofold.kit.house, PLUGIN, name, text, CLI)
        again, seen = values(twofold.get(code))
        assert seen == [
            ("folder", "/else where", "PosixPath"),
            ("loud", "True", "bool"),
            ("many", "7", "int"),
        ]
        assert again == process


class TestAudit:
    def test_entries_arrive_once_with_who_did_it_and_where(self, twofold):
        """With the host's time, and what was before and after."""
        twofold.post("current_host.audit('thing.done', 'once', {'a': [1, None]}, 'new'); note('once more')")
        entry = twofold.audited("once")[0]
        assert (entry.plugin, entry.actor, entry.action) == (PLUGIN, "ADMI_EN", "thing.done")
        assert (entry.before, entry.after) == ({"a": [1, None]}, "new")
        assert abs((entry.at - twofold.kit.clock.now).total_seconds()) < 2
        twofold.post("note('another')")
        assert [len(twofold.audited(each)) for each in ("once", "once more", "another")] == [1, 1, 1]

    def test_they_wait_while_the_host_is_busy_and_go_by_themselves(self, twofold):
        """The page is answered within its deadline all the same."""
        with twofold.host_is_writing(1.5):
            page = twofold.post("note('patient')")
        assert (page.status, twofold.notes()) == (200, ["patient"])
        assert soon(lambda: twofold.audited("patient"))
        assert soon(lambda: twofold.waiting() == "0")
        assert len(twofold.audited("patient")) == 1

    def test_what_a_runner_left_behind_is_carried_by_the_next(self, twofold):
        """It was ended after its work was kept, and before its entries had gone."""
        if not twofold.remote:
            pytest.skip("the host's own process would end with it")
        ending = "sa.event.listen(current_host.session, 'after_commit', lambda _: os._exit(9))"
        assert twofold.post(f"note('left behind'); {ending}").status == 502
        assert twofold.audited("left behind") == []
        assert soon(lambda: twofold.notes() == ["left behind"])
        assert soon(lambda: twofold.audited("left behind"))

    def test_many_at_once_arrive_too(self, twofold):
        """Without the person waiting for them for longer than a page may take."""
        page = twofold.post("for n in range(700): current_host.audit('thing.done', f'many {n}')")
        assert page.status == 200
        assert soon(lambda: twofold.entries("many %") == 700)


class TestTokens:
    @pytest.fixture
    def form_token(self, twofold) -> str:
        """As it stands in a form of the plugin, among those of the house."""
        page = twofold.get("answer = current_host.render('form.html')")
        (token,) = {*TOKEN.findall(page.text)} - {twofold.token}
        return token

    def test_the_token_of_a_plugins_form_is_good_for_that_plugin_alone(self, twofold, form_token):
        """Whatever its pages do with it, the host is none of their business."""
        sent = {"csrf_token": form_token, "do": "note('mine')"}
        statuses = [
            twofold.client.flask.post(path, data=sent).status_code
            for path in (
                PAGE,
                "/plugins/status_tab/disable",
                "/plugins/twofold/disable",
                "/tabs/status_tab/status/",
            )
        ]
        assert statuses == [200, 403, 403, 403]
        called = twofold.client.flask.post(
            API, query_string={"do": "answer = plain()"}, headers={"X-CSRF-Token": form_token}
        )
        assert called.status_code == 200
        assert twofold.notes() == ["mine"]

    def test_the_token_of_the_session_is_good_for_all(self, twofold):
        """It stands in the house's own forms; a plugin is not handed it."""
        sent = {"csrf_token": twofold.token, "do": "pass"}
        for path in (PAGE, "/plugins/twofold/enable", "/tabs/status_tab/status/"):
            assert twofold.client.flask.post(path, data=sent).status_code != 403
        assert twofold.token not in twofold.get("answer = plain(request.headers, request.environ)").text


REFUSED = {
    "markup": "answer = '<base href=\"/\">'",
    "latin-1": "answer = b'<p>\\xe6'",
    "redirect": "answer = redirect('https://evil.example/')",
    "type": "answer = Response('MZ', mimetype='application/x-msdownload')",
    "header": "answer = Response('a', mimetype='text/csv', headers={'Content-Disposition': '\N{SNOWMAN}'})",
    "long header": "answer = Response('a', mimetype='text/csv', headers={'ETag': 'x' * 5000})",
    "htmx": "answer = Response('<p>', headers={'HX-Redirect': '/plugins'})",
}


class TestWhatTheHostRefuses:
    @pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
    def test_nothing_is_kept_of_it(self, twofold, answer):
        """Neither a row, nor an entry, nor a badge."""
        before, entries = twofold.faults(), twofold.entries("%")
        page = twofold.post(f"note('gone'); mark(); {answer}")
        assert (page.status, twofold.notes(), twofold.badge()) == (502, [], None)
        assert (twofold.faults(), twofold.entries("%")) == (before + 1, entries)

    def test_of_a_header_that_comes_twice_the_first_counts(self, twofold):
        """It is the one that was looked at before the work was kept."""
        twice = (
            "answer = redirect(current_host.url('main')); answer.headers.add('Location', '//evil.example')"
        )
        page = twofold.post(f"note('kept'); {twice}")
        assert (page.status, page.response.headers["Location"]) == (303, "/tabs/twofold/main/")
        assert twofold.notes() == ["kept"]

    def test_nor_of_what_the_api_may_not_answer(self, twofold):
        """A page, and a place that is not the API's own."""
        for answer in ("answer = '<p>'", "answer = Response('1', 201, {'Location': '/tabs/twofold/main/'})"):
            assert twofold.call(f"note('gone'); {answer}").status == 502
        assert twofold.notes() == []

    @pytest.mark.parametrize("name", ["header", "long header", "htmx"])
    def test_its_author_reads_why_of_a_get_too(self, twofold, name):
        """In the words of the host, not in those of the wire."""
        assert twofold.get(REFUSED[name]).status == 502
        assert "RefusedAnswerError" in twofold.trace()
