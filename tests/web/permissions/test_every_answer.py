"""What every answer carries and every change asks for, held against the map of all addresses.

Sources: ASVS 3.2.1, 3.4.1 to 3.4.6, 3.5.1 to 3.5.3, 14.3.2.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket

import pytest
from builders.furnished import furnish_for

from host.cli.web_server import make_visitors_server, serve_until_stopped
from host.engine.runner.children import fork
from host.testing import installed, make_host
from host.web.headers import SECURE, SECURITY_HEADERS

from .people import EXAMPLES, PLUGINS, Visitor, Way, add, really_there

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
WITHOUT_A_SESSION = frozenset({"/login", "/login/second"})
"""There is no token yet; another site cannot send these either."""
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
TOKENS = (None, "", "x" * 43, "tøken")


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A host with every plugin of the product and the sample of a stranger's."""
    folder = tmp_path_factory.mktemp("answers") / "host"
    found = installed(*PLUGINS)
    furnish_for(f"sqlite:///{folder / 'tabhost.db'}", found)
    kit = make_host(folder, found, environment={"TABHOST_MAX_UPLOAD_MB": "1"})
    yield kit
    kit.close()


@pytest.fixture(scope="module")
def visitor(kit):
    """Somebody who may do everything."""
    return Visitor(kit, "ADMIN", add(kit, "ADMIN", "administrator"))


def ways(kit, methods):
    """Every address with these methods, whether it takes them or not."""
    rules = sorted({rule for _, rule in really_there(kit)})
    return [Way(method, rule, ()) for rule in rules for method in methods]


