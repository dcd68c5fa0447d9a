"""Every door of the host: who may pass, and where from. Default deny."""

from __future__ import annotations

import pytest
from builders.accounts import PASSWORD, USER, is_signed_in, sign_in
from builders.plugins import (
    ALL_IS_WELL,
    drawing,
    neighbour,
    notes,
    permissions,
    seen_by_all,
    tab,
    tabbed,
)
from flask import Flask

from host.api import Permission, Plain, requires
from host.domain.audit import AuditEntry
from host.domain.people import command_line
from host.services.plugins import switch_plugin
from host.web.doors import anyone, hang_doors, with_account

PAGE = "/tabs/acme/main/"


@pytest.fixture
def kit(host_with, tmp_path):
    """A host with a plugin that writes and a neighbour."""
    return host_with(notes(tmp_path / "m"), neighbour())


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


def done(kit) -> list[AuditEntry]:
    """The log without what was refused."""
    return [each for each in kit.audit() if each.action != "access.refused"]


class TestForgedRequests:
    def sent(self, client, path, token, headers=None, **form):
        data = {**form, **({} if token is None else {"csrf_token": token})}
        return client.flask.post(path, data=data, headers=headers)

    @bad_token
    def test_a_plugins_form_without_the_right_token_changes_nothing(self, lasting, token):
        """403, and the plugin was not called."""
        client = lasting.client()
        before = done(lasting)
        response = self.sent(client, f"{PAGE}redirect", token, text="forged")
        assert response.status_code == 403
        assert "Nothing was changed" in response.get_data(as_text=True)
        assert "Notes: []" in client.get(PAGE).text
        assert done(lasting) == before

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


class TestDefaultDeny:
    """Every address and every role are in `permissions`, beside this file."""

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
