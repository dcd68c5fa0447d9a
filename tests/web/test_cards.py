"""Cards: what happened in a tab leads back to that tab, and is said in the reader's language."""

from __future__ import annotations

import re

import pytest
from builders.apis import saying
from builders.plugins import drawing, neighbour, permissions, raising, seen_by_all, tab, tabbed
from flask import abort, request
from werkzeug.test import encode_multipart

from host.api import N_, ConflictError, InputError, NotFoundError, Permission, Plain
from host.domain.people import command_line
from host.services.plugins import switch_plugin

PAGE = "/tabs/acme/main/"
NOT_SAID = "There is no note 7."
ACTION = re.compile(r'<a class="btn (btn-primary|btn-quiet)" href="([^"]+)">(?:<svg.*?</svg> )?([^<]+)</a>')
BACK = ("btn-primary", PAGE, "Back to Tab acme main")
FIRST = ("/", "Go to the first tab")
ENDINGS = {
    "conflict": (raising(ConflictError("Somebody was quicker.")), 409),
    "input": (raising(InputError("Not so.")), 422),
    "missing": (raising(NotFoundError(NOT_SAID)), 404),
    "gone": (lambda: abort(410), 410),
    "explained": (lambda: abort(409, "Because."), 409),
    "raise": (raising(RuntimeError("boom")), 502),
}


def actions(text):
    """The buttons of the card, in their order."""
    return ACTION.findall(text)


@pytest.fixture
def kit(host_with):
    """Acme's doors end in many ways, and the tab of a neighbour goes first."""
    doors = [(f"POST /main/{name}", seen_by_all("acme", ending)) for name, (ending, _) in ENDINGS.items()]
    doors.append(("GET /main/<int:number>", seen_by_all("acme", lambda number: NOT_SAID[number:])))
    doors.append(("GET /main/missing", seen_by_all("acme", ENDINGS["missing"][0])))
    doors.append(("GET /main/", seen_by_all("acme", raising(ConflictError("Not now.")))))
    doors.append(("POST /main/", seen_by_all("acme", lambda: f"<p>{len(request.form['text'])}</p>")))
    secret = Permission(id="acme.secret", title=Plain("See what is closed"), default_roles=())
    more = {
        "host_tabs": [tab("acme"), tab("acme", "closed", view="acme.secret")],
        "host_permissions": [*permissions("acme"), secret],
    }
    return host_with(tabbed("acme", *doors, **more), neighbour())


class TestTheWayBack:
    @pytest.mark.parametrize("name", ENDINGS)
    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole", "fragment"])
    def test_what_fails_in_a_tab_leads_back_to_it_first(self, kit, name, headers):
        """Then to the first tab; the tab stays the current one."""
        page = kit.client().post(f"{PAGE}{name}", headers=headers)
        assert page.status == ENDINGS[name][1]
        assert actions(page.text) == [BACK, ("btn-quiet", *FIRST)]
        current = re.search(r'href="([^"]+)"[^>]* aria-current="page"', page.text)
        assert current
        assert current[1] == PAGE

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", f"{PAGE}no-such", 404),
            ("GET", f"{PAGE}conflict", 405),
            ("PUT", f"{PAGE}conflict", 405),
            ("GET", f"{PAGE}missing", 404),
        ],
    )
    def test_so_does_what_never_came_to_the_plugin(self, kit, method, path, status):
        """The address says which tab it is."""
        client = kit.client()
        headers = {"X-CSRF-Token": client.token()}
        answer = client.flask.open(path, method=method, headers=headers)
        assert (answer.status_code, actions(answer.text)[0]) == (status, BACK)

    def test_so_does_a_form_that_was_open_for_too_long(self, kit):
        """403, and its own words."""
        answer = kit.client().flask.post(f"{PAGE}conflict", data={"csrf_token": "old"})
        assert (answer.status_code, actions(answer.text)[0]) == (403, BACK)
        assert "out of date" in answer.text

    def test_a_tab_whose_own_page_fails_does_not_lead_to_itself(self, kit):
        """It would lead to the same card again."""
        page = kit.client().get(PAGE)
        assert (page.status, actions(page.text)) == (409, [("btn-primary", *FIRST)])

    @pytest.mark.parametrize("path", ["/no-such", "/tabs/", "/tabs/nobody/main/", "/tabs/acme/closed/x"])
    def test_elsewhere_there_is_no_tab_to_go_back_to(self, kit, path):
        """Nor is one offered that the person may not see."""
        assert actions(kit.client().get(path).text) == [("btn-primary", *FIRST)]

    def test_nor_to_one_that_is_switched_off(self, kit):
        """It is gone for everybody."""
        client = kit.client()
        switch_plugin(kit.house, "acme", on=False, actor=command_line([]))
        assert actions(client.get(f"{PAGE}no-such").text) == [("btn-primary", *FIRST)]

    def test_before_signing_in_there_is_none_either(self, kit):
        """The card stands on a page of its own."""
        answer = kit.anonymous().flask.post(f"{PAGE}conflict", data=b"x" * 6_000_001)
        assert (answer.status_code, actions(answer.text)) == (413, [("btn-primary", *FIRST)])

    def test_the_title_of_a_tab_is_shown_and_not_obeyed(self, host_with):
        """Whatever it is."""
        title = Plain("<b>R&D</b>")
        kit = host_with(
            tabbed(
                "acme",
                ("POST /main/x", seen_by_all("acme", raising(ConflictError("No.")))),
                host_tabs=[tab("acme", title=title)],
            )
        )
        assert "Back to &lt;b&gt;R&amp;D&lt;/b&gt;" in kit.client().post(f"{PAGE}x").text

    def test_it_is_said_in_danish(self, host_with):
        """With the tab's title."""
        ends = ("POST /main/x", seen_by_all("acme", raising(ConflictError("No."))))
        kit = host_with(tabbed("acme", ends, host_tabs=[tab("acme", title=N_("Language"))]))
        page = kit.client(language="da").post(f"{PAGE}x")
        assert "Tilbage til Sprog" in page.text
        assert "Back to" not in page.text


