"""How a plugin's own application answers a request, in the host's process and in a runner alike."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response

from host.api.runtime import Host, serving
from host.services.effects import Effects
from host.services.scope import Scope

from .transport import Accept

PASSED_VARIABLES = (
    "CONTENT_TYPE",
    "HTTP_ACCEPT",
    "HTTP_HOST",
    "HTTP_HX_REQUEST",
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_METHOD",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "wsgi.errors",
    "wsgi.multiprocess",
    "wsgi.multithread",
    "wsgi.run_once",
    "wsgi.url_scheme",
    "wsgi.version",
)
"""What a plugin sees of a request. Neither the session's cookie nor a token is among it."""


def answered(
    app: Flask, host: Host, scope: Scope, environ: Mapping[str, Any], body: bytes, accept: Accept
) -> Response:
    """Serve a request in the plugin's own application; take the answer out whole; keep what was written.

    Who asks for the headers alone changes nothing on the screen.

    Args:
        app: The plugin's application.
        host: Its `current_host`.
        scope: What belongs to the request.
        environ: The request as WSGI has it; only `PASSED_VARIABLES` of it are handed on.
        body: Its body.
        accept: Called before anything is kept.
    """
    seen = {key: value for key, value in environ.items() if key in PASSED_VARIABLES}
    seen |= {"SCRIPT_NAME": "", "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    with serving(host), app.request_context(seen):
        response = app.full_dispatch_request()
        response.direct_passthrough = False  # a file is taken out whole like everything else
        response.get_data()
        response.close()
    response = accept(response)
    scope.finish(keep=response.status_code < 400)
    if environ["REQUEST_METHOD"] == "HEAD":
        scope.effects = Effects()  # over the border there is no body that could bring them
    return response
