"""What goes over the wire: a call and its answer, as HTTP/1.0 over a Unix socket.

One connection a call. The whole exchange has one deadline and the answer one size: a time-out of a
library counts from one `recv` to the next, and a page that drips bytes would evade it.
"""

from __future__ import annotations

import io
import re
import socket
import time
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

PASS_HEADER, SEAL_HEADER = "X-Tabhost-Pass", "X-Tabhost-Seal"
"""The context of a call as the host signed it, and the caller's signature over the call."""
CHUNK = 65_536
LONGEST_HEAD = 262_144
"""Bytes of all the headers of an answer; the library that reads them takes 100 of them."""
CROWDED = 0.01
"""Seconds after which a socket whose backlog is full is tried again."""
OURS = frozenset({"content-length", "connection", "transfer-encoding"})
LINE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
UNSENDABLE = re.compile(r"[^\t -~\x80-\xff]")
"""What no header can hold."""
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
TARGET = re.compile(r"/[!-~]*")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
STATUSES = range(200, 600)


class WireError(Exception):
    """The other side did not speak as it must; the text says how."""


class DeadlinePassedError(WireError):
    """There was no whole answer in time."""


class BusyError(WireError):
    """Too many calls are under way already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the other side.

    Args:
        method: HTTP method.
        target: Path with query.
        headers: Headers to pass.
        body: Body.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whole.

    Args:
        status: HTTP status, 200 to 599.
        headers: Headers; later ones of a name win.
        body: Body.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header by its name, whatever its case; "" if it is not there."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def mimetype(self) -> str:
        """The type without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()


def exchange(path: Path | str, call: Call, *, deadline: float, most: int) -> Answer:
    """Send a call to the socket at *path* and read the whole answer.

    Args:
        path: The listening socket.
        call: What to ask. Its headers are sent with a length and, if it has none, a host; of their values
            what no header can hold is left out, for a browser may send anything and it is nobody's fault.
        deadline: Seconds for everything, from connecting to the last byte.
        most: Largest answer in bytes, with its headers.

    Raises:
        DeadlinePassedError: It took too long.
        WireError: Nobody answered, the answer is too large, or it is no HTTP.
    """
    end = time.monotonic() + deadline
    request = _request(call)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            _connect(connection, str(path), end)
            _send(connection, request, end)
            received = _receive(connection, end, most)
        except TimeoutError:
            raise DeadlinePassedError(f"no whole answer within {deadline:g} seconds") from None
        except OSError as error:
            raise WireError(f"the connection broke: {error.strerror or error}") from None
    return _parsed(received, call.method)


def _request(call: Call) -> bytes:
    headers = {name: value for name, value in call.headers.items() if name.lower() not in OURS}
    headers.setdefault("Host", "tabhost")
    headers["Content-Length"] = str(len(call.body))
    if not (NAME.fullmatch(call.method) and TARGET.fullmatch(call.target)):
        raise WireError("the call has no proper method and path")
    for name in headers:
        if not NAME.fullmatch(name):
            raise WireError(f"the header {name!r} of the call cannot be sent")
    lines = [f"{call.method} {call.target} HTTP/1.0"]
    lines += [f"{name}: {UNSENDABLE.sub('', value)}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + call.body


def _connect(connection: socket.socket, path: str, end: float) -> None:
    while True:
        connection.settimeout(_left(end))
        try:
            connection.connect(path)
            return
        except BlockingIOError:  # the backlog is full: a Unix socket says so at once, instead of waiting
            time.sleep(min(CROWDED, _left(end)))


def _send(connection: socket.socket, data: bytes, end: float) -> None:
    view = memoryview(data)
    while view:
        connection.settimeout(_left(end))
        try:
            view = view[connection.send(view) :]
        except BrokenPipeError:  # it heard enough; it may have said why
            return


def _receive(connection: socket.socket, end: float, most: int) -> bytes:
    received, whole = bytearray(), None
    while whole is None or len(received) < whole:
        connection.settimeout(_left(end))
        chunk = connection.recv(CHUNK)
        if not chunk:
            break
        received += chunk
        whole = _whole(received) if whole is None else whole
        if max(len(received), whole or 0) > most:
            raise WireError(f"the answer is larger than {most} bytes")
    return bytes(received)


def _whole(received: bytearray) -> int | None:
    """How long the answer will be, once it has said so.

    The end of the connection says it too, but a child that the plugin forked may hold that open.
    """
    head = received.find(b"\r\n\r\n", 0, LONGEST_HEAD)
    length = LENGTH.search(received, 0, head + 2) if head >= 0 else None
    return head + 4 + int(length[1]) if length else None


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Received:
    """The bytes of an answer in the form that `http.client` reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        """The bytes as a file."""
        return io.BytesIO(self._data)


def _parsed(data: bytes, method: str) -> Answer:
    if not data:
        raise WireError("the connection was closed without an answer")
    response = HTTPResponse(_Received(data), method=method)  # type: ignore[arg-type] # all it asks of a socket
    try:
        response.begin()
        body = response.read()
    except (HTTPException, ValueError, OverflowError, OSError) as error:
        raise WireError(f"the answer is no HTTP: {str(error)[:100]!r}") from None
    if response.status not in STATUSES:
        raise WireError(f"the answer has the status {response.status}")
    return Answer(status=response.status, headers=_checked(response.getheaders()), body=body)


def _checked(headers: list[tuple[str, str]]) -> dict[str, str]:
    """The headers of an answer, none of which can pass for two."""
    if sum(len(name) + len(value) for name, value in headers) > LONGEST_HEAD:
        raise WireError(f"the headers of the answer are larger than {LONGEST_HEAD} bytes")
    for name, value in headers:
        if not (NAME.fullmatch(name) and LINE.fullmatch(value)):
            raise WireError(f"the answer has a header that cannot be: {name[:40]!r}")
    return dict(headers)
