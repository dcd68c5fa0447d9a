"""The wire: whatever the other side does, a call ends in time, with an answer or a reason."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from builders.wires import read_request, saying, serving
from hypothesis import given, settings
from hypothesis import strategies as st

from host.engine.runner.wire import Answer, Call, DeadlinePassedError, WireError, exchange

GET = Call(method="GET", target="/")
OK = b"HTTP/1.0 200 OK\r\n"


@pytest.fixture
def ask(tmp_path):
    """Ask a server that behaves as told."""

    def ask(behave, call=GET, *, deadline=3.0, most=100_000):
        with serving(tmp_path / "s", behave) as path:
            return exchange(path, call, deadline=deadline, most=most)

    return ask


class TestACall:
    def test_it_arrives_as_it_was_sent(self, ask):
        """Method, target, headers and body; with a length, and a host where it has none."""
        seen = []

        def behave(connection):
            seen.append(read_request(connection))
            connection.sendall(OK + b"\r\n")

        sent = b"\x00\xff\r\n\r\nx" * 40_000
        ask(
            behave,
            Call(method="POST", target="/a?b=%20", headers={"X-A": "ø", "content-length": "3"}, body=sent),
        )
        head, _, body = seen[0].partition(b"\r\n\r\n")
        assert head.split(b"\r\n") == [
            b"POST /a?b=%20 HTTP/1.0",
            b"X-A: \xf8",
            b"Host: tabhost",
            b"Content-Length: %d" % len(sent),
        ]
        assert body == sent

    @pytest.mark.parametrize(
        "call",
        [
            Call(method="GET /x HTTP/1.0\r\nA: b\r\n", target="/"),
            Call(method="GET", target="/ HTTP/1.0\r\nA: b"),
            Call(method="GET", target="//ø"),
            Call(method="GET", target="x"),
            Call(method="GET", target="/", headers={"A: b\r\nC": "d"}),
        ],
    )
    def test_nothing_can_be_smuggled_into_it(self, tmp_path, call):
        """It is refused before anybody is called."""
        with pytest.raises(WireError, match=r"cannot be sent|no proper method"):
            exchange(tmp_path / "nobody", call, deadline=1, most=100)

    @pytest.mark.parametrize(
        ("value", "arrives"),
        [
            ("a,\tb", b"a,\tb"),
            ("b\r\nC: d", b"bC: d"),
            ("\x00\x1f\x7f\u20ac\ud800ø", b"\xf8"),
            ("\n", b""),
        ],
    )
    def test_of_a_header_whatever_can_be_sent_arrives(self, ask, value, arrives):
        """A browser may send anything: that is no fault of the plugin that it visits."""
        seen = []

        def behave(connection):
            seen.append(read_request(connection))
            connection.sendall(OK + b"\r\n")

        ask(behave, Call(method="GET", target="/", headers={"Accept": value}))
        lines = seen[0].partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert lines[1:] == [b"Accept: " + arrives, b"Host: tabhost", b"Content-Length: 0"]


class TestAnAnswer:
    def test_it_comes_back_whole(self, ask):
        """Status, headers whatever their case, and body; of two headers of one name the later one."""
        answer = ask(saying(OK + b"Content-Type: text/HTML; charset=x\r\nA: 1\r\nA: 2\r\n\r\nbody\r\n"))
        assert (answer.status, answer.mimetype, answer.body) == (200, "text/html", b"body\r\n")
        assert answer.header("a") == "2"
        assert answer.header("B") == ""

    def test_a_header_may_hold_a_tab(self, ask):
        """As HTTP has it."""
        assert ask(saying(OK + b"A: 1,\t2\r\n\r\n")).header("A") == "1,\t2"

    def test_it_is_there_when_it_is_all_there(self, tmp_path):
        """A forked child of the plugin may hold the connection open for as long as it lives."""
        read, closed = threading.Event(), threading.Event()

        def behave(connection):
            saying(OK + b"Content-Length: 4\r\n\r\nbody")(connection)
            read.wait(30)
            closed.set()

        with serving(tmp_path / "s", behave) as path, contextlib.ExitStack() as stack:
            stack.callback(read.set)
            assert exchange(path, GET, deadline=20.0, most=100_000).body == b"body"
            assert not closed.is_set()

    def test_the_deadline_is_for_all_of_it(self, ask):
        """A page that drips bytes is no better than one that hangs."""

        def drip(connection):
            connection.sendall(OK + b"\r\n")
            while True:
                connection.sendall(b".")
                time.sleep(0.02)

        with pytest.raises(DeadlinePassedError, match=r"within 0\.3 seconds"):
            ask(drip, deadline=0.3)  # if each byte had a deadline of its own, this would never end

    def test_who_does_not_read_is_not_waited_for_either(self, ask):
        """The deadline is for sending too."""
        stop = threading.Event()
        threading.Timer(0.6, stop.set).start()
        with pytest.raises(DeadlinePassedError):
            ask(lambda _: stop.wait(3), Call(method="POST", target="/", body=b"x" * 3_000_000), deadline=0.2)

    def test_a_full_backlog_is_waited_for(self, tmp_path):
        """Until the deadline: a Unix socket would say at once that nobody can come in."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "s"))
            listener.listen(0)
            with socket.socket(socket.AF_UNIX) as first:
                first.connect(str(tmp_path / "s"))
                with pytest.raises(DeadlinePassedError):
                    exchange(tmp_path / "s", GET, deadline=0.2, most=100)

    @pytest.mark.parametrize("said", [b"x" * 2_000, b"Content-Length: 2000\r\n\r\n", b"\r\n" + b"x" * 2_000])
    def test_one_that_is_too_large_is_not_read(self, ask, said):
        """Neither stored: the size is known as soon as it is passed, or announced."""
        with pytest.raises(WireError, match="larger than 1000 bytes"):
            ask(saying(OK + said), most=1_000)

    @pytest.mark.parametrize(
        "said",
        [
            b"hello",
            b"HTTP/1.0 99999 ?\r\n\r\n",
            b"HTTP/1.0 100 Go on\r\n\r\n",
            b"HTTP/1.0 600 Well\r\n\r\n",
            OK + b"Content-Length: 10\r\n\r\nshort",
            OK + b"Content-Length: 99999999999999999999\r\n\r\nshort",
            OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
            OK + b"A: b\r\n c: d\r\n\r\n",
            OK + b"A: b\x00c\r\n\r\n",
            OK + b"A" * 70_000 + b": b\r\n\r\n",
            OK + b"A: b\r\n" * 101 + b"\r\n",
            OK + (b"A: " + b"b" * 60_000 + b"\r\n") * 5 + b"\r\n",
        ],
        ids=lambda said: said[:40].decode("latin-1").strip(),
    )
    def test_what_is_no_http_is_an_error(self, ask, said):
        """Of the one kind that callers expect."""
        with pytest.raises(WireError):
            ask(saying(said), most=1_000_000)

    def test_no_bytes_do_harm(self, tmp_path):
        """They are an answer, or an error of that kind."""
        said = [b""]

        def behave(connection):
            saying(said[0])(connection)

        @settings(deadline=None)
        @given(st.binary() | st.binary().map(OK.__add__) | st.text("\r\n :;aZ09\x00ø-").map(str.encode))
        def try_it(data):
            said[0] = data
            with contextlib.suppress(WireError):
                assert isinstance(exchange(path, GET, deadline=3, most=100_000), Answer)

        with serving(tmp_path / "s", behave) as path:
            try_it()


class TestNobodyThere:
    def test_a_socket_that_is_not_there_is_an_error(self, tmp_path):
        """With the reason."""
        with pytest.raises(WireError, match="No such file"):
            exchange(tmp_path / "nobody", GET, deadline=1, most=100)

    def test_a_socket_that_nobody_listens_on_is_an_error(self, tmp_path):
        """With the reason."""
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(tmp_path / "s"))
        with pytest.raises(WireError, match="refused"):
            exchange(tmp_path / "s", GET, deadline=1, most=100)

    def test_a_connection_that_is_closed_is_an_error(self, ask):
        """Although the call was read."""
        with pytest.raises(WireError, match="closed without an answer"):
            ask(saying(b""))

    def test_a_connection_that_is_closed_unread_is_an_error(self, ask):
        """Whatever was still to be sent."""
        with pytest.raises(WireError, match=r"closed without an answer|connection broke"):
            ask(lambda _: None, Call(method="POST", target="/", body=b"x" * 1_000_000))
