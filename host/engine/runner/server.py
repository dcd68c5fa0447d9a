"""Serving one application on a listening socket that somebody else opened, until told to stop.

Import it before the plugin: a plugin that patches `time.monotonic` or `os.write` breaks itself, not the loop.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import loop

from .children import READY

TICK = 1.0
"""Seconds after which it looks whether nobody has called for long; calls and the leash wake it at once."""
FINISH = 2.0
"""Seconds that calls have which are under way when it is time to stop."""
THREADS = 4

# Bound now: the plugin, which is imported later, may put something else in their place.
_now, _read, _write, _close = time.monotonic, os.read, os.write, os.close

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
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a call that waits for a thread is no news
    channels: dict[int, Any] = {}
    server: Any = create_server(  # the stubs know the attributes of neither kind of server
        app,
        map=channels,
        sockets=[listener],
        threads=THREADS,
        asyncore_use_poll=True,
        ident=None,
        max_request_body_size=most,
        clear_untrusted_proxy_headers=True,
    )
    held = _Leash(leash)
    channels[leash] = held
    tick = min(TICK, idle / 2)
    _write(status, READY)
    _close(status)
    last_call = _now()
    while held.held and _now() - last_call < idle:
        loop(timeout=tick, use_poll=True, map=channels, count=1)
        if server.active_channels:
            last_call = _now()
    # Nothing new is accepted from here on: it waits in the backlog, which belongs to the parent.
    server.del_channel()
    channels.pop(leash, None)
    end = _now() + FINISH
    while server.active_channels and _now() < end:
        loop(timeout=min(TICK, FINISH / 10), use_poll=True, map=channels, count=1)


class _Leash:
    """The parent's end of the leash among the channels of waitress: wakes the loop when it is let go of."""

    accepting = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.held = True
        os.set_blocking(descriptor, False)

    def readable(self) -> bool:
        """It waits for the end, which can be read."""
        return True

    def writable(self) -> bool:
        """Nothing is ever said to the parent here."""
        return False

    def handle_read_event(self) -> None:
        """The parent says nothing, so what can be read is the end."""
        try:
            self.held = self.held and _read(self._descriptor, 1) != b""
        except BlockingIOError:
            return

    def handle_close(self) -> None:
        """The parent let go."""
        self.held = False

    def handle_error(self) -> None:
        """A leash that cannot be read is as good as none."""
        self.held = False
