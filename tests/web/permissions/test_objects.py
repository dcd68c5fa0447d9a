"""One's own and others': what a permission opens in general stays closed where it is somebody else's."""

from __future__ import annotations

import pytest
from builders.plugins import drawing

from host.api import Badge, Plain
from host.domain.people import command_line
from host.services import access_tokens, looking_after, roles
from host.services.plugins import switch_plugin
from host.services.signing_in import make_link
from host.testing import make_host
from host.web.tokens import plugin_token

from .people import Visitor, add

CHANGES = (
    ("POST", "/people/{}/edit", {"full_name": "Taken over"}),
    ("POST", "/people/{}/roles", {}),
    ("POST", "/people/{}/disable", {}),
    ("POST", "/people/{}/enable", {}),
    ("POST", "/people/{}/sessions", {}),
    ("POST", "/people/{}/reset", {}),
    ("PATCH", "/api/v1/people/{}", {"full_name": "Taken over"}),
    ("PUT", "/api/v1/people/{}/roles", {"roles": []}),
    ("POST", "/api/v1/people/{}/disable", {}),
    ("POST", "/api/v1/people/{}/enable", {}),
    ("POST", "/api/v1/people/{}/reset", {}),
    ("DELETE", "/api/v1/people/{}/sessions", {}),
)
"""Every way to change an account."""


@pytest.fixture(scope="module")
def kit(lasting):
    """The host of this folder, with a role that looks after people."""
    actor = command_line(lasting.house.registry.permissions())
    wanted = ("host.people.view", "host.people.manage", "neighbour.view")
    roles.add_role(lasting.house, name="keeper", title="Keeper", permissions=wanted, actor=actor)
    return lasting


@pytest.fixture(scope="module")
def boss(kit):
    """An administrator."""
    return Visitor(kit, "BOSS", add(kit, "BOSS", "administrator"))


@pytest.fixture(scope="module")
def keeper(kit, boss):
    """Somebody who may look after people, and sees one tab."""
    return Visitor(kit, "KEEPER", add(kit, "KEEPER", "keeper"))


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """A plugin with a tab, a badge, a file; somebody who may see it, and somebody who may not."""
    folder = tmp_path_factory.mktemp("declared")
    (folder / "acme" / "static").mkdir(parents=True)
    (folder / "acme" / "static" / "a.css").write_text(".a { color: red }\n", "utf-8")
    kit = make_host(folder / "host", [drawing("acme", lambda: "inside", folder=folder / "acme")])
    with kit.serving("acme") as host:
        host.set_badge("main", Badge(text="7", title=Plain("seven")))
    add(kit, "SEES", "viewer")
    add(kit, "SEES_NOT", "auditor")
    yield kit
    kit.close()


def sent(visitor, way, number):
    """The answer to one of `CHANGES`."""
    method, path, values = way
    form = {"json": values} if path.startswith("/api") else {"data": values}
    return visitor.open(method, path.format(number), **form)


class TestAccounts:
    @pytest.mark.parametrize("way", CHANGES, ids=lambda way: " ".join(way[:2]))
    def test_nobody_changes_an_account_that_may_do_more(self, kit, keeper, boss, way):
        """A link that signs in as an administrator would make one of whoever looks after people."""
        before = looking_after.one_of(kit.house, boss.number)
        answer = sent(keeper, way, boss.number)
        assert answer.status_code == 403
        assert "may do more here than you" in answer.get_data(as_text=True)
        assert looking_after.one_of(kit.house, boss.number) == before
        assert boss.session is not None
        assert "/login/once/" not in answer.get_data(as_text=True)

    @pytest.mark.parametrize("way", CHANGES, ids=lambda way: " ".join(way[:2]))
    def test_one_that_may_do_no_more_they_may_change(self, kit, keeper, way):
        """That is what the permission is for."""
        number = add(kit, f"PLAIN{CHANGES.index(way)}", "keeper")
        answer = sent(keeper, way, number)
        assert answer.status_code in (200, 204, 303), answer.get_data(as_text=True)

    @pytest.mark.parametrize("role", ["administrator", "viewer"])
    @pytest.mark.parametrize("whose", ["own", "foreign", "new"])
    def test_nobody_gives_what_they_do_not_hold(self, kit, keeper, role, whose):
        """Neither to themselves nor to others; the viewer's role brings tabs that the keeper cannot see."""
        values = {"roles": ["keeper", role]}
        if whose == "new":
            answer = keeper.open("POST", "/api/v1/people", json={"user_id": f"NEW{role}", **values})
        else:
            name = f"GIVEN{role}"
            number = keeper.number if whose == "own" else add(kit, name, "keeper")
            answer = keeper.open("PUT", f"/api/v1/people/{number}/roles", json=values)
            assert looking_after.one_of(kit.house, number).account.roles == ("keeper",)
        assert (answer.status_code, answer.json["code"]) == (403, 403)
        assert f"The role {role}" in answer.json["message"]

    @pytest.mark.parametrize("permission", ["bad.view", "host.plugins.manage"])
    def test_nobody_makes_a_role_of_what_they_do_not_hold(self, kit, keeper, permission):
        """Nor puts it into one that is there."""
        new = {"name": "mine", "title": "Mine", "permissions": [permission]}
        assert keeper.open("POST", "/api/v1/roles", json=new).status_code == 403
        more = {"permissions": ["host.people.view", permission]}
        assert keeper.open("PATCH", "/api/v1/roles/keeper", json=more).status_code == 403
        assert permission not in roles.one_role(kit.house, "keeper").permissions


