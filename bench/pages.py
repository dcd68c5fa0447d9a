"""``make bench``: pages of Tabhost against the same rows drawn by others, and a runner against no runner.

All servers are on loopback, one process that serves each, on one core; the load generator has the other.
The machine's noise falls on all alike: they take turns, round by round, and medians are told. Figures are
printed and not asserted: only a server that does not serve its page makes the command fail.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench.cast import REPOSITORY, Stage, licence_lists, samples
from bench.contest import Figures, Plan, compare
from bench.report import lines, targets

PEERS = REPOSITORY / ".bench" / "venv" / "bin" / "python"


def main() -> None:
    """Compare, print, and write the figures as JSON where asked."""
    given = _arguments()
    began = monotonic()

    def say(text: str) -> None:
        print(f"[{monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)

    cores = sorted(os.sched_getaffinity(0))
    servers_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    plan = Plan(
        rounds=given.rounds,
        requests=given.requests,
        seconds=given.seconds,
        starts=given.starts,
        core=load_core,
    )
    try:
        with TemporaryDirectory(prefix="tabhost-bench-") as folder:
            say("the company, the demo and who may see them")
            stage = Stage(folder=Path(folder), peers=given.peers, core=servers_core)
            found = compare([*licence_lists(stage), *samples(stage)], plan, say)
    except (OSError, RuntimeError) as error:
        sys.exit(f"The benchmark is broken: {error}")
    print("\n".join(lines(found)))
    if given.json:
        given.json.write_text(json.dumps(_document(found, plan), indent=2) + "\n", encoding="utf-8")


def _document(found: list[Figures], plan: Plan) -> dict[str, object]:
    verdicts = [
        {"target": each.text, "figure": each.figure, "verdict": each.verdict} for each in targets(found)
    ]
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    return {
        "machine": machine,
        "plan": asdict(plan),
        "servers": [asdict(each) for each in found],
        "targets": verdicts,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=250, help="For latency, each round (default 250).")
    parser.add_argument("--seconds", type=float, default=3, help="For requests/s, each round (default 3).")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS, help="Python of the peers.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures there, too.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
