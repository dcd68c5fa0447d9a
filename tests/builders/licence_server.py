"""A licence server: any static file host, and some that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class LicenceServer:
    """What it answers, and what it was asked.

    Args:
        files: By path.
        headers: Of every answer.
        status: Of every answer that has a file; 302 leads to *elsewhere*.
        drips: Whether it sends its headers byte by byte, without an end.
        missing: Bytes at the end of a file that never come.
        asked: Paths, with the ETag that came along.
        signed_in: What came along to sign in with, of each that was asked.
        left: Set once somebody has gone before all drops had fallen.
    """

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    elsewhere: str = "http://elsewhere.invalid/"
    drips: bool = False
    missing: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def licence_server() -> Iterator[LicenceServer]:
    """Serve on a free port."""
    server = LicenceServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tag = self.headers.get("If-None-Match", "")
            server.asked.append((self.path, tag))
            server.signed_in.append(self.headers.get("Authorization", ""))
            content = server.files.get(self.path)
            if server.drips:
                _drip(self, server.left)
            elif server.status == 302:
                self._answer(302, {"Location": server.elsewhere})
            elif content is None:
                self._answer(404, {})
            elif tag and tag == server.headers.get("ETag"):
                self._answer(304, server.headers)
            else:
                self._answer(server.status, server.headers, content)

        def _answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # whoever asked has heard enough
                self.wfile.write(content[: len(content) - server.missing])

        def log_message(self, *_: object) -> None:
            """Nothing: tests say what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.port = http.server_port
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)  # so soon it ends
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def _drip(handler: BaseHTTPRequestHandler, left: threading.Event) -> None:
    try:
        handler.connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            handler.connection.sendall(b"a")
            time.sleep(0.1)
    except OSError:
        left.set()
