"""Sign-ins that come to nothing: broken off, stolen, replayed, forged, or with a provider out of reach."""

from __future__ import annotations

from itertools import count
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from builders.accounts import PASSWORD, USER, add_person, sign_in
from builders.demo import free_port
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ADDRESSES = count(1)
CALLBACK = "/login/openid/callback"


@pytest.fixture
def kit(trusting):
    """A host that trusts the provider."""
    return trusting()


def failures(kit):
    """Why people were not signed in, the first one first."""
    return [each.after["reason"] for each in reversed(kit.audit()) if each.action == "signin.failed"]


def changed(address, **parameters):
    """*address* with other parameters."""
    parts = urlsplit(address)
    return f"{CALLBACK}?{urlencode({**dict(parse_qsl(parts.query)), **parameters})}"


class TestCode:
    def test_whoever_breaks_off_is_told_so(self, kit, visit):
        """403, and a way to begin again."""
        someone = visit(kit)
        answer = someone.come_back(someone.person.break_off(someone.set_out()))
        text = answer.get_data(as_text=True)
        assert answer.status_code == 403
        assert "you broke off" in text
        assert 'href="/login"' in text
        assert failures(kit) == ["answer: access_denied"]
        assert not someone.is_in

    def test_an_answer_counts_once(self, kit, visit):
        """Whoever finds it in a history is not signed in with it."""
        someone = visit(kit)
        way = someone.person.sign_in(someone.set_out(), "s-1001")
        assert someone.come_back(way).status_code == 303
        someone.client.post("/logout")
        assert someone.come_back(way).status_code == 400
        assert not someone.is_in
        assert failures(kit) == ["state"]

    def test_an_answer_is_worth_nothing_in_another_browser(self, kit, visit):
        """Neither can a thief use it, nor can anybody be signed in as somebody else by a link; and its owner
        still can use it."""
        owner, other = visit(kit), visit(kit)
        other.set_out()
        way = owner.person.sign_in(owner.set_out(), "s-1001")
        assert other.come_back(way).status_code == 400
        assert not other.is_in
        assert owner.come_back(way).status_code == 303

    def test_a_stolen_code_fits_no_other_attempt(self, kit, visit):
        """The provider wants the verifier that it was asked for with (PKCE)."""
        owner, thief = visit(kit), visit(kit)
        code = dict(parse_qsl(urlsplit(owner.person.sign_in(owner.set_out(), "s-1001")).query))["code"]
        own_way = thief.person.sign_in(thief.set_out(), "s-1002")
        answer = thief.come_back(changed(own_way, code=code))
        assert answer.status_code == 401
        assert "is not believed here" in answer.get_data(as_text=True)
        assert failures(kit) == ["token endpoint: invalid_grant"]
        assert not thief.is_in

    def test_a_code_that_the_provider_never_gave_is_worth_nothing(self, kit, visit):
        """However it looks."""
        for code in ("x", "æ😀", "x" * 4_000, "a&b=c\r\nX: y"):
            someone = visit(kit)
            way = someone.person.sign_in(someone.set_out(), "s-1001")
            assert someone.come_back(changed(way, code=code)).status_code == 401
            assert not someone.is_in

    def test_an_answer_in_the_name_of_another_provider_is_refused(self, kit, visit):
        """RFC 9207; this provider always says who it is."""
        for issuer in ("https://evil.example", None):
            someone = visit(kit)
            way = someone.person.sign_in(someone.set_out(), "s-1001")
            forged = changed(way, iss=issuer) if issuer else changed(way).replace("&iss=", "&x=")
            assert someone.come_back(forged).status_code == 400
        assert set(failures(kit)) == {"issuer of the answer"}

    def test_two_ways_in_one_browser_do_not_spoil_each_other(self, kit, visit):
        """Somebody may have begun in two windows."""
        someone = visit(kit)
        ways = [someone.person.sign_in(someone.set_out(), "s-1001") for _ in range(2)]
        assert someone.come_back(ways[1]).status_code == 303
        assert someone.come_back(ways[0]).status_code in {303, 400}


