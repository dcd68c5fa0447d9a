"""Taking usage in over HTTP against the bare database: in turns, so that noise falls on both."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, process_time, sleep

from bench import company
from bench.bare import Bare, BarePostgres, BareSqlite
from bench.servers import LOOPBACK, Server, free_port
from bench.usage import BATCH, batch, body

USAGE = "/api/v1/status_tab/usage"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PATIENCE = 120.0
"""Seconds that a server's first jobs may take."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured.

    Args:
        rounds: How often both have their turn; an odd number has a median.
        batches: In each turn.
        core: The core that the server may use; None for any.
    """

    rounds: int
    batches: int
    core: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Events a second on one database, each a median of the rounds, and what they cost.

    Args:
        name: Of the database.
        bare: Events a second by hand-written SQL.
        product: The same over HTTP.
        ratio: The second divided by the first, round by round.
        bare_cpu: CPU milliseconds for a batch, of the client alone.
        product_cpu: The same of the server's processes, which the database PostgreSQL is not among.
    """

    name: str
    bare: float
    product: float
    ratio: float
    bare_cpu: float
    product_cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One round of one side: events a second, and CPU milliseconds for a batch."""

    rate: float
    cpu: float


def sqlite(folder: Path, plan: Plan, say: Say) -> Ingested:
    """On SQLite, in the empty *folder*."""
    bare = folder / "bare"
    company.tabhost(bare, "db", "upgrade")
    return _compare("SQLite", folder, BareSqlite(bare / "tabhost.db"), plan, say)


def postgres(folder: Path, plan: Plan, say: Say, *, own: str, bare: str) -> Ingested:
    """On PostgreSQL, with the addresses of two empty databases."""
    company.tabhost(folder / "bare", "db", "upgrade", TABHOST_DATABASE_URL=bare)
    database = BarePostgres(bare, datetime.now(UTC))
    return _compare("PostgreSQL", folder, database, plan, say, TABHOST_DATABASE_URL=own)


def administrator(folder: Path, name: str, core: int | None = None, **variables: str) -> Server:
    """A server with one worker on the data in *folder*, started, and an administrator who is signed in."""
    port = free_port()
    server = Server(
        name=name,
        command=[company.COMMAND, "serve", "--workers", "1"],
        port=port,
        variables=company.environment(TABHOST_DATA=str(folder), TABHOST_PORT=str(port), **variables),
        folder=folder,
        path="/login",
        shows=[],
        log=folder / "serve.log",
        core=core,
    )
    words = ("user", "add", company.PERSON, "--name", "Bente Berg", "--role", "administrator", "--link")
    link = company.tabhost(folder, *words, **variables)
    server.start()
    try:
        server.sign_in(link)
        _wait_for_jobs(folder, **variables)
    except RuntimeError:
        server.stop()
        raise
    return server


def _wait_for_jobs(folder: Path, **variables: str) -> None:
    """Wait until what is done by the clock has been done: a start begins with all of it."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        jobs = json.loads(company.tabhost(folder, "jobs", "list", "--json", **variables))
        if all(each["result"] and not each["running"] for each in jobs):
            return
        sleep(1)
    raise RuntimeError("the jobs are never done")


def token(server: Server) -> str:
    """What whoever is signed in must send along.

    Raises:
        RuntimeError: No page has it.
    """
    found = TOKEN.search(server.get("/no-such-page")[2])
    if found is None:
        raise RuntimeError("the server's pages have no token")
    return found[1]


class _Sender:
    """Sends batches to a server, each as one request on one connection."""

    def __init__(self, server: Server, now: datetime) -> None:
        self._now = now
        self._connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60)
        self._headers = {
            "Cookie": server.cookie,
            "X-CSRF-Token": token(server),
            "Content-Type": "application/json",
        }

    def send(self, number: int) -> float:
        """Send one; seconds until the answer is there."""
        sent = body(batch(number, self._now))
        began = perf_counter()
        self._connection.request("POST", USAGE, sent, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        took = perf_counter() - began
        if answer.status != 200 or json.loads(said)["accepted"] != BATCH:
            raise RuntimeError(f"{USAGE} answered {answer.status}: {said[:300]!r}")
        return took

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _compare(name: str, folder: Path, bare: Bare, plan: Plan, say: Say, **variables: str) -> Ingested:
    numbers, now = count(), datetime.now(UTC)
    own = folder / "own"
    own.mkdir()
    server = administrator(own, name, plan.core, **variables)
    sender = _Sender(server, now)

    def write(number: int) -> float:
        rows = batch(number, now)
        began = perf_counter()
        bare.write(rows)
        return perf_counter() - began

    def turn(one: Callable[[int], float], cpu: Callable[[], float]) -> Turn:
        before = cpu()
        rate = BATCH * plan.batches / sum(one(next(numbers)) for _ in range(plan.batches))
        return Turn(rate=rate, cpu=(cpu() - before) / plan.batches * 1000)

    try:
        rounds = []
        for number in range(plan.rounds + 1):  # the first one warms up
            say(f"{name}: {'warming up' if not number else f'round {number} of {plan.rounds}'}")
            by_hand = _pinned(plan.core, lambda: turn(write, process_time))
            rounds.append((by_hand, turn(sender.send, server.cpu)))
    finally:
        sender.close()
        server.stop()
        bare.close()
    return _medians(name, rounds[1:])


def _medians(name: str, rounds: Sequence[tuple[Turn, Turn]]) -> Ingested:
    return Ingested(
        name=name,
        bare=median(each.rate for each, _ in rounds),
        product=median(each.rate for _, each in rounds),
        ratio=median(own.rate / by_hand.rate for by_hand, own in rounds),
        bare_cpu=median(each.cpu for each, _ in rounds),
        product_cpu=median(each.cpu for _, each in rounds),
    )


def _pinned(core: int | None, work: Callable[[], Turn]) -> Turn:
    """Do *work* on the server's core, so that both have the same."""
    if core is None:
        return work()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return work()
    finally:
        os.sched_setaffinity(0, before)
