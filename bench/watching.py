"""A thousand open pages that ask every five seconds whether the list of system notifications has changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

from bench.servers import LOOPBACK, Server

LIST = "/tabs/status_tab/status/events"
PAGES, EVERY = 1_000, 5.0
UNCHANGED = b"304"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What many open pages cost.

    Args:
        cores: CPU seconds of the server for each second.
        p50: Milliseconds until the answer.
        p99: The same for the slowest hundredth.
        asked: How many answers there were.
        unchanged: How many of them were a 304.
    """

    cores: float
    p50: float
    p99: float
    asked: int
    unchanged: int


def watch(server: Server, cookies: list[str], rounds: int) -> Watched:
    """Open the pages, let them ask a first time, and then measure *rounds* times five seconds.

    Args:
        server: Is running.
        cookies: The sessions that the pages belong to, in turn.
        rounds: How often each page asks while the server's CPU time is counted.

    Raises:
        RuntimeError: An answer was neither the list nor a 304.
    """
    return asyncio.run(_watch(server, cookies, rounds))


async def _watch(server: Server, cookies: list[str], rounds: int) -> Watched:
    pages = [_Page(server.port, cookies[number % len(cookies)]) for number in range(PAGES)]
    began = perf_counter()
    first = [each.ask_at(began + EVERY * number / PAGES) for number, each in enumerate(pages)]
    await asyncio.gather(*first)
    for each in pages:
        each.times.clear()
    before, start = server.cpu(), perf_counter()
    moments = [start + EVERY * number / PAGES for number in range(PAGES * rounds)]
    await asyncio.gather(
        *(each.ask_again(moments[number::PAGES]) for number, each in enumerate(pages)),
    )
    await asyncio.sleep(max(0.0, start + EVERY * rounds - perf_counter()))
    cores = (server.cpu() - before) / (perf_counter() - start)
    times = [time for each in pages for time in each.times]
    unchanged = sum(each.unchanged for each in pages)
    for each in pages:
        each.close()
    return Watched(
        cores=cores,
        p50=median(times),
        p99=quantiles(times, n=100)[98],
        asked=len(times),
        unchanged=unchanged,
    )


class _Page:
    """One open page with its connection and the tag of what it shows."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie, self._tag = port, cookie, ""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.times: list[float] = []
        self.unchanged = 0

    async def ask_again(self, moments: list[float]) -> None:
        for moment in moments:
            await self.ask_at(moment)

    async def ask_at(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - perf_counter()))
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
        began = perf_counter()
        status = await self._ask(self._writer)
        self.times.append((perf_counter() - began) * 1000)
        self.unchanged += status == UNCHANGED

    async def _ask(self, writer: asyncio.StreamWriter) -> bytes:
        head = [
            f"GET {LIST} HTTP/1.1",
            f"Host: {LOOPBACK}:{self._port}",
            "HX-Request: true",
            "Accept: text/html",
            f"Cookie: {self._cookie}",
        ]
        if self._tag:
            head.append(f"If-None-Match: {self._tag}")
        writer.write("\r\n".join([*head, "", ""]).encode("ascii"))
        await writer.drain()
        assert self._reader is not None
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = answer[9:12]
        fields = dict(line.split(b": ", 1) for line in answer.strip().split(b"\r\n")[1:])
        fields = {name.lower(): value for name, value in fields.items()}
        if status not in {b"200", UNCHANGED}:
            raise RuntimeError(f"{LIST} was answered with {answer.splitlines()[0].decode('latin-1')!r}")
        if status != UNCHANGED:
            await self._reader.readexactly(int(fields[b"content-length"]))
            self._tag = fields[b"etag"].decode("ascii")
        if fields.get(b"connection", b"").lower() == b"close":
            self.close()
        return status

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = self._reader = None