class TestWords:
    @pytest.mark.parametrize("language", ["en", "da"])
    def test_what_was_not_found_is_said_in_the_readers_language(self, kit, language):
        """An exception speaks English; to a Danish reader it is the host that speaks."""
        for page in (
            kit.client(language=language).get(f"{PAGE}missing"),
            kit.client(language=language).post(f"{PAGE}missing"),
        ):
            assert page.status == 404
            assert (NOT_SAID in page.text) == (language == "en")
            assert ("Intet blev ændret" in page.text) == (language == "da")

    def test_a_program_reads_it_as_it_is(self, host_with):
        """In English, whatever its account's language."""
        kit = host_with(saying("acme", raising(NotFoundError(NOT_SAID))))
        answer = kit.client(language="da").get("/api/v1/acme/it")
        assert (answer.status, answer.response.json["message"]) == (404, NOT_SAID)


class TestTooLarge:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "larger than this host accepts: at most 6 MB at once. Nothing was changed."),
            ("da", "større, end denne vært tager imod: højst 6 MB ad gangen. Intet blev ændret."),
        ],
    )
    def test_it_says_how_large_it_may_be_and_leads_back(self, kit, language, said):
        """Before the plugin was asked."""
        client = kit.client(language=language)
        answer = client.flask.post(
            f"{PAGE}conflict", data=b"x" * 6_000_001, headers={"X-CSRF-Token": client.token()}
        )
        assert (answer.status_code, said in answer.text) == (413, True)
        assert actions(answer.text)[0][1] == PAGE

    def test_a_program_is_told_too(self, kit):
        """In JSON."""
        answer = kit.client().call("POST", "/api/v1/nobody", data=b"x" * 6_000_001)
        assert (answer.status, "at most 6 MB" in answer.response.json["message"]) == (413, True)

    def test_up_to_that_a_field_may_be_as_large_as_it_likes(self, kit):
        """There is one limit, and no smaller one that nobody is told of."""
        client = kit.client()
        boundary, body = encode_multipart({"csrf_token": client.token(), "text": "x" * 5_900_000})
        kind = f'multipart/form-data; boundary="{boundary}"'
        answer = client.flask.post(PAGE, data=body, content_type=kind)
        assert (answer.status_code, "<p>5900000</p>" in answer.text) == (200, True)

    def test_a_form_with_too_many_fields_is_not_said_to_be_too_large_for_the_host(self, kit):
        """It has no megabyte."""
        client = kit.client()
        form = {f"n{each}": "1" for each in range(1_500)}
        answer = client.flask.post(
            PAGE,
            data=form,
            content_type="multipart/form-data",
            headers={"X-CSRF-Token": client.token()},
        )
        assert (answer.status_code, "MB" in answer.text) == (413, False)


class TestFaults:
    def test_a_page_that_failed_is_tried_again(self, host_with):
        """A form is not: a link would not send it (see above)."""
        kit = host_with(drawing("acme", raising(RuntimeError("boom"))))
        assert actions(kit.client().get(PAGE).text) == [("btn-primary", PAGE, "Try again")]
