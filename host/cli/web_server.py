"""The server of a web worker: pages or the way back on one socket, until SIGTERM."""

from __future__ import annotations

import gc
import signal
from socket import socket
from types import FrameType
from typing import Any

from host.web.headers import BARE

COLLECTING = (20_000, 20, 20)
"""A page makes thousands of objects and hardly a cycle: looking for those less often saves 3 %."""
LOOK = 1.0
"""Seconds after which connections are looked at that nobody uses any more."""


def make_server(app: Any, listener: socket, threads: int, **options: Any) -> Any:
    """A server of *app* on *listener*; *options* are waitress's."""
    from waitress.server import create_server

    # poll(): select() dies past about a thousand open sockets.
    return create_server(
        app, sockets=[listener], threads=threads, asyncore_use_poll=True, ident=None, **options
    )


def make_visitors_server(app: Any, listener: socket, threads: int, *, largest: int, **options: Any) -> Any:
    """The same for visitors, who hear from *app* itself that what they send is too large.

    The body of such a request is not read: *app* gets the request without it, and compares its
    ``CONTENT_LENGTH`` as always. Where no length was announced, waitress answers.

    Args:
        largest: Bytes that the body of a request may have.
    """
    from waitress.channel import HTTPChannel
    from waitress.task import ErrorTask, Task, WSGITask

    class Refusal(ErrorTask):
        def execute(self) -> None:
            self.response_headers = [*self.response_headers, *BARE.items()]  # here no application sees to it
            super().execute()

    class Unread(WSGITask):
        def execute(self) -> None:
            self.set_close_on_finish()  # what else comes on this connection is the body
            super().execute()

    def refusal(channel: Any, asked: Any) -> Task:
        announced = not asked.chunked and asked.content_length > largest
        return (Unread if announced else Refusal)(channel, asked)

    class Channel(HTTPChannel):
        error_task_class = staticmethod(refusal)  # type: ignore[assignment] # it is called like the class

    server = make_server(app, listener, threads, max_request_body_size=largest + 1, **options)
    server.channel_class = Channel
    return server


def believing(proxy: str) -> dict[str, Any]:
    """Options with which the server takes a visitor's address, scheme and host from *proxy* alone.

    Args:
        proxy: Its IP address; "" for no proxy at all.
    """
    if not proxy:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        "clear_untrusted_proxy_headers": True,
    }


def serve_until_stopped(server: Any, channels: dict[int, Any]) -> None:
    """Serve until SIGTERM or SIGINT, and let what is under way finish.

    Nothing is raised where the signal finds this process, which may be anywhere, and one that comes again
    changes nothing: whoever sends it twice, as a service manager may, wants no other end.

    Args:
        server: From `make_server`.
        channels: The map that it was made with.
    """
    from waitress.wasyncore import loop

    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)
        server.pull_trigger()  # the loop may be just about to wait

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    gc.collect()
    gc.freeze()  # what stands now stands for good: the collector need not walk it again
    gc.set_threshold(*COLLECTING)
    while not stopped:
        loop(timeout=LOOK, use_poll=True, map=channels, count=1)
    server.task_dispatcher.shutdown()