class TestSessions:
    @pytest.mark.parametrize("way", ["/api/v1/me/sessions/{}", "/profile/sessions/{}/end"])
    def test_ones_own_end_and_others_are_not_there(self, kit, keeper, boss, way):
        """404, as for an id that nobody has: it does not say that there is one."""
        method = "DELETE" if way.startswith("/api") else "POST"
        foreign = boss.session.public_id
        assert keeper.open(method, way.format(foreign)).status_code == 404
        assert keeper.open(method, way.format("nobody")).status_code == 404
        assert boss.session is not None
        other = Visitor(kit, "KEEPER", keeper.number)
        answer = keeper.open(method, way.format(other.session.public_id))
        assert answer.status_code in (200, 204, 303)
        assert other.session is None


class TestApiTokens:
    @pytest.mark.parametrize("way", ["/api/v1/tokens/{}", "/tokens/{}/revoke"])
    def test_ones_own_are_revoked_and_others_are_not_there(self, kit, keeper, boss, way):
        """404, as for an id that nobody has, and it goes on working; an administrator revokes anybody's."""
        method = "DELETE" if way.startswith("/api") else "POST"
        actor = command_line(kit.house.registry.permissions())
        held = {"host.people.view"}
        ids = {}
        for owner in ("BOSS", "KEEPER", "KEEPER"):
            token, secret = access_tokens.add_token(kit.house, owner, name="x", permissions=held, actor=actor)
            ids.setdefault(owner, []).append((token.id, {"Authorization": f"Bearer {secret}"}))
        ((foreign, headers),) = ids["BOSS"]
        assert keeper.open(method, way.format(foreign)).status_code == 404
        assert keeper.open(method, way.format("nobody")).status_code == 404
        assert foreign not in keeper.open("GET", "/tokens").get_data(as_text=True)
        assert kit.app.test_client().get("/api/v1/people", headers=headers).status_code == 200
        for visitor, (own, headers) in zip((keeper, boss), ids["KEEPER"], strict=True):
            assert visitor.open(method, way.format(own)).status_code in (200, 204, 303)
            assert kit.app.test_client().get("/api/v1/people", headers=headers).status_code == 401


class TestTokensOfForms:
    def test_a_plugins_is_good_for_that_plugin_alone(self, kit, boss):
        """It stands in pages that the plugin wrote, and could send them anywhere."""
        token = plugin_token(boss.session.csrf_token, "notes")
        for path in ("/plugins/neighbour/disable", "/people/add", "/tabs/neighbour/main/", "/logout"):
            answer = boss.flask.post(path, headers={"X-CSRF-Token": token})
            assert answer.status_code == 403, path
        assert boss.session is not None


class TestPortraits:
    def test_they_are_for_everybody_who_is_signed_in_and_nobody_else(self, kit, keeper):
        """Pages show people to each other."""
        assert keeper.flask.get("/portraits/BOSS").status_code == 404
        assert kit.app.test_client().get("/portraits/BOSS").status_code == 303


class TestOneDeclaration:
    """What a tab asks for holds for everything that is about it."""

    @pytest.mark.parametrize(("user_id", "sees"), [("SEES", True), ("SEES_NOT", False)])
    def test_link_page_fragment_api_badge_and_files_go_together(self, tab, user_id, sees):
        """All of them, or none."""
        client = tab.app.test_client()
        client.get(f"/login/once/{make_link(tab.house, user_id)}")
        somewhere = client.get("/profile").get_data(as_text=True)
        assert ('href="/tabs/acme/main/"' in somewhere) == sees
        assert (", seven" in somewhere) == sees
        file = tab.app.extensions["tabhost_assets"].url("acme", "a.css")
        fragment = {"HX-Request": "true"}
        for path, headers in (("/tabs/acme/main/", {}), ("/tabs/acme/main/", fragment), (file, {})):
            answer = client.get(path, headers=headers)
            assert answer.status_code == (200 if sees else 403), path
        assert tab.app.test_client().get(file).status_code == 303

    def test_a_file_of_a_plugin_that_is_off_is_not_there(self, tab):
        """Nor is its tab."""
        client = tab.app.test_client()
        client.get(f"/login/once/{make_link(tab.house, 'SEES')}")
        file = tab.app.extensions["tabhost_assets"].url("acme", "a.css")
        switch_plugin(tab.house, "acme", on=False, actor=command_line([]))
        assert client.get(file).status_code == 404
        switch_plugin(tab.house, "acme", on=True, actor=command_line([]))
        assert client.get(file).status_code == 200
        assert "private" in client.get(file).headers["Cache-Control"]
