"""What passes a door: what a plugin gets to see, how large it may be, and what every answer carries."""

from __future__ import annotations

import io

import pytest
from builders.plugins import (
    drawing,
    notes,
    seen_by_all,
    tabbed,
)
from flask import Response, request

PAGE = "/tabs/acme/main/"


class TestWhatPluginsSee:
    def test_neither_the_session_nor_a_token_nor_an_address(self, host_with):
        """A plugin cannot act as the person elsewhere, whatever it does with what it gets."""
        seen = {}

        def view() -> str:
            seen.update(request.environ)
            seen["form"] = request.form.to_dict(flat=False)
            seen["cookies"] = dict(request.cookies)
            return "<p>done</p>"

        kit = host_with(tabbed("acme", ("POST /main/", seen_by_all("acme", view))))
        client = kit.client()
        token, session = client.token(), client.flask.get_cookie("tabhost_session").value
        headers = {"Authorization": "Bearer secret-of-somebody", "X-Forwarded-For": "1.2.3.4"}
        response = client.flask.post(
            PAGE,
            data={"csrf_token": token, "text": "æ", "empty": "", "blank": "  ", "two": ["1", "2"]},
            headers=headers,
        )
        assert response.status_code == 200
        everything = repr(seen)
        for secret in (session, "tabhost_session", "secret-of-somebody", token, "1.2.3.4"):
            assert secret not in everything
        assert seen["form"] == {"text": ["æ"], "two": ["1", "2"]}
        assert seen["cookies"] == {}

    def test_what_is_uploaded_arrives_whole(self, host_with):
        """Bytes of any kind, beside the host's own field, which is taken out."""
        content = bytes(range(256)) * 20
        got = []

        def view() -> str:
            got.append((request.files["file"].read(), request.files["file"].filename, dict(request.form)))
            return "<p>done</p>"

        kit = host_with(tabbed("acme", ("POST /main/", seen_by_all("acme", view))))
        client = kit.client()
        data = {"csrf_token": client.token(), "file": (io.BytesIO(content), "a.lic")}
        assert client.flask.post(PAGE, data=data).status_code == 200
        assert got == [(content, "a.lic", {})]

    def test_json_arrives_as_it_was_sent(self, host_with):
        """The token is in a header then."""
        kit = host_with(
            tabbed("acme", ("POST /main/", seen_by_all("acme", lambda: {"got": request.get_json()})))
        )
        client = kit.client()
        response = client.flask.post(PAGE, json={"a": [1, "æ"]}, headers={"X-CSRF-Token": client.token()})
        assert response.get_json() == {"got": {"a": [1, "æ"]}}


class TestSizes:
    def test_more_than_the_limit_is_refused_before_anybody_reads_it(self, host_with, tmp_path):
        """413, a card, and nothing changed; signed in or not."""
        kit = host_with(notes(tmp_path / "m"), environment={"TABHOST_MAX_UPLOAD_MB": "1"})
        client = kit.client()
        page = client.post(f"{PAGE}redirect", {"text": "x" * 1_000_001})
        assert page.status == 413
        assert "larger than this host accepts" in page.text
        assert "Notes: []" in client.get(PAGE).text
        assert kit.anonymous().flask.post("/login", data=b"x" * 1_000_001).status_code == 413

    def test_up_to_the_limit_it_is_taken(self, host_with):
        """A form of nearly a megabyte, in one field."""
        kit = host_with(
            tabbed(
                "acme", ("POST /main/", seen_by_all("acme", lambda: f"<p>{len(request.form['text'])}</p>"))
            ),
            environment={"TABHOST_MAX_UPLOAD_MB": "1"},
        )
        assert "<p>990000</p>" in kit.client().post(PAGE, {"text": "x" * 990_000}).text


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
VISITS = {
    "a page": ("GET", PAGE, {}, 200),
    "htmx": ("GET", PAGE, {"HX-Request": "true"}, 200),
    "HEAD": ("HEAD", PAGE, {}, 200),
    "OPTIONS": ("OPTIONS", PAGE, {}, 200),
    "an unknown address": ("GET", "/no-such", {}, 404),
    "a fault": ("GET", "/tabs/bad/main/", {}, 502),
    "a fault of the host": ("GET", "/static/host/x/" + "a" * 300, {}, 404),
    "a wrong method": ("GET", f"{PAGE}redirect", {}, 405),
    "a forged form": ("POST", f"{PAGE}redirect", {}, 403),
    "the API": ("GET", "/api/v1/plugins", {}, 200),
    "an unknown API": ("GET", "/api/v1/no-such", {}, 404),
    "the description": ("GET", "/api/v1/openapi.json", {}, 200),
    "the first tab": ("GET", "/", {}, 303),
    "a missing slash": ("GET", "/tabs/acme/main", {}, 308),
    "the mark": ("GET", "/favicon.ico", {}, 200),
    "signing in": ("GET", "/login", {}, 303),
}