class TestForged:
    @given(
        st.dictionaries(
            st.sampled_from(["state", "code", "error", "iss", "error_description", "id_token"]),
            st.text(max_size=60) | st.just("x" * 10_000) | st.just("<script>alert(1)</script>"),
        )
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_comes_is_answered_with_a_card(self, kit, parameters):
        """4xx, without a word of what was sent, and written down."""
        origin = {"REMOTE_ADDR": f"10.0.0.{next(ADDRESSES)}"}
        answer = kit.anonymous().flask.get(CALLBACK, query_string=parameters, environ_overrides=origin)
        assert answer.status_code == 400
        assert "<script>alert" not in answer.get_data(as_text=True)
        assert set(failures(kit)) == {"state"}

    def test_whoever_is_made_to_try_keeps_nobody_at_their_address_waiting(self, kit):
        """Nobody guesses a state, and any page with a picture could have somebody's browser ask here."""
        client = kit.anonymous()
        statuses = {client.flask.get(f"{CALLBACK}?state={each}").status_code for each in range(33)}
        assert statuses == {400}
        assert client.flask.post("/login", data={"user_id": "X", "password": "Y"}).status_code == 401

    def test_what_stands_there_twice_counts_as_nothing(self, kit, visit):
        """It could be read in two ways."""
        someone = visit(kit)
        way = someone.person.sign_in(someone.set_out(), "s-1001")
        state = dict(parse_qsl(urlsplit(way).query))["state"]
        assert someone.come_back(f"{way}&state={state}").status_code == 400
        assert not someone.is_in

    def test_looking_at_it_uses_nothing_up(self, kit, visit):
        """As mail scanners do."""
        someone = visit(kit)
        way = someone.person.sign_in(someone.set_out(), "s-1001")
        parts = urlsplit(way)
        assert someone.client.flask.head(f"{parts.path}?{parts.query}").status_code == 200
        assert someone.come_back(way).status_code == 303

    def test_it_takes_no_form(self, kit):
        """What a provider posts would come without the browser's cookie."""
        assert kit.anonymous().flask.post(CALLBACK, data={"state": "x"}).status_code == 405


class TestSetUp:
    def test_a_provider_that_is_down_keeps_nobody_else_out(self, host_with, provider):
        """502 with a sentence, and the password still works."""
        port = free_port()
        allowed = {"TABHOST_OUTBOUND_ALLOW": f"localhost:{port}"}
        kit = host_with(environment={**provider.settings(ISSUER=f"http://localhost:{port}"), **allowed})
        add_person(kit)
        answer = kit.anonymous().flask.get("/login/openid")
        assert answer.status_code == 502
        assert "cannot be reached" in answer.get_data(as_text=True)
        assert failures(kit) == ["no answer: ConnectError"]
        assert sign_in(kit.anonymous(), USER, PASSWORD).status_code == 303

    def test_one_that_nobody_allowed_is_not_called(self, host_with, provider):
        """It is on this machine, and without TLS."""
        environment = provider.settings()
        del environment["TABHOST_OUTBOUND_ALLOW"]
        kit = host_with(environment=environment)
        assert kit.anonymous().flask.get("/login/openid").status_code == 502
        assert failures(kit) == ["no answer: RefusedError"]

    def test_one_that_calls_itself_something_else_is_not_believed(self, trusting, provider):
        """To the letter (OpenID Connect Discovery 4.3)."""
        kit = trusting(ISSUER=f"{provider.issuer}/")
        assert kit.anonymous().flask.get("/login/openid").status_code == 502
        assert failures(kit) == ["issuer of the metadata"]

    def test_a_wrong_client_secret_is_written_down_but_not_shown(self, trusting, visit):
        """The person cannot mend it."""
        kit = trusting(CLIENT_SECRET="another secret")
        answer = visit(kit).sign_in("s-1001")
        assert answer.status_code == 502
        assert "another secret" not in answer.get_data(as_text=True)
        assert failures(kit) == ["token endpoint: invalid_client"]
