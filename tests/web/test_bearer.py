"""``Authorization: Bearer``: what a token opens, and everything that it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders.accounts import USER, add_person, sign_in
from builders.apis import noted
from builders.plugins import permissions, vendor
from builders.tokens import call, make_token

from host.api import Banner, Plain
from host.domain.people import command_line
from host.domain.throttling import ACCOUNT
from host.services import people
from host.services.access_tokens import list_tokens, revoke_token
from host.testing import make_host

ME, NOTES, PLUGINS = "/api/v1/me", "/api/v1/acme/notes", "/api/v1/plugins"
BOSS = "BOSS"
NOTE = {"text": "milk"}


@pytest.fixture
def kit(host_with, tmp_path):
    """A host whose plugin keeps notes by its API, an administrator and a viewer."""
    kit = host_with(noted(tmp_path / "m"))
    add_person(kit)
    add_person(kit, BOSS, "administrator")
    return kit


@pytest.fixture(scope="module")
def resting(tmp_path_factory):
    """The same, for tests that change nothing; with a token that may do everything."""
    folder = tmp_path_factory.mktemp("bearer")
    kit = make_host(folder / "host", [noted(folder / "m")])
    add_person(kit, BOSS, "administrator")
    every = sorted(command_line(kit.house.registry.permissions()).permissions)
    yield kit, make_token(kit, BOSS, *every)
    kit.close()


class TestWhatItOpens:
    def test_a_token_for_reading_reads_and_does_not_write(self, kit):
        """The account may; what this token is for is less."""
        token = make_token(kit, BOSS, "acme.view")
        assert call(kit, token, NOTES).json == []
        assert call(kit, token, NOTES, "POST", json=NOTE).status_code == 403
        assert call(kit, token, PLUGINS).status_code == 403
        assert call(kit, token, NOTES).json == []

    def test_one_for_writing_needs_no_csrf_token_and_no_origin(self, kit):
        """No browser sends it by itself. The log says who, and by which token."""
        token = make_token(kit, BOSS, "acme.view", "acme.manage")
        headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        assert call(kit, token, NOTES, "POST", json=NOTE, headers=headers).status_code == 201
        assert call(kit, token, NOTES).json == [NOTE]
        entry = kit.audit()[0]
        assert (entry.actor, entry.action) == (BOSS, "note.written")
        assert entry.origin == f"127.0.0.1 token {list_tokens(kit.house, BOSS)[0].id}"

    def test_it_says_who_it_is_and_what_it_may(self, kit):
        """Its own permissions, not the account's."""
        answer = call(kit, make_token(kit, BOSS, "acme.view"), ME).json
        assert (answer["user_id"], answer["permissions"]) == (BOSS, ["acme.view"])

    @pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
    def test_the_word_before_it_may_be_written_as_one_likes(self, resting, word):
        kit, token = resting
        answer = kit.app.test_client().get(ME, headers={"Authorization": f"{word}  {token} "})
        assert answer.status_code == 200

    def test_every_address_that_needs_a_permission_opens_to_it_and_no_other(self, resting):
        """From the map of addresses: with a fresh proof, or about one's own account, people alone come in."""
        kit, token = resting
        opened, proofs = set(), set()
        for rule in kit.app.url_map.iter_rules():
            if not rule.rule.startswith("/api/v1/") or rule.endpoint == "plugin_api.call":
                continue
            path = rule.rule.replace("<int(max=2147483647):number>", "2147483647")
            path = path.replace("<string:public_id>", "x").replace("<string:token_id>", "x")
            path = path.replace("<name>", "no_such")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                answer = call(kit, token, path, method)
                assert answer.status_code < 500, (method, path)
                if "An API token cannot" in answer.get_data(as_text=True):
                    proofs.add((method, rule.rule))
                else:
                    opened.add((method, rule.rule))
        own = {each for each in proofs if each[1].startswith((ME, "/api/v1/tokens"))}
        assert {("POST", "/api/v1/tokens"), ("POST", f"{ME}/password"), ("POST", f"{ME}/proof")} <= own
        assert {each for each in opened if each[1].startswith((ME, "/api/v1/tokens"))} == {("GET", ME)}
        assert ("PUT", "/api/v1/people/<int(max=2147483647):number>/roles") in proofs
        assert {
            ("GET", "/api/v1/plugins"),
            ("GET", "/api/v1/audit"),
            ("GET", "/api/v1/openapi.json"),
        } <= opened

    def test_no_page_is_one(self, resting):
        """There it is as if nothing had been shown."""
        kit, token = resting
        for path in ("/", "/people", "/tokens", "/tabs/acme/main/", "/api/v1x"):
            answer = call(kit, token, path)
            assert (answer.status_code, path) in {(303, path), (404, path)}
            assert "BOSS" not in answer.get_data(as_text=True)
        assert call(kit, token, "/me/language", "POST", data={"language": "da"}).status_code == 303


