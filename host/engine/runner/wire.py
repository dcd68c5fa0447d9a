"""What goes over the wire: a call with its signed context, and the answer, as HTTP/1.0 over a Unix socket.

One connection a call. The whole exchange has one deadline and the answer one size: a time-out of a
library counts from one `recv` to the next, and a page that drips bytes would evade it.
"""

from __future__ import annotations

import hashlib
import io
import json
import socket
import time
from dataclasses import asdict, dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any

from itsdangerous import BadSignature, TimestampSigner

CONTEXT_HEADER = "X-Tabhost-Context"
SECONDS_VALID = 60
CHUNK = 65_536


class WireError(Exception):
    """The other side did not answer as it must; the text says how."""


class DeadlinePassedError(WireError):
    """There was no whole answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """For whom and under what circumstances a call is made. It travels signed.

    Args:
        plugin: Who is called.
        user_id: Who acts.
        full_name: That person's name.
        permissions: What they may do.
        roles: Roles it comes from.
        locale: Language of the answer.
        timezone: Zone that times are shown in.
        csrf_token: What forms must bring.
        generation: Number that grows when settings or switches change.
    """

    plugin: str
    user_id: str
    full_name: str = ""
    permissions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    locale: str = "en"
    timezone: str = "UTC"
    csrf_token: str = ""
    generation: int = 0


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
        status: HTTP status.
        headers: Headers; later ones of a name win.
        body: Body.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header by its name, whatever its case; "" if it is not there."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def mimetype(self) -> str:
        """The type without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()


class Seal:
    """Signs contexts and opens them again. Made of a secret of this start of the host.

    Args:
        secret: The secret; each runner is given one of its own, derived from the host's.
    """

    def __init__(self, secret: bytes) -> None:
        self._signer = TimestampSigner(secret, salt="tabhost-context", digest_method=hashlib.sha256)
        self._secret = secret

    def for_plugin(self, plugin: str) -> bytes:
        """The secret of one plugin's runner."""
        return hashlib.sha256(b"tabhost-runner\0" + self._secret + plugin.encode()).digest()

    def close(self, context: Context, call: Call) -> str:
        """*context* and the call it belongs to, signed, with the time."""
        packed = {**asdict(context), "call": _digest(call.method, call.target, call.body)}
        return self._signer.sign(json.dumps(packed, separators=(",", ":"))).decode("latin-1")

    def open(self, sealed: str, method: str, target: str, body: bytes) -> Context:
        """The context of a call that arrived.

        Raises:
            WireError: It was not signed with this secret, not for this call, or long ago.
        """
        try:
            packed = json.loads(self._signer.unsign(sealed.encode("latin-1"), max_age=SECONDS_VALID))
        except (BadSignature, ValueError, UnicodeEncodeError):
            raise WireError("the context is not signed by this host, or too old") from None
        if packed.pop("call", None) != _digest(method, target, body):
            raise WireError("the context belongs to another call")
        packed["permissions"], packed["roles"] = tuple(packed["permissions"]), tuple(packed["roles"])
        return Context(**packed)


def _digest(method: str, target: str, body: bytes) -> str:
    return hashlib.sha256(f"{method}\n{target}\n".encode() + body).hexdigest()


def exchange(path: str, call: Call, sealed: str, *, deadline: float, most: int) -> Answer:
    """Send a call to the socket at *path* and read the whole answer.

    Args:
        path: The listening socket.
        call: What to ask.
        sealed: Its signed context.
        deadline: Seconds for everything, from connecting to the last byte.
        most: Largest answer in bytes.

    Raises:
        DeadlinePassedError: It took too long.
        WireError: Nobody answered, the answer is too large, or it is no HTTP.
    """
    end = time.monotonic() + deadline
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.settimeout(deadline)
            connection.connect(path)
            _send(connection, _request(call, sealed), end)
            received = _receive(connection, end, most)
        except TimeoutError:
            raise DeadlinePassedError(f"no whole answer within {deadline:g} seconds") from None
        except OSError as error:
            raise WireError(f"the connection broke: {error.strerror or error}") from None
    return _parsed(received, call.method)


def _request(call: Call, sealed: str) -> bytes:
    headers = {
        **call.headers,
        CONTEXT_HEADER: sealed,
        "Host": call.headers.get("Host", "tabhost"),
        "Content-Length": str(len(call.body)),
    }
    lines = [f"{call.method} {call.target} HTTP/1.0", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + call.body


def _send(connection: socket.socket, data: bytes, end: float) -> None:
    view = memoryview(data)
    while view:
        connection.settimeout(_left(end))
        view = view[connection.send(view) :]


def _receive(connection: socket.socket, end: float, most: int) -> bytes:
    chunks, size = [], 0
    while True:
        connection.settimeout(_left(end))
        chunk = connection.recv(CHUNK)
        if not chunk:
            return b"".join(chunks)
        size += len(chunk)
        if size > most:
            raise WireError(f"the answer is larger than {most} bytes")
        chunks.append(chunk)


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
    except (HTTPException, ValueError, OSError) as error:
        raise WireError(f"the answer is no HTTP: {error}") from None
    if response.length:
        raise WireError("the answer broke off")
    return Answer(status=response.status, headers=dict(response.getheaders()), body=body)