class TestHeaders:
    def policy(self, response):
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert response.headers["Cache-Control"]
        parts = response.headers["Content-Security-Policy"].split(";")
        policy = dict(each.strip().partition(" ")[::2] for each in parts)
        assert policy["default-src"] == "'none'"
        assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        return policy

    def check(self, response):
        if response.mimetype != "text/html":
            self.check_file(response)
            return
        policy = self.policy(response)
        assert "sandbox" not in policy
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert "unsafe" not in response.headers["Content-Security-Policy"]

    def check_file(self, response):
        policy = self.policy(response)
        assert policy["sandbox"] == "", "nothing is allowed again"
        assert "script-src" not in policy
        assert "connect-src" not in policy
        assert policy["form-action"] == "'none'"

    @pytest.mark.parametrize(("method", "path", "headers", "status"), VISITS.values(), ids=VISITS.keys())
    def test_every_answer_carries_them(self, lasting, method, path, headers, status):
        """Whatever it is an answer to, and whether it went well."""
        response = lasting.client().flask.open(path, method=method, headers=headers)
        assert response.status_code == status
        self.check(response)

    def test_before_signing_in_too(self, lasting):
        """The form, a redirect to it, a used-up link, and a static file."""
        client = lasting.anonymous().flask
        icon = lasting.app.extensions["tabhost_assets"].url("host", "mark.svg")
        expected = {"/login": 200, PAGE: 303, "/login/once/x": 410, "/no-such": 404, icon: 200}
        for path, status in {**expected, "/api/v1/plugins": 401}.items():
            response = client.get(path)
            assert response.status_code == status
            self.check(response)

    def test_pages_are_not_kept_by_anybody(self, lasting):
        """They belong to one person."""
        assert lasting.client().flask.get(PAGE).headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("kind", ["image/svg+xml", "text/plain", "image/png; a=b, text/html"])
    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole", "fragment"])
    def test_a_download_of_a_plugin_stands_on_its_own(self, host_with, kind, headers):
        """A picture with a script in it must not run one, nor what a browser takes for a page."""
        answer = Response('<svg xmlns="http://www.w3.org/2000/svg"/>', content_type=kind)
        answer.headers["Content-Security-Policy"] = "default-src *"
        kit = host_with(drawing("acme", lambda: answer))
        self.check_file(kit.client().flask.get(PAGE, headers=headers))

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole", "fragment"])
    def test_a_kept_download_is_not_made_a_page_by_a_304(self, host_with, headers):
        """A browser puts the headers of a 304 in the place of those it has kept."""
        kit = host_with(drawing("acme", lambda: ("", 304, {"ETag": '"one"', "Content-Type": "text/html"})))
        response = kit.client().flask.get(PAGE, headers={**headers, "If-None-Match": '"one"'})
        assert response.status_code == 304
        self.check_file(response)

    def test_static_files_and_what_an_api_says_stand_on_their_own(self, host_with, tmp_path):
        """HTML among the files too: nobody has read it."""
        folder = tmp_path / "acme"
        (folder / "static").mkdir(parents=True)
        (folder / "static" / "a.html").write_text("<p>a", "utf-8")
        kit = host_with(drawing("acme", lambda: "x", folder=folder))
        url = kit.app.extensions["tabhost_assets"].url
        files = url("acme", "a.html"), url("host", "icons.svg"), url("host", "js/shell.js"), "/favicon.ico"
        for path in (*files, "/api/v1/plugins", "/api/v1/openapi.json", "/api/v1/nobody/it"):
            self.check_file(kit.client().flask.get(path))
        tag = kit.client().flask.get(files[0]).headers["ETag"]
        again = kit.client().flask.get(files[0], headers={"If-None-Match": tag})
        assert again.status_code == 304
        self.check_file(again)
