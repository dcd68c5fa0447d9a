"""Signing in with a real identity provider: who comes in, as whom, with which roles; and who does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders.accounts import PASSWORD, add_person, sign_in
from builders.factors import set_up

from host.domain.people import command_line
from host.services import identities, people

CLI = command_line([])


def audited(kit, *actions):
    """The newest entries of these actions, oldest first."""
    return [each for each in reversed(kit.audit()) if each.action in actions]


def account(kit, user_id):
    from host.storage.people import account as find

    with kit.house.stores.host.reading() as session:
        return find(session, user_id)


def local(kit, user_id="KAAN", password=None, roles=("viewer",)):
    people.add_account(kit.house, user_id=user_id, full_name="", password=password, roles=roles, actor=CLI)


class TestSigningIn:
    def test_somebody_unknown_gets_an_account(self, trusting, visit):
        """With the name, the user id and the roles that the provider says; all of it is written down."""
        kit = trusting()
        someone = visit(kit)
        answer = someone.sign_in("s-1001", "/plugins?x=1")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/plugins?x=1")
        assert someone.client.flask.get("/plugins").status_code == 200
        made = account(kit, "kaan")
        assert (made.user_id, made.full_name) == ("KAAN", "Karen Andersen")
        assert made.roles == ("administrator", "viewer")
        said = [(each.action, each.actor) for each in reversed(kit.audit())]
        assert said == [
            ("account.added", "KAAN"),
            ("identity.linked", "KAAN"),
            ("account.roles_changed", "KAAN"),
            ("session.started", "KAAN"),
        ]
        assert audited(kit, "session.started")[0].after == {"proved": ["openid"]}

    def test_the_same_person_is_the_same_account_whatever_they_are_called(self, trusting, visit, tmp_path):
        """It goes by the provider's own word for them, not by a name that could be given to another."""
        database = f"sqlite:///{tmp_path / 'one.db'}"
        visit(trusting(database)).sign_in("s-1001")
        renamed = trusting(database, USER_CLAIM="name", CREATE="no")
        assert visit(renamed).sign_in("s-1001").status_code == 303
        assert account(renamed, "Karen Andersen") is None

    def test_on_postgresql_too(self, trusting, visit, database_url):
        """Made at the first time, found at the second."""
        kit = trusting(database_url)
        for _ in range(2):
            assert visit(kit).sign_in("s-1002").status_code == 303
        assert account(kit, "OLBE").roles == ("viewer",)
        assert len(audited(kit, "account.added")) == 1

    def test_each_has_a_session_of_their_own(self, trusting, visit):
        """With a cookie like any other's, and none left of the way."""
        kit = trusting()
        someone = visit(kit)
        way = someone.set_out()
        way_cookie = someone.client.flask.get("/login/openid").headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= set(way_cookie.split("; "))
        cookies = someone.come_back(someone.person.sign_in(way, "s-1001")).headers.getlist("Set-Cookie")
        session = next(each for each in cookies if each.startswith("tabhost_session="))
        assert {"HttpOnly", "SameSite=Lax"} <= set(session.split("; "))
        assert [each for each in cookies if each.startswith("tabhost_openid=;")]

    def test_what_is_stored_tells_nobody_the_way_in(self, trusting, visit):
        """Neither state, nonce nor token stands in the database as it is."""
        kit = trusting()
        someone = visit(kit)
        way = someone.set_out()
        someone.come_back(someone.person.sign_in(way, "s-1001"))
        waiting = someone.set_out()
        stored = b"".join(each.read_bytes() for each in kit.settings.data.glob("tabhost.db*"))
        assert b"host_openid_attempt" in stored
        for name in ("state", "nonce"):
            value = parameters(waiting)[name]
            assert len(value) >= 43
            assert value.encode() not in stored
        assert b"eyJ" not in stored  # how every such token begins

    def test_a_first_sign_in_on_two_machines_at_once_makes_one_account(self, trusting, visit):
        """Both come in."""
        kit = trusting()
        one, two = visit(kit), visit(kit)
        ways = [each.person.sign_in(each.set_out(), "s-1001") for each in (one, two)]
        assert [each.come_back(way).status_code for each, way in zip((one, two), ways, strict=True)] == [
            303,
            303,
        ]
        assert len(audited(kit, "account.added")) == 1

    @pytest.mark.parametrize(
        "target",
        ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\t//x"],
    )
    def test_nobody_is_led_elsewhere_afterwards(self, trusting, visit, target):
        """What a link says about where to go counts only inside this host."""
        assert visit(trusting()).sign_in("s-1002", target).headers["Location"] == "/"


def parameters(address):
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(address).query))


