"""The host's own calls: bounded in where they go, how long they take and how much they bring."""

from __future__ import annotations

import asyncio
import gzip
import socket

import httpx
import pytest
from builders.licence_server import licence_server

from host.domain.outbound import allowed_from
from host.services.outbound import Outbound, RefusedError, TooLargeError


@pytest.fixture(scope="module")
def server():
    """A web server on this machine."""
    with licence_server() as server:
        server.files["/a"] = b"hello"
        yield server


def calling(*allowed, **bounds):
    return Outbound(allowed_from(" ".join(allowed))).client(**bounds)


class TestWhere:
    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
    def test_a_host_of_this_machine_is_called_where_it_is_allowed_by_name(self, server, name):
        """By its name, whatever address stands behind that."""
        answer = calling(f"{name}:{server.port}").get(f"http://{name}:{server.port}/a")
        assert (answer.status_code, answer.content) == (200, b"hello")

    @pytest.mark.parametrize(
        "host",
        [
            "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "0.0.0.0",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "169.254.169.254", "[fe80::1]",
            "[64:ff9b::7f00:1]",
        ],
    )  # fmt: skip
    def test_else_it_is_not_however_it_is_written(self, server, host):
        """Nothing is asked."""
        before = len(server.asked)
        with pytest.raises((httpx.TransportError, httpx.InvalidURL)) as caught:
            calling("another.example").get(f"https://{host}:{server.port}/a")
        assert isinstance(caught.value, RefusedError | httpx.InvalidURL) or "looked up" in str(caught.value)
        assert len(server.asked) == before

    def test_what_was_looked_up_is_what_is_connected_to(self, server, monkeypatch):
        """A name that stands for another address a moment later gains nothing by that."""
        answers = iter([[("93.184.216.34", 1)], [("127.0.0.1", server.port)]])
        looked_up = []

        async def changing(self, host, port, **_):
            looked_up.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in next(answers)]

        monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", changing)
        reached = []

        async def connect(self, *arguments, **_):
            reached.append(arguments[1:3])
            raise OSError("nobody is called in a test")

        monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "create_connection", connect)
        with pytest.raises(httpx.ConnectError):
            calling().get(f"https://rebinding.example:{server.port}/")
        assert looked_up[0] == "rebinding.example"
        assert {each[0] for each in reached} == {"93.184.216.34"}

    def test_it_is_asked_under_its_name(self, server):
        """Not under its address: many stand at one."""
        client = calling("localhost")
        seen = {}
        client.event_hooks["request"].append(lambda request: seen.update(request.headers))
        client.get(f"http://localhost:{server.port}/a")
        assert seen["host"] == f"localhost:{server.port}"

    def test_it_does_not_go_where_an_answer_leads(self, server, monkeypatch):
        """The caller sees that it leads elsewhere."""
        monkeypatch.setattr(server, "status", 302)
        answer = calling("localhost").get(f"http://localhost:{server.port}/a")
        assert answer.status_code == 302

    def test_nor_by_way_of_a_proxy_that_a_variable_names(self, server, monkeypatch):
        """It would look names up by itself."""
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert calling("localhost").get(f"http://localhost:{server.port}/a").status_code == 200

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 64 + ".example"])
    def test_a_name_of_nobody_is_out_of_reach(self, host):
        """No other error than httpx's."""
        with pytest.raises((httpx.TransportError, httpx.InvalidURL)):
            calling().get(f"https://{host}/")


class TestBounds:
    def test_an_answer_that_drips_is_not_waited_for(self, server, monkeypatch):
        """The time is for all of it."""
        monkeypatch.setattr(server, "drips", True)
        with pytest.raises(httpx.TimeoutException):
            calling("localhost", seconds=0.3).get(f"http://localhost:{server.port}/a")

    def test_one_that_is_too_large_is_not_read(self, server):
        """Nor kept."""
        server.files["/large"] = b"x" * 50_001
        client = calling("localhost", largest=50_000)
        with pytest.raises(TooLargeError):
            client.get(f"http://localhost:{server.port}/large")
        assert client.get(f"http://localhost:{server.port}/a").content == b"hello"

    def test_one_that_is_packed_is_not_unpacked(self, server, monkeypatch):
        """It could be a thousand times as large as what came."""
        monkeypatch.setattr(server, "headers", {"Content-Encoding": "gzip"})
        monkeypatch.setitem(server.files, "/packed", gzip.compress(bytes(100_000)))
        answer = calling("localhost").get(f"http://localhost:{server.port}/packed")
        assert answer.content == server.files["/packed"]

    def test_one_that_breaks_off_is_none(self, server, monkeypatch):
        """Half an answer may look like a whole one."""
        monkeypatch.setattr(server, "missing", 2)
        with pytest.raises(httpx.ReadError):
            calling("localhost").get(f"http://localhost:{server.port}/a")

    def test_what_speaks_no_tls_is_not_believed(self, server):
        """Allowed or not."""
        with pytest.raises(httpx.ConnectError):
            calling("localhost").get(f"https://localhost:{server.port}/a")
