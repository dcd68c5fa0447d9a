"""A provider whose answers do not hold: each is refused with a card, written down, and signs nobody in."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pytest
from builders.lying_provider import (
    CLIENT,
    FALSE,
    NEW,
    SECRET,
    lying_provider,
    shared_secret,
)
from joserfc.jwk import RSAKey

from host.services import openid_provider
from host.testing import make_host
from host.testing.kit import Clock

NOW = int(Clock().now.timestamp())
ADDRESSES = count(1)
"""Each test comes from another: none of them is throttled for what came before."""
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A provider that lies, and a host that asks it."""
    with lying_provider(Clock().now) as provider:
        environment = {
            "TABHOST_OIDC_ISSUER": provider.issuer,
            "TABHOST_OIDC_CLIENT_ID": CLIENT,
            "TABHOST_OIDC_CLIENT_SECRET": SECRET,
            "TABHOST_OIDC_CREATE": "yes",
            "TABHOST_OIDC_TRUST_SECOND_FACTOR": "yes",
            "TABHOST_OUTBOUND_ALLOW": f"localhost:{provider.port}",
        }
        kit = make_host(tmp_path_factory.mktemp("lies"), environment=environment)
        yield provider, kit
        kit.close()


@pytest.fixture
def provider(world):
    """The provider; it lies only as one test tells it."""
    provider, kit = world
    yield provider
    provider.truth()
    forget(kit)
    for kept in (kit.house.sieve._since, kit.house.sieve._held):
        kept.clear()  # else what another test was refused for would be written down only once for both


@pytest.fixture
def kit(world):
    """The host."""
    return world[1]


def forget(kit):
    """Have the host ask the provider anew what it is."""
    kit.house.provider._known = kit.house.provider._keys = None


def sign_in(provider, kit):
    """One attempt, from an address of its own; what the host answers, and the browser."""
    client = kit.anonymous()
    way = client.flask.get("/login/openid").headers["Location"]
    asked = dict(parse_qsl(urlsplit(way).query))
    provider.nonce = asked["nonce"]
    answer = client.flask.get(
        "/login/openid/callback",
        query_string={"code": "c", "state": asked["state"]},
        environ_overrides={"REMOTE_ADDR": f"10.0.0.{next(ADDRESSES)}"},
    )
    return answer, client


def newest_failure(kit):
    """Why the last attempt failed."""
    newest = kit.audit()[0]
    assert newest.action == "signin.failed"
    return newest.after["reason"]


def is_in(client):
    return client.flask.get("/login").status_code == 303


class TestTruth:
    def test_it_signs_in(self, provider, kit):
        """Else nothing below would show anything."""
        answer, client = sign_in(provider, kit)
        assert answer.status_code == 303
        assert is_in(client)

    def test_a_key_that_is_new_is_asked_for(self, provider, kit):
        """Providers change theirs; and it may be of another kind."""
        assert sign_in(provider, kit)[0].status_code == 303
        provider.key, provider.header, provider.keys = NEW, {"alg": "ES256"}, [NEW]
        assert sign_in(provider, kit)[0].status_code == 303

    def test_a_clock_may_be_a_little_off(self, provider, kit):
        """By less than a minute."""
        provider.claims = {"iat": NOW + 50, "nbf": NOW + 50, "exp": NOW + 300}
        assert sign_in(provider, kit)[0].status_code == 303
        provider.claims = {"exp": NOW - 50}
        assert sign_in(provider, kit)[0].status_code == 303

    def test_where_there_is_one_key_it_need_not_be_named(self, provider, kit):
        """OpenID Connect Core 10.1."""
        provider.header = {"alg": "RS256", "kid": None}
        assert sign_in(provider, kit)[0].status_code == 303

    def test_for_several_it_is_good_where_it_is_for_this_one(self, provider, kit):
        """As azp says."""
        provider.claims = {"aud": [CLIENT, "other"], "azp": CLIENT}
        assert sign_in(provider, kit)[0].status_code == 303

    @pytest.mark.parametrize(("said", "second"), [({"amr": ["pwd", "otp"]}, True), ({"amr": ["pwd"]}, False)])
    def test_a_second_factor_counts_where_the_operator_says_so(self, provider, kit, said, second):
        """ASVS 6.8.4."""
        provider.claims = said
        sign_in(provider, kit)
        assert kit.audit()[0].after == {"proved": ["openid", "second"] if second else ["openid"]}