class TestRequest:
    def test_it_asks_for_a_code_that_only_this_attempt_can_use(self, trusting, visit):
        """With PKCE by S256, a state and a nonce of its own, and no secret in it."""
        someone = visit(trusting(ACR_VALUES="tenant:Cust1"))
        first, second = parameters(someone.set_out()), parameters(someone.set_out())
        assert first["response_type"] == "code"
        assert first["code_challenge_method"] == "S256"
        assert first["scope"] == "openid profile email"
        assert first["acr_values"] == "tenant:Cust1"
        assert first["redirect_uri"] == "http://localhost/login/openid/callback"
        for name in ("state", "nonce", "code_challenge"):
            assert first[name] != second[name]
        assert not [each for each in first.values() if "secret" in each]


class TestAccounts:
    def test_without_leave_none_is_made(self, trusting, visit):
        """Who is asked for one is said, and nothing is left behind."""
        kit = trusting(CREATE="no")
        answer = visit(kit).sign_in("s-1001")
        assert answer.status_code == 403
        assert "Ask an administrator for one that is called KAAN." in answer.get_data(as_text=True)
        assert account(kit, "KAAN") is None
        assert audited(kit, "signin.failed")[0].after["reason"] == "no account"

    @pytest.mark.parametrize("password", [PASSWORD, None])
    def test_a_local_account_of_that_name_is_not_handed_over(self, trusting, visit, password):
        """Whoever can choose a name at the provider must not become somebody here."""
        kit = trusting()
        local(kit, password=password, roles=("administrator",))
        someone = visit(kit)
        answer = someone.sign_in("s-1001")
        assert answer.status_code == 403
        assert "There is an account KAAN here already" in answer.get_data(as_text=True)
        assert not someone.is_in

    def test_an_administrator_can_link_it(self, trusting, visit):
        """By the provider's own word for the person."""
        kit = trusting(CREATE="no")
        local(kit, "OTHER", PASSWORD)
        identities.link_identity(kit.house, "OTHER", subject="s-1001", actor=CLI)
        someone = visit(kit)
        assert someone.sign_in("s-1001").status_code == 303
        assert audited(kit, "session.started")[-1].actor == "OTHER"
        identities.remove_identities(kit.house, "OTHER", CLI)
        assert not someone.is_in
        assert visit(kit).sign_in("s-1001").status_code == 403

    def test_one_that_was_made_for_somebody_waits_for_them(self, trusting, visit):
        """And is theirs from then on."""
        kit = trusting(CREATE="no", ROLES="")
        local(kit)
        identities.link_identity(kit.house, "KAAN", subject=None, actor=CLI)
        for _ in range(2):
            assert visit(kit).sign_in("s-1001").status_code == 303
        assert [each.after["subject"] for each in audited(kit, "identity.linked")] == ["s-1001"]

    def test_one_that_was_given_a_password_meanwhile_waits_no_more(self, trusting, visit):
        """It is used by somebody else by now."""
        kit = trusting(CREATE="no")
        local(kit)
        identities.link_identity(kit.house, "KAAN", subject=None, actor=CLI)
        people.reset_password(kit.house, "KAAN", PASSWORD, CLI)
        assert visit(kit).sign_in("s-1001").status_code == 403

    def test_a_disabled_one_stays_out(self, trusting, visit):
        """Whatever the provider thinks of them."""
        kit = trusting()
        someone = visit(kit)
        someone.sign_in("s-1002")
        people.disable_account(kit.house, "OLBE", CLI)
        assert not someone.is_in
        answer = someone.sign_in("s-1002")
        assert answer.status_code == 403
        assert "Your account may not sign in here." in answer.get_data(as_text=True)

    def test_a_name_that_is_none_makes_no_account(self, trusting, visit):
        """What cannot be typed cannot be a user id."""
        assert visit(trusting()).sign_in("s-1003").status_code == 403

    def test_a_claim_can_be_required(self, trusting, visit):
        """A provider that serves many companies vouches for all their people."""
        kit = trusting(REQUIRE="groups=it")
        assert visit(kit).sign_in("s-1001").status_code == 303
        answer = visit(kit).sign_in("s-1002")
        assert answer.status_code == 403
        assert "not open to everybody" in answer.get_data(as_text=True)


