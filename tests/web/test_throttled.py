"""Guessing at the sign-in form, and where visitors come from."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from datetime import timedelta

import pytest
from builders.accounts import PASSWORD, USER, add_person, is_signed_in, sign_in
from builders.plugins import neighbour

from host.cli.web_server import believing, make_server, serve_until_stopped
from host.domain.throttling import ACCOUNT
from host.engine.runner.children import fork
from host.services import passwords

TRIES = ACCOUNT.free + 1


@pytest.fixture
def kit(host_with):
    """A host with one tab and one account."""
    kit = host_with(neighbour())
    add_person(kit)
    return kit


def guess(client, user_id=USER, tries=TRIES):
    return [sign_in(client, user_id, "a wrong one").status_code for _ in range(tries)]


class TestGuessing:
    def test_whoever_guesses_waits_and_is_told_how_long(self, kit):
        """The right password is not looked at either."""
        client = kit.anonymous()
        assert guess(client) == [401] * TRIES
        refused = sign_in(client)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert "try again in 1 s" in refused.get_data(as_text=True)
        assert not is_signed_in(client)
        kit.clock.advance(timedelta(seconds=1))
        sign_in(client)
        assert is_signed_in(client)

    def test_an_account_that_is_not_there_waits_alike(self, kit):
        """Same statuses, same words, same header."""
        answers = []
        for name in (USER, "NOBODY"):
            client = kit.anonymous()
            guess(client, name)
            refused = sign_in(client, name, "a wrong one")
            text = refused.get_data(as_text=True).replace(name, "")
            answers.append((refused.status_code, refused.headers["Retry-After"], text))
        assert answers[0] == answers[1]

    def test_no_password_is_hashed_for_whoever_has_to_wait(self, kit, monkeypatch):
        """A flood costs the host next to nothing."""
        hashed = []
        right = passwords.matches
        monkeypatch.setattr(
            "host.services.signing_in.matches", lambda *given: hashed.append(1) or right(*given)
        )
        assert guess(kit.anonymous(), tries=TRIES + 5) == [401] * TRIES + [429] * 5
        assert len(hashed) == TRIES

    def test_others_cannot_keep_somebody_out_of_their_own_browser(self, kit):
        """It has signed in before; what strangers try is not its business."""
        own = kit.anonymous()
        sign_in(own)
        own.post("/logout")
        guess(kit.anonymous())
        assert sign_in(kit.anonymous()).status_code == 429
        sign_in(own)
        assert is_signed_in(own)

    @pytest.mark.parametrize("cookie", ["", "x", "W10.x.y", "\u00e9", "a" * 4000])
    def test_a_forged_cookie_is_no_browser_that_is_known(self, kit, cookie):
        client = kit.anonymous()
        guess(client)
        client.flask.set_cookie("tabhost_browser", cookie)
        assert sign_in(client, password=PASSWORD).status_code == 429

    def test_a_page_full_of_links_keeps_nobody_at_its_readers_address_waiting(self, kit):
        """Nobody guesses 256 bits; but any page can have a browser ask for what it calls pictures."""
        client = kit.anonymous()
        statuses = {client.flask.get(f"/login/once/guess{number}").status_code for number in range(40)}
        assert statuses == {410}
        sign_in(client)
        assert is_signed_in(client)

    def test_strangers_keep_nobody_from_proving_who_they_are(self, kit):
        """Whoever is signed in counts by their session, and has no more tries than others."""
        person = kit.anonymous()
        sign_in(person)
        guess(kit.anonymous())
        assert sign_in(kit.anonymous()).status_code == 429
        token = person.token()
        tries = [
            person.flask.post("/proof", data={"password": "a wrong one", "csrf_token": token}).status_code
            for _ in range(TRIES + 1)
        ]
        assert tries == [401] * TRIES + [429]


class TestProxies:
    @pytest.mark.parametrize(
        ("proxy", "told"),
        [
            ("127.0.0.1", "https 203.0.113.9 crm.example"),
            ("", "http 127.0.0.1"),
            ("192.0.2.1", "http 127.0.0.1"),
        ],
    )
    def test_where_somebody_comes_from_only_the_trusted_proxy_says(self, proxy, told):
        """Else anybody could say that they are somebody else."""
        listener = socket.create_server(("127.0.0.1", 0))

        def page(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']} {environ['HTTP_HOST']}".encode()]

        def work():
            channels = {}
            serve_until_stopped(make_server(page, listener, 2, map=channels, **believing(proxy)), channels)

        child = fork(work)
        try:
            connection = http.client.HTTPConnection(*listener.getsockname(), timeout=10)
            headers = {
                "X-Forwarded-For": "203.0.113.9",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-Host": "crm.example",
            }
            connection.request("GET", "/", headers=headers)
            assert connection.getresponse().read().decode().startswith(told)
            connection.close()
        finally:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
            listener.close()
