"""A server on a Unix socket that answers with whatever it is told: what the other side of the wire may do."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from host.engine.runner.places import listen

Behave = Callable[[socket.socket], None]
"""What is done with one connection; it is closed afterwards."""


@contextmanager
def serving(path: Path, behave: Behave) -> Iterator[Path]:
    """Serve connections on *path*, each in a thread of its own."""
    listener = listen(path)
    listener.setblocking(True)
    threads: list[threading.Thread] = []

    def meet(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            behave(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=meet, args=(connection,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield path
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (acceptor, *threads):
            thread.join()


def saying(data: bytes) -> Behave:
    """Read a request, and say *data*."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(data)

    return behave


def read_request(connection: socket.socket) -> bytes:
    """A whole request, as far as its length goes."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
