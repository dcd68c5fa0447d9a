"""The measuring: every server alone for its start and memory, then all of them in turn, round by round."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import sleep
from typing import Any

from bench import processes
from bench.cast import REPOSITORY, SAMPLE
from bench.load import Job, arguments
from bench.servers import Server

CONNECTIONS = 8
SETTLED = 1.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured.

    Args:
        rounds: How often each server has its turn; an odd number has a median.
        requests: For latency, on one connection, in each round.
        seconds: For requests/s, on eight connections, in each round.
        starts: How often each server is started alone.
        core: The core of the load generator; None for any.
    """

    rounds: int
    requests: int
    seconds: float
    starts: int
    core: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What a server needs when no other runs: seconds to its first page, and MB once it has served some."""

    start: float
    memory: float
    runner: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One server in one round: milliseconds of requests, requests/s, CPU milliseconds of each, refusals."""

    p50: float
    p99: float
    rate: float
    cpu: float
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is told of a server: medians of its rounds and starts, in milliseconds, seconds and MB.

    Args:
        refused: Requests in all that it said it was too busy for.
        runner: The sample's own process, without the rest; None where it has none.
    """

    name: str
    rate: float
    p50: float
    p99: float
    cpu: float
    start: float
    memory: float
    refused: int
    runner: float | None


def compare(servers: Sequence[Server], plan: Plan, say: Say) -> list[Figures]:
    """Measure *servers*, in their order.

    Raises:
        RuntimeError: One of them does not serve its page.
    """
    alone = {}
    for each in servers:
        say(f"{each.name}: start and memory")
        alone[each.name] = _alone(each, plan)
    turns: dict[str, list[Turn]] = {each.name: [] for each in servers}
    try:
        for each in servers:
            each.start()
        for number in range(plan.rounds):
            say(f"round {number + 1} of {plan.rounds}")
            for each in servers:
                turns[each.name].append(_turn(each, plan))
    finally:
        for each in servers:
            each.stop()
    return [_figures(each.name, turns[each.name], alone[each.name]) for each in servers]


def _alone(server: Server, plan: Plan) -> Alone:
    starts = []
    for _ in range(plan.starts - 1):
        starts.append(server.start())
        server.stop()
    starts.append(server.start())
    try:
        server.check()
        # All threads have had their share of pages, as after a while of service.
        _load(server, plan, connections=CONNECTIONS, requests=20)
        sleep(SETTLED)
        runner = server.runner(SAMPLE) if SAMPLE in server.path else None
        return Alone(
            start=median(starts),
            memory=server.memory(),
            runner=None if runner is None else processes.memory(runner),
        )
    finally:
        server.stop()


def _turn(server: Server, plan: Plan) -> Turn:
    single = sorted(_load(server, plan, requests=plan.requests)["milliseconds"])
    before = server.cpu()
    done = _load(server, plan, connections=CONNECTIONS, seconds=plan.seconds)
    used, count = server.cpu() - before, len(done["milliseconds"])
    return Turn(
        p50=median(single),
        p99=quantiles(single, n=100)[98],
        rate=count / done["seconds"],
        cpu=used * 1000 / count,
        refused=done["refused"],
    )


def _load(
    server: Server, plan: Plan, *, connections: int = 1, requests: int = 0, seconds: float = 0
) -> dict[str, Any]:
    job = Job(
        port=server.port,
        path=server.path,
        cookie=server.cookie,
        connections=connections,
        requests=requests,
        seconds=seconds,
        core=plan.core,
    )
    done = subprocess.run(arguments(job), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{server.name}: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _figures(name: str, turns: list[Turn], alone: Alone) -> Figures:
    return Figures(
        name=name,
        rate=median(each.rate for each in turns),
        p50=median(each.p50 for each in turns),
        p99=median(each.p99 for each in turns),
        cpu=median(each.cpu for each in turns),
        start=alone.start,
        memory=alone.memory,
        refused=sum(each.refused for each in turns),
        runner=alone.runner,
    )