class TestRoles:
    def test_they_follow_the_groups_and_others_stay(self, trusting, visit, tmp_path):
        """What the provider gave it takes away at the next sign-in; what was given here it leaves alone."""
        database = f"sqlite:///{tmp_path / 'one.db'}"
        kit = trusting(database, ROLES="staff=viewer, it=administrator")
        visit(kit).sign_in("s-1001")
        grant(kit, "KAAN", "auditor")
        add_person(kit, "OTHER", "administrator")
        other = trusting(database, ROLES="board=administrator, staff=viewer")
        someone = visit(other)
        someone.sign_in("s-1001")
        assert account(other, "KAAN").roles == ("auditor", "viewer")
        assert someone.client.flask.get("/plugins").status_code == 403
        changed = audited(other, "account.roles_changed")[-1]
        assert changed.before == {"roles": ["administrator", "auditor", "viewer"]}
        assert changed.after == {"roles": ["auditor", "viewer"]}

    def test_the_last_administrator_stays_whatever_the_groups_say(self, trusting, visit, tmp_path):
        """Or a provider that forgets to send groups would leave nobody to put it right."""
        database = f"sqlite:///{tmp_path / 'one.db'}"
        visit(trusting(database, ROLES="staff=viewer, it=administrator")).sign_in("s-1001")
        other = trusting(database, ROLES="board=administrator, nobody=viewer")
        visit(other).sign_in("s-1001")
        assert account(other, "KAAN").roles == ("administrator",)

    def test_where_none_follows_from_groups_everybody_may_look(self, trusting, visit):
        """An account that is made then is a viewer's."""
        kit = trusting(ROLES="")
        visit(kit).sign_in("s-1001")
        assert account(kit, "KAAN").roles == ("viewer",)


def grant(kit, user_id, role):
    from host.storage.identities import set_roles

    with kit.house.stores.host.writing() as session:
        set_roles(session, account(kit, user_id).number, take=frozenset(), give=frozenset({role}))


class TestSecondFactor:
    def test_the_app_of_this_host_is_asked_as_well(self, trusting, visit):
        """The provider's word is one factor, as long as nobody says that its second one counts."""
        kit = trusting()
        someone = visit(kit)
        someone.sign_in("s-1001")
        app = set_up(kit, someone.client)
        someone.client.post("/logout")
        answer = someone.sign_in("s-1001", "/plugins")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login/second")
        assert not someone.is_in
        page = someone.client.flask.post("/login/second", data={"code": app.next_code()})
        assert (page.status_code, page.headers["Location"]) == (303, "/plugins")
        assert someone.is_in


class TestSigningOut:
    def test_it_leads_to_the_provider_and_back(self, trusting, visit):
        """Whoever signed in there is signed out there too."""
        kit = trusting()
        someone = visit(kit)
        someone.sign_in("s-1001")
        answer = someone.client.post("/logout")
        assert not someone.is_in
        assert answer.status == 200
        refresh = answer.response.headers["Refresh"]
        address = refresh.removeprefix("0; url=")
        sent = parameters(address)
        assert sent["post_logout_redirect_uri"] == "http://localhost/login"
        assert sent["id_token_hint"].startswith("eyJ")
        assert someone.person.sign_out(address) == "http://localhost/login"
        # Without a session there it asks again.
        assert someone.person.asks_who(someone.set_out())

    def test_whoever_came_in_by_password_is_not_sent_there(self, trusting, visit):
        """They have nothing to end there."""
        kit = trusting()
        local(kit, "LOCAL", PASSWORD)
        client = kit.anonymous()
        assert sign_in(client, "LOCAL").status_code == 303
        token = client.token()
        answer = client.flask.post("/logout", data={"csrf_token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


class TestButton:
    def test_it_stands_where_there_is_a_provider(self, trusting, host_with):
        """With the operator's words, and the page one wanted."""
        page = trusting(NAME="Contoso & Co").anonymous().get("/login?next=/plugins").text
        assert "Sign in with Contoso &amp; Co" in page
        assert 'href="/login/openid?next=/plugins"' in page
        kit = host_with()
        assert "/login/openid" not in kit.anonymous().get("/login").text
        assert kit.anonymous().flask.get("/login/openid").status_code == 404
        assert kit.anonymous().flask.get("/login/openid/callback?code=a&state=b").status_code == 404


class TestTime:
    @pytest.mark.parametrize(("by", "reason"), [(300, "ID token: exp"), (-300, "ID token: iat")])
    def test_a_token_of_another_time_is_not_believed(self, trusting, visit, by, reason):
        """What the provider signs is good for two minutes, and from now on."""
        kit = trusting()
        someone = visit(kit)
        way = someone.person.sign_in(someone.set_out(), "s-1001")
        kit.clock.advance(timedelta(seconds=by))
        assert someone.come_back(way).status_code == 401
        assert audited(kit, "signin.failed")[0].after["reason"] == reason

    def test_whoever_takes_too_long_starts_again(self, trusting, visit):
        """Ten minutes."""
        kit = trusting()
        someone = visit(kit)
        way = someone.person.sign_in(someone.set_out(), "s-1001")
        kit.clock.advance(timedelta(minutes=10))
        answer = someone.come_back(way)
        assert answer.status_code == 400
        assert "Start again" in answer.get_data(as_text=True)