class TestWhatItDoesNot:
    @pytest.mark.parametrize(
        "token",
        [
            *("", " ", "x", "tabhost_", "tabhost__", f"tabhost_{'0' * 16}_{'A' * 43}"),
            *(f"tabhost_{'0' * 16}_{'A' * 44}", f"TABHOST_{'0' * 16}_{'A' * 43}", "null", "Bearer x"),
            *("tøken", b"\xff\xfe\x00", "\x00", "x" * 8000, "é" * 3000, "a\tb", "a, b"),
        ],
        ids=lambda token: repr(token[:12]),
    )
    def test_what_is_no_token_is_401_and_says_how_one_signs_in(self, resting, token):
        """Never an error of the host."""
        kit, _ = resting
        kit.clock.advance(timedelta(hours=2))  # so that nothing was tried before
        answer = call(kit, token, ME)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tabhost", error="invalid_token"'
        assert "API token is wrong" in answer.json["message"]

    def test_whoever_shows_nothing_is_told_how_one_signs_in_too(self, resting):
        """RFC 9110: a 401 says how."""
        answer = resting[0].anonymous().flask.get(ME)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="tabhost"')

    @pytest.mark.parametrize("word", ["Basic", "Digest", "Token", ""])
    def test_another_scheme_is_as_if_nothing_was_shown(self, resting, word):
        """A proxy may put such a header there."""
        kit, token = resting
        answer = kit.app.test_client().get(ME, headers={"Authorization": f"{word} {token}"})
        assert (answer.status_code, answer.json["message"]) == (401, "Sign in first.")

    @pytest.mark.parametrize("path", [ME, NOTES, "/api/v1/openapi.json", "/api/v1/no-such"])
    @pytest.mark.parametrize("cookie", ["tabhost_session", "__Host-tabhost_session", "tabhost_pending"])
    def test_together_with_a_cookie_it_is_400(self, resting, path, cookie):
        """Even a cookie that is worth nothing."""
        kit, token = resting
        client = kit.app.test_client()
        client.set_cookie(cookie, "x", secure=False)
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 400

    def test_together_with_a_session_nothing_is_done(self, kit):
        """The sentence says what to do instead."""
        token = make_token(kit, BOSS, "acme.manage")
        client = kit.anonymous()
        sign_in(client, BOSS)
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.call("POST", NOTES, NOTE, headers=headers)
        assert (answer.status, answer.response.json["message"]) == (
            400,
            "Send an API token or the cookie of a session, not both. Nothing was changed.",
        )
        assert kit.audit()[0].action != "note.written"

    @pytest.mark.parametrize(
        "act",
        [
            lambda kit: people.disable_account(kit.house, USER, command_line([])),
            lambda kit: revoke_token(kit.house, list_tokens(kit.house)[0].id, command_line([])),
            lambda kit: kit.clock.advance(timedelta(days=90)),
        ],
        ids=["disabled", "revoked", "over"],
    )
    def test_one_that_is_worth_nothing_any_more_is_401(self, kit, act):
        add_person(kit, "OTHER", "administrator")
        token = make_token(kit, USER, "acme.view")
        assert call(kit, token, NOTES).status_code == 200
        act(kit)
        assert call(kit, token, NOTES).status_code == 401

    def test_whoever_shows_wrong_ones_waits_and_others_do_not(self, kit):
        """A program with an old token keeps neither right tokens nor people out who share its address."""
        right = make_token(kit, USER, "acme.view")
        wrong = f"tabhost_{'0' * 16}_{'A' * 43}"
        statuses = [call(kit, wrong, ME).status_code for _ in range(ACCOUNT.free + 40)]
        assert statuses == [401] * (ACCOUNT.free + 1) + [429] * 39
        assert "Retry-After" in call(kit, wrong, ME).headers
        assert call(kit, right, ME).status_code == 200
        client = kit.anonymous()
        assert sign_in(client).status_code == 303
        assert [each.action for each in kit.audit()].count("signin.failed") == 1

    def test_who_must_have_a_second_factor_and_has_none_gets_nowhere(self, host_with, tmp_path):
        """By token no more than by browser."""
        kit = host_with(noted(tmp_path / "m"), environment={"TABHOST_SECOND_FACTOR": "administrators"})
        add_person(kit, BOSS, "administrator")
        answer = call(kit, make_token(kit, BOSS, "acme.view"), NOTES)
        assert answer.status_code == 403
        assert "second factor" in answer.json["message"]

    def test_while_the_host_is_closed_it_is_closed_to_tokens(self, host_with):
        """By what the account may do: a token that may do less shuts its owner's browser out no more."""

        def closed(actor):
            may = actor.may("acme.manage")
            return None if may else Banner(kind="stop", title=Plain("Closed"), more=Plain("For a while"))

        hooks = {"host_permissions": permissions("acme"), "host_login_allowed": closed}
        kit = host_with(vendor("acme", builtin=True, **hooks))
        for user_id, role in ((USER, "auditor"), (BOSS, "administrator")):
            add_person(kit, user_id, role)
        assert call(kit, make_token(kit, USER, "host.audit.view"), "/api/v1/audit").status_code == 503
        assert call(kit, make_token(kit, BOSS, "host.audit.view"), "/api/v1/audit").status_code == 200
        client = kit.anonymous()
        sign_in(client, BOSS)
        assert client.get("/people").status == 200