LIES = {
    "nonce of another attempt": ({"nonce": "x" * 43}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "another issuer": ({"iss": "https://evil.example"}, "iss"),
    "no issuer": ({"iss": None}, "iss"),
    "for somebody else": ({"aud": "other"}, "aud"),
    "for several, but not this one": ({"aud": ["other", "another"]}, "aud"),
    "for several without saying whom": ({"aud": [CLIENT, "other"]}, "azp"),
    "made for another of several": ({"aud": [CLIENT, "other"], "azp": "other"}, "azp"),
    "for nobody": ({"aud": None}, "aud"),
    "over": ({"exp": NOW - 61}, "exp"),
    "without an end": ({"exp": None}, "exp"),
    "an end that is no time": ({"exp": "soon"}, "exp"),
    "of the future": ({"iat": NOW + 61}, "iat"),
    "not yet": ({"nbf": NOW + 61}, "nbf"),
    "without a time": ({"iat": None}, "iat"),
    "about nobody": ({"sub": None}, "sub"),
    "about a number": ({"sub": 5}, "sub"),
    "about nothing": ({"sub": ""}, "sub"),
    "about too much": ({"sub": "x" * 256}, "sub"),
    "with a NUL": ({"sub": "a\0b"}, "sub"),
    "with another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
}


class TestClaims:
    @pytest.mark.parametrize(("claims", "named"), LIES.values(), ids=LIES)
    def test_a_token_that_does_not_hold_signs_nobody_in(self, provider, kit, claims, named):
        """401; the log names the claim, the page does not."""
        provider.claims = claims
        answer, client = sign_in(provider, kit)
        assert answer.status_code == 401
        assert "is not believed here" in answer.get_data(as_text=True)
        assert newest_failure(kit) == f"ID token: {named}"
        assert not is_in(client)


class TestSignature:
    @pytest.mark.parametrize(
        ("key", "algorithm"),
        [
            (FALSE, "RS256"),
            (shared_secret(), "HS256"),
            (shared_secret(), "none"),
        ],
        ids=["another key", "the shared secret", "none"],
    )
    @pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # of the lie, where it is made
    def test_one_that_is_not_the_providers_signs_nobody_in(self, provider, kit, key, algorithm):
        """Only algorithms with a private half count."""
        provider.key, provider.header = key, {"alg": algorithm}
        answer, client = sign_in(provider, kit)
        assert answer.status_code == 401
        assert newest_failure(kit).startswith("ID token: ")
        assert not is_in(client)

    @pytest.mark.parametrize(
        "more",
        [{"jwk": FALSE.as_dict(private=False)}, {"jku": "https://evil.example/keys"}, {"kid": None}],
        ids=["jwk", "jku", "none named"],
    )
    def test_a_token_cannot_bring_its_own_key(self, provider, kit, more):
        """Keys come from where the provider keeps them, and from nowhere else (ASVS 9.1.3)."""
        provider.key, provider.header = FALSE, {"alg": "RS256", **more}
        assert sign_in(provider, kit)[0].status_code == 401

    @pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt"])
    def test_a_token_of_another_kind_is_not_taken_for_one(self, provider, kit, kind):
        """ASVS 9.2.2."""
        provider.header = {"alg": "RS256", "typ": kind}
        assert sign_in(provider, kit)[0].status_code == 401
        assert newest_failure(kit) == "ID token: typ"

    def test_a_shared_secret_among_the_public_keys_is_passed_over(self, provider, kit):
        """It would be no secret."""
        provider.keys, provider.key, provider.header = [shared_secret()], shared_secret(), {"alg": "HS256"}
        assert sign_in(provider, kit)[0].status_code == 502
        assert newest_failure(kit) == "no keys"

    @pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # of the lie, where it is made
    def test_a_key_that_is_too_short_is_passed_over(self, provider, kit):
        """Others can find its private half."""
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
        provider.keys, provider.key = [weak], weak
        assert sign_in(provider, kit)[0].status_code == 502
        assert newest_failure(kit) == "no keys"

    def test_a_changed_token_signs_nobody_in(self, provider, kit):
        """By one letter."""
        honest = provider._tokens

        def changed():
            token = honest()
            head, body, signature = token["id_token"].split(".")
            letter = "A" if signature[5] != "A" else "B"
            return {**token, "id_token": f"{head}.{body}.{signature[:5]}{letter}{signature[6:]}"}

        provider._tokens = changed
        try:
            answer, client = sign_in(provider, kit)
        finally:
            del provider._tokens
        assert answer.status_code == 401
        assert not is_in(client)


BROKEN = {
    "no ID token": ({"id_token": None}, 502),
    "no text": ({"id_token": 7}, 502),
    "rubbish": ({"id_token": "a.b.c"}, 401),
    "not ASCII": ({"id_token": "æ.😀.x"}, 401),
    "one part": ({"id_token": "abc"}, 401),
    "five parts": ({"id_token": "a.b.c.d.e"}, 401),
    "empty": ({"id_token": ""}, 401),
    "far too long": ({"id_token": "a" * 500_000}, 401),
}


class TestAnswers:
    @pytest.mark.parametrize(("token", "status"), BROKEN.values(), ids=BROKEN)
    def test_an_id_token_that_is_none_signs_nobody_in(self, provider, kit, token, status):
        """Never an error of the host."""
        provider.token = token
        answer, client = sign_in(provider, kit)
        assert answer.status_code == status
        assert not is_in(client)

    @pytest.mark.parametrize("path", ["/token", "/keys", "/user"])
    @pytest.mark.parametrize(
        "raw",
        [b"<html>", b"[]", b"7", b"{}", b"\xff\xfe", b"[" * 100_000, b"x" * 1_100_000],
        ids=["a page", "a list", "a number", "nothing", "no text", "deep", "huge"],
    )
    def test_what_is_not_to_be_read_signs_nobody_in(self, provider, kit, path, raw):
        """Nor does it stop the host."""
        provider.raw = {path: raw}
        answer, client = sign_in(provider, kit)
        assert answer.status_code in {401, 502}
        assert not is_in(client)

    @pytest.mark.parametrize("path", ["/token", "/keys", "/user"])
    @pytest.mark.parametrize("status", [302, 404, 500])
    def test_it_is_not_followed_elsewhere(self, provider, kit, path, status):
        """Nor is what comes with an error believed."""
        provider.status = {path: status}
        answer, client = sign_in(provider, kit)
        assert answer.status_code == 502
        assert not [each for each in provider.asked if "again" in each]
        assert not is_in(client)

    def test_user_information_about_another_is_not_believed(self, provider, kit):
        """OpenID Connect Core 5.3.2."""
        provider.user = {"sub": "s-2", "preferred_username": "ADMI"}
        answer, client = sign_in(provider, kit)
        assert answer.status_code == 401
        assert not is_in(client)

    @pytest.mark.parametrize("path", [DISCOVERY, "/token"])
    def test_one_that_drips_is_not_waited_for(self, provider, kit, monkeypatch, path):
        """The time is for the whole answer, not for each piece of it."""
        monkeypatch.setattr(openid_provider, "SECONDS", 0.3)
        if path == DISCOVERY:
            provider.drips = path
            answer = kit.anonymous().flask.get("/login/openid")
        else:
            client = kit.anonymous()
            way = client.flask.get("/login/openid").headers["Location"]
            provider.drips = path
            state = dict(parse_qsl(urlsplit(way).query))["state"]
            answer = client.flask.get(f"/login/openid/callback?code=c&state={state}")
        assert answer.status_code == 502
        assert "cannot be reached" in answer.get_data(as_text=True)


class TestMetadata:
    @pytest.mark.parametrize(
        "said",
        [
            {"issuer": "https://evil.example"},
            {"issuer": None},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"authorization_endpoint": "http://evil.example/in"},
            {"authorization_endpoint": 5},
            {"token_endpoint": None},
            {"token_endpoint": "http://169.254.169.254/token"},
            {"jwks_uri": "file:///etc/passwd"},
            {"end_session_endpoint": "https://user:secret@evil.example/"},
        ],
        ids=str,
    )
    def test_one_that_cannot_be_right_is_not_gone_by(self, provider, kit, said):
        """Nobody is sent there, and nothing is asked there."""
        forget(kit)
        provider.metadata = said
        answer = kit.anonymous().flask.get("/login/openid")
        assert answer.status_code == 502
        assert next(iter(said)).split("_")[0] in newest_failure(kit)

    def test_it_is_asked_for_once_an_hour(self, provider, kit):
        """Not at every sign-in."""
        forget(kit)
        provider.asked.clear()
        for _ in range(2):
            kit.anonymous().flask.get("/login/openid")
        assert provider.asked == [DISCOVERY]
        kit.clock.advance(timedelta(hours=1))
        kit.anonymous().flask.get("/login/openid")
        kit.clock.advance(-timedelta(hours=1))
        assert provider.asked == [DISCOVERY, DISCOVERY]

    def test_signing_out_does_not_wait_for_one_that_fails(self, provider, kit):
        """Whoever signs out here is out, whatever happens there."""
        _, client = sign_in(provider, kit)
        token = client.token()
        forget(kit)
        provider.raw = {DISCOVERY: b"{}"}
        answer = client.flask.post("/logout", data={"csrf_token": token})
        assert answer.status_code == 303
        assert not is_in(client)
