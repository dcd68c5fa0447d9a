"""``make bench-metering``: taking usage in, looking at a year of it, and a thousand pages that look on.

Taking in is compared with the bare database, both in turns on one core of this machine; the load generator
has the other. Figures are printed and not asserted: only a server that does not do its work makes the command
fail.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import psycopg

from bench import company, grown, ingesting, watching
from bench.clusters import cluster, make_database
from bench.report import Target
from bench.servers import Server

PARTS = ("ingest", "dashboard", "pages")
READERS = 10
"""People whose pages are open."""


@dataclass(slots=True)
class Found:
    """What was measured; empty where it was not asked for."""

    ingest: list[ingesting.Ingested] = field(default_factory=list)
    dashboards: list[grown.Opened] = field(default_factory=list)
    pages: watching.Watched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where and how everything is measured."""

    given: argparse.Namespace
    folder: Path
    server_core: int | None
    load_core: int | None
    say: Callable[[str], None]


def main() -> None:
    """Measure, print, and write the figures as JSON where asked."""
    given, began = _arguments(), monotonic()

    def say(text: str) -> None:
        print(f"[{monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)

    cores = sorted(os.sched_getaffinity(0))
    server_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    found = Found()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="tabhost-metering-")))
            stage = Stage(given=given, folder=folder, server_core=server_core, load_core=load_core, say=say)
            postgres = stack.enter_context(cluster())
            if "ingest" in given.only:
                found.ingest = _ingest(stage, postgres)
            if "dashboard" in given.only:
                found.dashboards = _dashboards(stage, postgres)
            if "pages" in given.only:
                found.pages = _pages(stage)
    except (OSError, RuntimeError, psycopg.Error) as error:
        sys.exit(f"The benchmark is broken: {error}")
    print("\n".join(_lines(found)))
    if given.json:
        given.json.write_text(json.dumps(_document(found, given), indent=2) + "\n", encoding="utf-8")


def _ingest(stage: Stage, postgres: Path) -> list[ingesting.Ingested]:
    plan = ingesting.Plan(rounds=stage.given.rounds, batches=stage.given.batches, core=stage.server_core)
    own, bare = make_database(postgres, "ingest_own"), make_database(postgres, "ingest_bare")
    sqlite, other = stage.folder / "sqlite", stage.folder / "postgres"
    for each in (sqlite, other):
        each.mkdir()
    return [
        ingesting.sqlite(sqlite, plan, stage.say),
        ingesting.postgres(other, plan, stage.say, own=own, bare=bare),
    ]


def _dashboards(stage: Stage, postgres: Path) -> list[grown.Opened]:
    found = []
    for name, address in (("SQLite", ""), ("PostgreSQL", make_database(postgres, "grown"))):
        stage.say(f"{name}: {stage.given.events:,} events")
        folder = stage.folder / f"grown-{name}"
        folder.mkdir()
        grown.fill(folder, stage.given.events, address)
        variables = {"TABHOST_DATABASE_URL": address} if address else {}
        server = ingesting.administrator(folder, name, stage.server_core, **variables)
        try:
            stage.say(f"{name}: dashboards")
            found += grown.open_dashboards(server, name, stage.given.requests, stage.load_core)
        finally:
            server.stop()
    return found


def _pages(stage: Stage) -> watching.Watched:
    stage.say("a thousand open pages")
    folder = stage.folder / "pages"
    folder.mkdir()
    server = ingesting.administrator(folder, "pages", stage.server_core)
    try:
        for kind in ("rou-rebuild", "freetext-rebuild"):
            company.tabhost(folder, "status", "add-event", "--type", kind, "--message", "Running")
        cookies = [server.cookie, *_readers(server, folder)]
        return watching.watch(server, cookies, stage.given.seconds // int(watching.EVERY))
    finally:
        server.stop()


def _readers(server: Server, folder: Path) -> Iterator[str]:
    own = server.cookie
    for number in range(1, READERS):
        words = ("user", "add", f"READER{number}", "--name", f"Reader {number}", "--role", "viewer", "--link")
        server.cookie = ""
        server.sign_in(company.tabhost(folder, *words))
        yield server.cookie
    server.cookie = own


def targets(found: Found) -> list[Target]:
    """The targets of this benchmark with what was measured."""
    result = []
    for each in found.ingest:
        text = f"taking in over HTTP ÷ bare {each.name}, at least 0.25 (aim: 0.4)"
        result.append(Target(text=text, figure=each.ratio, least=0.25))
    for name in dict.fromkeys(each.name for each in found.dashboards):
        slowest = max(each.p50 for each in found.dashboards if each.name == name)
        result.append(
            Target(text=f"dashboard of 12 months on {name}, p50 at most 20 ms", figure=slowest, most=20)
        )
    if found.pages:
        text = f"cores for {watching.PAGES:,} open pages, at most 0.5"
        result.append(Target(text=text, figure=found.pages.cores, most=0.5))
    return result


def _lines(found: Found) -> Iterator[str]:
    for each in found.ingest:
        yield (
            f"{each.name}: {each.product:,.0f} events/s over HTTP, "
            f"{each.bare:,.0f} into the bare database ({each.ratio:.2f}); "
            f"CPU of the client {each.bare_cpu:.1f} ms a batch, of the server {each.product_cpu:.1f} ms"
        )
    for page in found.dashboards:
        yield (
            f"{page.name}, dashboard of {page.service}: p50 {page.p50:.1f} ms, p99 {page.p99:.1f} ms; "
            f"CPU {page.cpu:.1f} ms"
        )
    if found.pages:
        pages = found.pages
        yield (
            f"{watching.PAGES:,} open pages: {pages.cores:.2f} cores; p50 {pages.p50:.1f} ms, "
            f"p99 {pages.p99:.1f} ms; {pages.unchanged:,} of {pages.asked:,} answers were a 304"
        )
    yield "Targets"
    for target in targets(found):
        yield f"  {target.verdict:12}  {target.figure or 0:>9.2f}  {target.text}"


def _document(found: Found, given: argparse.Namespace) -> dict[str, object]:
    verdicts = [
        {"target": each.text, "figure": each.figure, "verdict": each.verdict} for each in targets(found)
    ]
    plan = {name: value for name, value in vars(given).items() if name != "json"}
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    return {"machine": machine, "plan": plan, **asdict(found), "targets": verdicts}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="Of taking in (default 3).")
    parser.add_argument("--batches", type=int, default=40, help="In each round (default 40).")
    parser.add_argument(
        "--events", type=int, default=10_000_000, help="Behind the dashboard (default 10,000,000)."
    )
    parser.add_argument("--requests", type=int, default=200, help="Of each dashboard (default 200).")
    parser.add_argument("--seconds", type=int, default=20, help="For the open pages (default 20).")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="Parts to measure.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures there, too.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
