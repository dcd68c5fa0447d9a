"""Serving one application on a listening socket that somebody else opened, until told to stop.

Everything that the loop needs is bound before the plugin is imported: a plugin that patches `json.dumps`
or `os._exit` breaks itself and nothing here.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import loop

from .parent import READY

TICK = 0.2
FINISH = 2.0
THREADS = 4

_now, _read, _write = time.monotonic, os.read, os.write

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def serve_socket(
    app: WsgiApp, listener: socket.socket, *, status: int, leash: int, idle: float, most: int
) -> None:
    """Serve *app* until the leash is let go of, or nobody has called for a while.

    Args:
        app: A WSGI application.
        listener: Where calls come in.
        status: Descriptor that says when this process is ready.
        leash: Descriptor that ends when the parent wants this process to end, or is gone.
        idle: Seconds without a call after which to stop.
        most: Largest request body in bytes.
    """
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        asyncore_use_poll=True,
        ident=None,
        max_request_body_size=most,
        clear_untrusted_proxy_headers=True,
    )
    os.set_blocking(leash, False)
    _write(status, READY)
    os.close(status)
    last_call = _now()
    while not _let_go(leash) and _now() - last_call < idle:
        loop(timeout=TICK, use_poll=True, map=server._map, count=1)  # noqa: SLF001 - waitress's own `run` does this
        if server.active_channels:
            last_call = _now()
    # Nothing new is accepted from here on: it waits in the backlog, which belongs to the parent.
    server.del_channel()
    end = _now() + FINISH
    while server.active_channels and _now() < end:
        loop(timeout=TICK, use_poll=True, map=server._map, count=1)  # noqa: SLF001 - see above


def _let_go(leash: int) -> bool:
    try:
        return _read(leash, 1) == b""
    except BlockingIOError:
        return False
