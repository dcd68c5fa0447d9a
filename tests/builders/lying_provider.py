"""A provider on a real HTTP server that signs with real keys, and lies where a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry

CLIENT, SECRET = "tabhost", "the secret of the host at the lying provider"
GOOD = RSAKey.generate_key(2048, {"kid": "good", "use": "sig"})
NEW = ECKey.generate_key("P-256", {"kid": "new", "use": "sig"})
FALSE = RSAKey.generate_key(2048, {"kid": "good"})
"""It calls itself like the good one, and nobody published it."""
EVERY = JWSRegistry(algorithms=["RS256", "ES256", "HS256", "none"], strict_check_header=False)


@dataclass
class LyingProvider:
    """What it says; `truth` makes it honest again.

    Args:
        now: The time it goes by.
        nonce: Of the attempt that is under way.
        claims: What it says otherwise than the truth; None leaves a claim out.
        token: What it says at its token endpoint otherwise; None leaves it out.
        key: What it signs with.
        header: Of the ID token, beside the key's id.
        keys: What it publishes.
        user: What it says at its user information endpoint.
        metadata: What it says of itself otherwise.
        raw: The whole answer of a path, where it is nothing of the kind.
        status: The status of a path, where it is not 200; 302 leads to the right place.
        drips: A path that it answers byte by byte, without an end.
        asked: Paths.
    """

    now: datetime
    port: int = 0
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: GOOD)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256"})
    keys: list[Any] = field(default_factory=lambda: [GOOD])
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1", "preferred_username": "KAAN"})
    metadata: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    drips: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    def truth(self) -> None:
        """Lie no more."""
        fresh = LyingProvider(self.now, self.port)
        for name in (
            "claims",
            "token",
            "key",
            "header",
            "keys",
            "user",
            "metadata",
            "raw",
            "status",
            "drips",
        ):
            setattr(self, name, getattr(fresh, name))

    def answer(self, path: str) -> bytes:
        """What it answers at *path*."""
        documents = {
            "/.well-known/openid-configuration": self._itself,
            "/keys": lambda: {"keys": [each.as_dict(private=False) for each in self.keys]},
            "/token": self._tokens,
            "/user": lambda: self.user,
        }
        return self.raw.get(path) or json.dumps(documents[path]()).encode()

    def _itself(self) -> dict[str, Any]:
        paths = {"token": "token", "userinfo": "user", "authorization": "in", "end_session": "out"}
        said = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in paths.items()}
        said |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        return {name: value for name, value in {**said, **self.metadata}.items() if value is not None}

    def _tokens(self) -> dict[str, Any]:
        now = int(self.now.timestamp())
        truth = {"iss": self.issuer, "sub": "s-1", "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = {**truth, "nonce": self.nonce, **self.claims}
        head = {"kid": self.key.kid, **self.header}
        header = {name: value for name, value in head.items() if value is not None}
        said = {name: value for name, value in claims.items() if value is not None}
        id_token = jwt.encode(header, said, self.key, registry=EVERY)
        token = {
            "access_token": "an access token",
            "token_type": "Bearer",
            "id_token": id_token,
            **self.token,
        }
        return {name: value for name, value in token.items() if value is not None}


def shared_secret() -> OctKey:
    """The client's own secret as a key: what a provider signs with that knows no better."""
    return OctKey.import_key(SECRET, {"kid": "good"})


@contextmanager
def lying_provider(now: datetime) -> Iterator[LyingProvider]:
    """Serve on a free port."""
    provider = LyingProvider(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if provider.drips == self.path:
                self._drip()
                return
            content = provider.answer(self.path.partition("?")[0])
            self.send_response(provider.status.get(self.path, 200))
            if provider.status.get(self.path) == 302:
                self.send_header("Location", f"{provider.issuer}{self.path}?again")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # whoever asked has heard enough
                self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def _drip(self) -> None:
            with suppress(OSError):
                self.connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                for _ in range(200):
                    self.connection.sendall(b"a")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """Nothing: tests say what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        provider.port = http.server_port
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            http.shutdown()
            thread.join()
