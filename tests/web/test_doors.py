"""Every door of the host: who may pass, where from, and what the answer carries. Default deny."""

from __future__ import annotations

import io

import pytest
from builders.accounts import PASSWORD, USER, add_person, is_signed_in, sign_in
from builders.plugins import (
    ALL_IS_WELL,
    drawing,
    neighbour,
    notes,
    permissions,
    raising,
    seen_by_all,
    tab,
    tabbed,
)
from flask import Flask, Response, request

from host.api import Permission, Plain, requires
from host.domain.people import command_line
from host.services.plugins import switch_plugin
from host.testing import make_host
from host.web.doors import anyone, hang_doors, with_account

PAGE = "/tabs/acme/main/"


@pytest.fixture
def kit(host_with, tmp_path):
    """A host with a plugin that writes and a neighbour."""
    return host_with(notes(tmp_path / "m"), neighbour())


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """The same, with a plugin that fails, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("doors")
    bad = drawing("bad", raising(RuntimeError("x")))
    kit = make_host(folder / "host", [notes(folder / "m"), neighbour(), bad])
    add_person(kit)
    yield kit
    kit.close()


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://[evil"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
]
foreign = pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()))
own = pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
    ids=lambda headers: " ".join(headers.values()) or "no header",
)
TOKENS = {"missing": None, "empty": "", "wrong": "x" * 43, "not ASCII": "tøken", "not UTF-8": b"\xff\xfe"}
bad_token = pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())


class TestForgedRequests:
    def sent(self, client, path, token, headers=None, **form):
        data = {**form, **({} if token is None else {"csrf_token": token})}
        return client.flask.post(path, data=data, headers=headers)

    @bad_token
    def test_a_plugins_form_without_the_right_token_changes_nothing(self, lasting, token):
        """403, and the plugin was not called."""
        client = lasting.client()
        before = lasting.audit()
        response = self.sent(client, f"{PAGE}redirect", token, text="forged")
        assert response.status_code == 403
        assert "Nothing was changed" in response.get_data(as_text=True)
        assert "Notes: []" in client.get(PAGE).text
        assert lasting.audit() == before

    @bad_token
    def test_a_form_of_the_host_without_the_right_token_changes_nothing(self, lasting, token):
        """Neither the language nor the session."""
        client = lasting.client()
        assert self.sent(client, "/me/language", token, language="da").status_code == 403
        assert self.sent(client, "/logout", token).status_code == 403
        assert '<html lang="en"' in client.get("/").text

    @foreign
    def test_what_another_site_made_a_browser_send_changes_nothing(self, lasting, headers):
        """Even with the right token; in plugins and in the host."""
        client = lasting.client()
        token = client.token()
        assert self.sent(client, f"{PAGE}redirect", token, headers, text="forged").status_code == 403
        assert self.sent(client, "/me/language", token, headers, language="da").status_code == 403
        assert self.sent(client, "/logout", token, headers).status_code == 403
        page = client.get(PAGE)
        assert "Notes: []" in page.text
        assert '<html lang="en"' in page.text

    @foreign
    def test_another_site_cannot_sign_somebody_in(self, lasting, headers):
        """Else people would work in an account that somebody else can read."""
        client = lasting.anonymous()
        data = {"user_id": USER, "password": PASSWORD}
        response = client.flask.post("/login", data=data, headers=headers)
        assert response.status_code == 403
        assert "Set-Cookie" not in response.headers
        assert not is_signed_in(client)

    @own
    def test_a_request_of_ones_own_passes(self, kit, headers):
        """With a browser that says where it comes from, and with one that does not."""
        client = kit.client()
        assert self.sent(client, f"{PAGE}redirect", client.token(), headers, text="mine").status_code == 303
        assert sign_in(kit.anonymous(), "NOBODY").status_code == 401

    def test_the_token_may_come_in_a_header(self, kit):
        """As scripts send it."""
        client = kit.client()
        headers = {"X-CSRF-Token": client.token()}
        assert client.flask.post(f"{PAGE}redirect", headers=headers).status_code == 303

    def test_somebody_elses_token_is_a_wrong_one(self, lasting):
        """It belongs to one session, not to the host."""
        client, other = lasting.client(), lasting.client()
        assert client.token() != other.token()
        assert self.sent(client, f"{PAGE}redirect", other.token()).status_code == 403

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_every_unsafe_method_is_checked(self, host_with, method):
        """Not only POST."""
        called = []

        def view() -> str:
            called.append(method)
            return "done"

        kit = host_with(tabbed("acme", (f"{method} /main/", seen_by_all("acme", view))))
        client = kit.client()
        assert client.flask.open(PAGE, method=method).status_code == 403
        assert called == []
        headers = {"X-CSRF-Token": client.token()}
        assert client.flask.open(PAGE, method=method, headers=headers).status_code == 200
        assert called == [method]

    def test_a_referrer_that_cannot_be_read_leads_to_the_first_tab(self, kit):
        """After choosing a language one comes back, or else to the start."""
        client = kit.client()
        data = {"csrf_token": client.token(), "language": "da"}
        response = client.flask.post("/me/language", data=data, headers={"Referer": "http://[evil"})
        assert (response.status_code, response.headers["Location"]) == (303, "/")

    @pytest.mark.parametrize(
        ("referrer", "target"),
        [
            ("http://localhost/tabs/acme/main/?a=1", "/tabs/acme/main/?a=1"),
            ("https://evil.example/tabs/", "/"),
            ("http://localhost//evil.example", "/"),
            (None, "/"),
        ],
    )
    def test_one_comes_back_to_where_one_was_on_this_host(self, kit, referrer, target):
        """And nowhere else."""
        client = kit.client()
        data = {"csrf_token": client.token(), "language": "da"}
        headers = {"Referer": referrer} if referrer else {}
        assert client.flask.post("/me/language", data=data, headers=headers).headers["Location"] == target


OPEN = {"sign_in.login", "sign_in.check", "sign_in.once", "static_files.static_file", "static_files.favicon"}
"""The only endpoints that need no account."""
ADMINISTRATORS = {"plugins_api.plugins"} | {
    f"plugins_page.{name}" for name in ("show_plugins", "ask_before_disabling", "enable", "disable")
}
"""The endpoints that ask for more than an account."""
EXAMPLES = {
    "plugin": "acme", "rest": "main/", "owner": "host", "digest": "0", "path": "mark.svg",
    "token": "x", "user_id": "KAAN",
}  # fmt: skip


def doors(kit):
    """Every rule of the application with an address and each of its methods."""
    adapter = kit.app.url_map.bind("localhost")
    for rule in kit.app.url_map.iter_rules():
        values = {name: EXAMPLES[name] for name in rule.arguments if name not in (rule.defaults or {})}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, adapter.build(rule.endpoint, {**values, **(rule.defaults or {})})


class TestDefaultDeny:
    def test_without_an_account_nothing_opens_but_what_must(self, lasting):
        """Every route of the application, with each of its methods."""
        met = set()
        for endpoint, method, path in doors(lasting):
            response = lasting.anonymous().flask.open(path, method=method)
            to_the_form = response.headers.get("Location", "").startswith("/login")
            turned_away = to_the_form or (response.status_code == 401 and path.startswith("/api/"))
            assert turned_away != (endpoint in OPEN), (endpoint, method, response.status_code)
            met.add(endpoint)
        assert met >= OPEN | ADMINISTRATORS

    @pytest.mark.parametrize("role", ["viewer", "administrator"])
    def test_each_role_passes_the_doors_it_may(self, kit, role):
        """403 exactly where a permission is missing."""
        client = kit.client(role)
        for endpoint, method, path in doors(kit):
            if endpoint == "sign_in.logout":
                continue
            headers = {"X-CSRF-Token": client.token()}
            status = client.flask.open(path, method=method, headers=headers).status_code
            missing = role == "viewer" and endpoint in ADMINISTRATORS
            assert (status == 403) == missing, (endpoint, method, status)
            assert status < 500, (endpoint, method, status)

    @pytest.mark.parametrize("who", ["anonymous", "viewer", "administrator"])
    @pytest.mark.parametrize(
        "path", ["/no-such", "/tabs", "/tabs/nobody/x/", "/tabs/acme/no-such/", "/static/"]
    )
    def test_an_unknown_address_is_not_there_for_anybody(self, lasting, who, path):
        """A card, or the way to sign in; never something else."""
        client = lasting.anonymous() if who == "anonymous" else lasting.client(who)
        response = client.flask.get(path)
        assert response.status_code in ({303, 404} if who == "anonymous" else {404})

    def test_a_view_without_a_door_does_not_start(self):
        """Forgetting the mark is found at once, and by the name of the address."""
        app = Flask("forgetful", static_folder=None)
        app.add_url_rule("/forgotten", "forgotten", lambda: "x")
        with pytest.raises(RuntimeError, match="/forgotten"):
            hang_doors(app)

    @pytest.mark.parametrize("mark", [anyone, with_account, requires("host.plugins.view")])
    def test_a_view_with_a_door_does(self, mark):
        """Each of the three marks is one."""
        app = Flask("careful", static_folder=None)
        app.add_url_rule("/marked", "marked", mark(lambda: "x"))
        hang_doors(app)

    def test_a_file_folder_of_flask_itself_does_not_start(self):
        """Flask would open one without being asked."""
        with pytest.raises(RuntimeError, match="static"):
            hang_doors(Flask("careless", static_folder="static"))

    def test_htmx_is_sent_to_sign_in_as_a_whole(self, lasting):
        """Else the sign-in form would appear inside the sheet."""
        response = lasting.anonymous().flask.get(PAGE, headers={"HX-Request": "true"})
        assert response.headers["HX-Redirect"].startswith("/login?next=")
        assert response.data == b""


class TestPluginsDoors:
    def test_a_viewer_sees_and_does_not_change(self, kit):
        """The permission is the route's own, not the tab's."""
        client = kit.client("viewer")
        assert client.get(PAGE).status == 200
        page = client.post(f"{PAGE}redirect", {"text": "mine"})
        assert page.status == 403
        assert 'id="tabs"' in page.text
        assert "Notes: []" in client.get(PAGE).text

    def test_the_permission_of_the_tab_counts_for_every_address_in_it(self, host_with):
        """A route that asks for less does not open a tab that one may not see."""
        kit = host_with(
            tabbed(
                "acme",
                ("GET /main/open", seen_by_all("acme", lambda: "secret")),
                host_tabs=[tab("acme", view="acme.manage")],
                host_permissions=permissions("acme"),
            )
        )
        assert kit.client("administrator").get("/tabs/acme/main/open").status == 200
        assert kit.client("viewer").get("/tabs/acme/main/open").status == 403
        assert PAGE not in kit.client("viewer").get("/").text

    def test_a_method_that_a_page_does_not_take_is_a_card(self, lasting):
        """405, in the shell, and the plugin is not asked."""
        page = lasting.client().get(f"{PAGE}redirect")
        assert page.status == 405
        assert 'id="card"' in page.text
        assert 'id="tabs"' in page.text
        assert lasting.client().post(PAGE).status == 405

    def test_a_plugin_that_is_off_is_not_there_from_the_next_request_on(self, kit):
        """404 for its pages, and no tab; on again, everything is back."""
        client = kit.client("viewer")
        assert client.get(PAGE).status == 200
        switch_plugin(kit.house, "acme", on=False, actor=command_line([]))
        assert client.get(PAGE).status == 404
        assert client.post(f"{PAGE}redirect").status == 404
        assert PAGE not in client.get("/").text
        assert ALL_IS_WELL in client.get("/").text
        switch_plugin(kit.house, "acme", on=True, actor=command_line([]))
        assert client.get(PAGE).status == 200
        assert PAGE in client.get("/").text

    def test_roles_that_a_plugin_brings_are_enough_to_see_its_tab(self, host_with):
        """Whoever holds ``acme_clerk`` has what `default_roles` says, and nothing else."""
        declared = [Permission(id="acme.view", title=Plain("See"), default_roles=("acme_clerk",))]
        kit = host_with(drawing("acme", lambda: "<p>Mine.</p>", host_permissions=declared), neighbour())
        clerk = kit.client("acme_clerk")
        assert "Mine." in clerk.get("/").text
        assert clerk.get("/tabs/neighbour/main/").status == 403
        assert kit.client("administrator").get(PAGE).status == 403


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
