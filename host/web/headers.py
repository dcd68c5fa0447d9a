"""What every answer carries, whoever made it: the host, a plugin, an error handler or the server itself.

Sources of the rules: ASVS 3.2.1, 3.4.1 to 3.4.6 and 3.4.8, 14.3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, g, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
FILE_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Of whatever is not a page: a picture may be a document with scripts, and here it stands on its own.

It may show what is inside it, colours and pictures, and fetch nothing. As a part of a page it is under the
page's policy; only a worker is under this one.
"""
BARE_POLICY = "sandbox; default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
"""Of what nobody looked at: an error of the server itself, in plain text."""
SENSORS = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb"),
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{each}=()" for each in SENSORS),
}
SECURE = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Behind TLS alone."""
BARE = {**SECURITY_HEADERS, "Content-Security-Policy": BARE_POLICY, "Cache-Control": "no-store"}
"""What is added to an answer that has none of it."""

_Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def dress(response: Response) -> None:
    """Give *response* what it lacks; a view may have said itself how long its answer is kept."""
    wanted = {"Content-Security-Policy": _policy(response), **SECURITY_HEADERS, "Cache-Control": "no-store"}
    if request.is_secure:
        wanted |= SECURE
    there = set(response.headers.keys(lower=True))  # werkzeug goes through all of them at every question
    for name, value in wanted.items():
        if name.lower() not in there:
            response.headers.add(name, value)


def _policy(response: Response) -> str:
    """A page's own policy is for HTML, which the host drew or read; a 304 renews that of any kept answer."""
    if response.mimetype != "text/html" or response.status_code == 304:
        return FILE_POLICY if response.mimetype == "image/svg+xml" else BARE_POLICY
    if "nonce" not in g:
        return CONTENT_SECURITY_POLICY
    return CONTENT_SECURITY_POLICY.replace("script-src 'self'", f"script-src 'self' 'nonce-{g.nonce}'")


def never_bare(application: _Application) -> _Application:
    """*application*, whose answers get what they lack even where nothing of the host could see to it.

    That is the answer to what failed while an answer was being dressed, or while its error was drawn.
    """

    def dressed(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            there = {name.lower() for name, _ in headers}
            wanted = BARE | (SECURE if environ.get("wsgi.url_scheme") == "https" else {})
            headers += [(name, value) for name, value in wanted.items() if name.lower() not in there]
            return start_response(status, headers, *more)

        return application(environ, start)

    return dressed