class TestRates:
    def test_too_many_calls_are_429_and_each_says_what_is_left(self, host_with, tmp_path):
        """Another token has its own allowance; the next minute begins anew."""
        kit = host_with(noted(tmp_path / "m"), environment={"TABHOST_API_RATE": "3"})
        add_person(kit)
        token, other = (make_token(kit, USER, "acme.view") for _ in range(2))
        answers = [call(kit, token, NOTES) for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert [each.headers["RateLimit-Remaining"] for each in answers] == ["2", "1", "0", "0"]
        assert {each.headers["RateLimit-Limit"] for each in answers} == {"3"}
        assert answers[3].headers["Retry-After"] == "60"
        assert "3 calls in a minute" in answers[3].json["message"]
        assert call(kit, other, NOTES).status_code == 200
        kit.clock.advance(timedelta(seconds=60))
        assert call(kit, token, NOTES).status_code == 200

    def test_calls_that_are_refused_count(self, host_with, tmp_path):
        """Asking for what one may not have costs as much."""
        kit = host_with(noted(tmp_path / "m"), environment={"TABHOST_API_RATE": "2"})
        add_person(kit)
        token = make_token(kit, USER, "acme.view")
        assert [call(kit, token, PLUGINS).status_code for _ in range(3)] == [403, 403, 429]

    @pytest.mark.parametrize("rate", ["0", "-1", "x", "1000001"])
    def test_a_rate_that_is_none_does_not_start(self, host_with, rate):
        with pytest.raises(Exception, match="TABHOST_API_RATE"):
            host_with(environment={"TABHOST_API_RATE": rate})