def lacking(answer, *, secure=False):
    """Headers that an answer has not, or not as it must."""
    wanted = SECURITY_HEADERS | (SECURE if secure else {})
    found = [name for name, value in wanted.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("Content-Security-Policy", "")
    parts = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
    for name in ("default-src", "base-uri", "frame-ancestors"):
        if parts.get(name) != "'none'":
            found.append(name)
    if "unsafe" in policy and "sandbox" not in parts:
        found.append("unsafe")
    if "Cache-Control" not in answer.headers:
        found.append("Cache-Control")
    return found + [name for name in ("Server", "X-Powered-By") if name in answer.headers]


class TestHeaders:
    def test_every_answer_of_every_address_carries_them(self, kit, visitor):
        """By any method, whether it is taken or not; signed in, and not."""
        wrong, statuses = [], set()
        for client in (kit.app.test_client(), visitor.flask):
            for way in ways(kit, METHODS):
                answer = client.open(way.path(visitor.number), method=way.method)  # no token: nothing is done
                statuses.add(answer.status_code)
                if missing := lacking(answer):
                    wrong.append((way.method, way.rule, answer.status_code, missing))
        assert wrong == []
        assert {200, 303, 401, 403, 404, 405} <= statuses

    def test_behind_tls_they_bind_browsers_to_it(self, kit):
        """For a year, and whatever stands below this name (ASVS 3.4.1); without TLS nothing is said of it."""
        for path in ("/login", "/no-such", "/api/v1/me", "/favicon.ico"):
            assert lacking(kit.app.test_client().get(path, base_url="https://localhost"), secure=True) == []
            assert "Strict-Transport-Security" not in kit.app.test_client().get(path).headers

    def test_signed_in_pages_are_kept_by_nobody(self, kit, visitor):
        """Pages, fragments and what the API says. Files have names that change with them; portraits are asked
        for again each time.
        """
        kept = []
        for way in ways(kit, ["GET"]):
            answer = visitor.flask.get(way.path(visitor.number))
            if answer.headers["Cache-Control"] != "no-store" and answer.status_code != 404:
                kept.append((way.rule, answer.headers["Cache-Control"]))
        assert {rule.split("/")[1] for rule, _ in kept} <= {"static", "favicon.ico", "portraits", "tabs"}
        assert {said for rule, said in kept if rule.startswith("/tabs/")} <= {"private, no-cache"}

    def test_errors_of_all_kinds_carry_them(self, kit, visitor, monkeypatch):
        """What is too large, too often, unreadable, and what fails in the host itself."""
        anonymous, confused = kit.app.test_client(), kit.app.test_client()
        anonymous.environ_base["REMOTE_ADDR"] = "192.0.2.50"  # where too much is tried
        confused.set_cookie("tabhost_session", "x")
        answers = [
            anonymous.post("/login", data=b"x" * 1_000_001),
            anonymous.get("/%ff%fe\x00"),
            anonymous.open("/login", method="BREW"),
            anonymous.get("/api/v1/me", headers={"Authorization": "Bearer x"}),
            confused.get("/api/v1/me", headers={"Authorization": "Bearer x"}),
            visitor.flask.get("/static/host/x/" + "a" * 300),
        ]
        wrong = {"user_id": "NOBODY", "password": "a wrong one"}
        answers += [anonymous.post("/login", data=wrong) for _ in range(8)]

        def fail(*_):
            raise RuntimeError("boom")

        for place in ("host.web.rest.list_plugins", "host.web.plugins_page.list_plugins"):
            monkeypatch.setattr(place, fail)
        answers += [visitor.flask.get("/plugins"), visitor.flask.get("/api/v1/plugins")]
        found = {each.status_code for each in answers}
        assert {400, 401, 404, 405, 413, 429, 500} <= found
        assert [(each.status_code, lacking(each)) for each in answers if lacking(each)] == []

    def test_an_answer_that_nobody_could_dress_is_dressed_all_the_same(self, kit, monkeypatch):
        """The last one who sees it does that."""

        def fail(*_):
            raise RuntimeError("boom")

        monkeypatch.setattr("host.web.doors.note_refusal", fail)
        answer = kit.app.test_client().get("/login", base_url="https://localhost")
        assert (answer.status_code, lacking(answer, secure=True)) == (500, [])


RAW = {
    "no request at all": b"nonsense\r\n\r\n",
    "a method that is none": b"G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a huge header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    "too much without a length": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"800\r\n" + b"a" * 2048 + b"\r\n0\r\n\r\n",
    "an application that fails": b"GET /boom HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.fixture(scope="module")
def address():
    """A server of an application that always fails."""
    listener = socket.create_server(("127.0.0.1", 0))

    def boom(_environ, _start_response):
        raise RuntimeError("boom")

    def work():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        channels = {}
        serve_until_stopped(make_visitors_server(boom, listener, 1, largest=1000, map=channels), channels)

    child = fork(work)
    yield listener.getsockname()
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    listener.close()


class TestTheServerItself:
    @pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
    def test_what_it_answers_without_any_application_carries_them(self, address, raw):
        """And no name of the program."""
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(raw)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status >= 400
            assert lacking(answer) == []
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert b"Traceback" not in answer.read()


class TestForgedRequests:
    @pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()))
    def test_no_change_can_be_sent_from_another_site(self, kit, visitor, headers):
        """Every unsafe address of the host and of plugins: 403 with the right token, and nothing is done."""
        visitor.sign_in()
        before, token = len(kit.audit()), {"X-CSRF-Token": visitor.session.csrf_token}
        passed = []
        for method, rule in sorted(really_there(kit)):
            if method in UNSAFE:
                way = Way(method, rule, ())
                answer = visitor.flask.open(way.path(visitor.number), method=method, headers=token | headers)
                if answer.status_code != 403:
                    passed.append((method, rule, answer.status_code))
        assert passed == []
        assert {each.action for each in kit.audit()[: len(kit.audit()) - before]} <= {"access.refused"}
        assert visitor.session is not None

    @pytest.mark.parametrize("token", TOKENS)
    @pytest.mark.parametrize("body", [{"json": {"a": 1}}, {"data": {"a": "1"}}], ids=["JSON", "a form"])
    def test_no_change_can_be_made_without_the_right_token(self, kit, visitor, token, body):
        """Every one of them, whatever the form of what is sent."""
        visitor.sign_in()
        headers = {} if token is None else {"X-CSRF-Token": token.encode().decode("latin-1")}
        before, passed = len(kit.audit()), []
        for method, rule in sorted(really_there(kit)):
            if method in UNSAFE and rule not in WITHOUT_A_SESSION:
                way = Way(method, rule, ())
                answer = visitor.flask.open(way.path(visitor.number), method=method, headers=headers, **body)
                if answer.status_code != 403:
                    passed.append((method, rule, answer.status_code))
        assert passed == []
        assert {each.action for each in kit.audit()[: len(kit.audit()) - before]} <= {"access.refused"}
        assert visitor.session is not None


def test_names_in_addresses_have_examples(kit):
    """Else an address would be asked for by a rule, and be no such address."""
    assert not [way.path(1) for way in ways(kit, ["GET"]) if "<" in way.path(1)]
    assert EXAMPLES
