"""Fresh proof: what is dangerous asks once more who it is, and then goes on to where one wanted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders.accounts import PASSWORD, add_person, is_signed_in, sign_in
from builders.factors import SETUP, set_up
from builders.plugins import neighbour

from host.domain.sessions import PROOF_LIFE
from host.services import signing_in

SECOND = timedelta(seconds=1)
PROOF = "/api/v1/me/proof"
HERE = {"Referer": "http://localhost/profile?a=1"}


@pytest.fixture
def kit(host_with):
    """A host with one tab and one account."""
    kit = host_with(neighbour())
    add_person(kit)
    return kit


@pytest.fixture
def client(kit):
    """That account, whose last proof has just become too old."""
    client = kit.anonymous()
    sign_in(client)
    kit.clock.advance(PROOF_LIFE)
    return client


def opens(client) -> bool:
    """Whether a dangerous page opens; asked for in the address, so that nothing is changed."""
    answer = client.flask.get(f"{SETUP}/remove")
    assert answer.status_code in {200, 303}
    return answer.status_code == 200


class TestWhenItIsAsked:
    def test_ten_minutes_after_a_proof_and_no_sooner(self, kit):
        """Signing in is one."""
        client = kit.anonymous()
        sign_in(client)
        kit.clock.advance(PROOF_LIFE - SECOND)
        assert opens(client)
        kit.clock.advance(SECOND)
        assert not opens(client)
        assert is_signed_in(client)

    def test_a_page_asks_and_then_goes_on_to_what_was_wanted(self, client):
        """With what stood behind the question mark."""
        asked = client.flask.get(f"{SETUP}/remove?a=b")
        assert asked.headers["Location"] == f"/proof?next={SETUP}/remove%3Fa%3Db"
        form = client.get(asked.headers["Location"])
        assert "Is it still you?" in form.text
        assert "was not done" not in form.text
        sent = {"csrf_token": client.token(), "password": PASSWORD, "next": f"{SETUP}/remove?a=b"}
        assert client.flask.post("/proof", data=sent).headers["Location"] == f"{SETUP}/remove?a=b"
        assert opens(client)

    def test_what_was_sent_is_not_done_and_leads_back_to_its_form(self, client):
        """A POST cannot be asked again with a link."""
        sent = {"csrf_token": client.token()}
        asked = client.flask.post("/profile/sessions/end-others", data=sent, headers=HERE)
        assert asked.headers["Location"] == "/proof?next=/profile%3Fa%3D1&sent=yes"
        assert "was not done" in client.get(asked.headers["Location"]).text

    @pytest.mark.parametrize(
        "referrer", ["", "http://evil.example/profile", "javascript:alert(1)", "http://[", "//evil.example"]
    )
    def test_it_never_leads_to_another_site(self, client, referrer):
        """Neither by the referrer nor by the address of the page."""
        asked = client.flask.post(
            "/profile/sessions/end-others", data={"csrf_token": client.token()}, headers={"Referer": referrer}
        )
        assert asked.headers["Location"] == "/proof?next=/&sent=yes"
        sent = {"csrf_token": client.token(), "password": PASSWORD, "next": referrer or "\\\\evil.example"}
        assert client.flask.post("/proof", data=sent).headers["Location"] == "/"

    def test_a_fragment_leads_the_whole_page_there(self, client):
        """And back to the page that htmx was on."""
        token = {"X-CSRF-Token": client.token(), "HX-Request": "true"}
        page = {"HX-Current-URL": "http://localhost/profile"}
        answer = client.flask.post("/profile/sessions/end-others", headers={**token, **page})
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/proof?next=/profile&sent=yes")

    def test_the_api_says_what_to_send(self, client):
        """403 with a sentence; then it goes on."""
        refused = client.call("DELETE", "/api/v1/me/sessions")
        assert refused.status == 403
        assert PROOF in refused.response.json["message"]
        proved = client.call("POST", PROOF, {"password": PASSWORD})
        assert proved.response.json["csrf_token"] == client.token()
        assert client.call("DELETE", "/api/v1/me/sessions").status == 204


class TestWhatProves:
    def test_the_session_has_a_new_id_and_a_new_csrf_token(self, kit, client):
        """ASVS 7.2.4: the old ones are worth nothing."""
        old, token = client.flask.get_cookie("tabhost_session").value, client.token()
        client.post("/proof", {"password": PASSWORD})
        assert client.flask.get_cookie("tabhost_session").value != old
        assert client.token() != token
        assert signing_in.who(kit.house, old) is None
        assert client.flask.post("/logout", data={"csrf_token": token}).status_code == 403
        assert ("session.proved", {"by": "password"}) in [(each.action, each.after) for each in kit.audit()]

    @pytest.mark.parametrize(
        "sent", [{}, {"password": ""}, {"password": "wrong horse"}, {"code": "123456"}, {"code": "\x00"}]
    )
    def test_nothing_else_does(self, client, sent):
        """401 with the form again, 403 for the API; the session stays as it was."""
        page = client.post("/proof", sent)
        assert (page.status, "That is not right" in page.text) == (401, True)
        assert client.call("POST", PROOF, sent).status == 403
        assert not opens(client)
        assert is_signed_in(client)

    def test_a_code_of_the_app_does_once(self, kit):
        """The same rules as in signing in."""
        client = kit.anonymous()
        sign_in(client)
        app = set_up(kit, client)
        kit.clock.advance(PROOF_LIFE)
        assert client.post("/proof", {"code": app.code()}).status == 200
        assert opens(client)
        kit.clock.advance(PROOF_LIFE)
        assert client.post("/proof", {"code": app.code(-20)}).status == 401
        assert client.call("POST", PROOF, {"code": app.recovery[0]}).status == 200

    def test_who_has_neither_is_told_to_take_a_new_link(self, kit):
        """And a new link is a proof."""
        client = kit.client("viewer")
        assert opens(client)
        kit.clock.advance(PROOF_LIFE)
        assert not opens(client)
        assert "neither a password nor a second factor" in client.get("/proof").text
        assert client.post("/proof", {"password": "x"}).status == 401
        assert opens(kit.client("viewer"))

    def test_nobody_else_can_prove_it(self, kit, client):
        """Without a session there is nothing to prove."""
        stranger = kit.anonymous()
        assert stranger.flask.post("/proof", data={"password": PASSWORD}).headers["Location"] == "/login"
        assert stranger.flask.post(PROOF, json={"password": PASSWORD}).status_code == 401
        assert client.flask.post("/proof", data={"password": PASSWORD}).status_code == 403
        assert not opens(client)
