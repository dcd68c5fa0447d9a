"""The load generator: ``python -m bench.load``, a process of its own that only sends and reads.

Threads, each with one kept-alive connection on a plain socket: a request costs it some 0.1 ms, a
fraction of what any page costs to make, and its answers are read to their last byte.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from threading import Thread
from time import perf_counter

WARM_UP = 30
END_OF_CHUNKS = b"0\r\n\r\n"
BUSY = b"503"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to ask for, and how often.

    Args:
        port: On 127.0.0.1.
        path: With its query.
        cookie: The whole header; "" for none.
        connections: How many ask at the same time.
        requests: How many each of them sends after its warm-up; 0 for as many as *seconds* allow.
        seconds: For how long, where *requests* is 0.
        core: The core to run on; None for any.
    """

    port: int
    path: str
    cookie: str = ""
    connections: int = 1
    requests: int = 0
    seconds: float = 0
    core: int | None = None


class Connection:
    """One connection, opened again where the server closes it."""

    def __init__(self, job: Job) -> None:
        head = [
            f"GET {job.path} HTTP/1.1",
            f"Host: 127.0.0.1:{job.port}",
            "Accept: text/html",
            "Accept-Language: en",
        ]
        if job.cookie:
            head.append(f"Cookie: {job.cookie}")
        self._request = "\r\n".join([*head, "", ""]).encode("ascii")
        self._address = ("127.0.0.1", job.port)
        self._socket: socket.socket | None = None

    def ask(self) -> bool:
        """Send the request and read the whole answer; False if the server says that it is busy (503).

        Raises:
            RuntimeError: The answer is any other one, or not whole.
        """
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(self._request)
        head, _, body = self._read(b"", b"\r\n\r\n").partition(b"\r\n\r\n")
        if head[9:12] not in {b"200", BUSY}:
            raise RuntimeError(f"the answer is {head.splitlines()[0].decode('latin-1')!r}")
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        if b"content-length" in fields:
            self._read(body, length=int(fields[b"content-length"]))
        elif fields.get(b"transfer-encoding") == b"chunked":
            self._read(body, END_OF_CHUNKS)
        else:
            raise RuntimeError("the answer does not say where it ends")
        if fields.get(b"connection") == b"close":
            self.close()
        return head[9:12] != BUSY

    def close(self) -> None:
        """Give the connection back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self, got: bytes, mark: bytes = b"", *, length: int = 0) -> bytes:
        """Read on until *mark* was seen, at the end if it ends chunks, or until there are *length* bytes."""
        parts, size, tail = [got], len(got), got
        while not self._complete(tail, size, mark, length):
            assert self._socket is not None
            more = self._socket.recv(1 << 18)
            if not more:
                raise RuntimeError("the server hung up within an answer")
            parts.append(more)
            size += len(more)
            tail = tail[-8:] + more
        return b"".join(parts)

    @staticmethod
    def _complete(tail: bytes, size: int, mark: bytes, length: int) -> bool:
        if not mark:
            return size >= length
        return tail.endswith(mark) if mark == END_OF_CHUNKS else mark in tail


class Sender(Thread):
    """One connection's worth of requests.

    Args:
        job: What to send.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(daemon=True)
        self._job = job
        self.times: list[float] = []  # milliseconds of each page
        self.refused = 0
        self.trouble: Exception | None = None

    def run(self) -> None:
        """Send until it is enough; what goes wrong is kept in `trouble`."""
        connection = Connection(self._job)
        try:
            self._send(connection)
        except (OSError, RuntimeError, ValueError) as trouble:
            self.trouble = trouble
        finally:
            connection.close()

    def _send(self, connection: Connection) -> None:
        job, times = self._job, self.times
        for _ in range(WARM_UP if job.requests else 0):
            connection.ask()
        until = perf_counter() + job.seconds
        while len(times) + self.refused < job.requests if job.requests else perf_counter() < until:
            began = perf_counter()
            if connection.ask():
                times.append((perf_counter() - began) * 1000)
            else:
                self.refused += 1


def run(job: Job) -> dict[str, object]:
    """Do *job*.

    Returns:
        ``milliseconds`` of each page, how many were ``refused``, ``seconds`` in all.

    Raises:
        RuntimeError: An answer was neither a whole page nor a whole refusal, or there was no page at all.
    """
    if job.core is not None:
        os.sched_setaffinity(0, {job.core})
    senders = [Sender(job) for _ in range(job.connections)]
    began = perf_counter()
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    seconds = perf_counter() - began
    trouble = next((each.trouble for each in senders if each.trouble), None)
    if trouble:
        raise RuntimeError(f"{job.path}: {trouble}")
    times = [time for each in senders for time in each.times]
    if not times:
        raise RuntimeError(f"{job.path}: every request was refused")
    return {"milliseconds": times, "refused": sum(each.refused for each in senders), "seconds": seconds}


def arguments(job: Job) -> list[str]:
    """The command that does *job* in a process of its own."""
    return [sys.executable, "-m", "bench.load", json.dumps(asdict(job))]


def main() -> None:
    """Do the job that stands on the command line and print what came of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", help="A job as JSON.")
    try:
        print(json.dumps(run(Job(**json.loads(parser.parse_args().job)))))
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
