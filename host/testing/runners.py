"""Runners for tests: a parent in a process of its own, while the pages are served in the test's.

A test's process has threads, and must not be forked. So this module is also a program: it reads from
standard input what to do, asks plugins what they declare or serves them, and ends when it is told to.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import close_all

from host.app import ask_in_children, charge_of
from host.engine.discovery import PRODUCT, Found, discover
from host.engine.runner.client import Runners
from host.engine.runner.forked import ChildError
from host.engine.runner.limits import Limits
from host.engine.runner.parent import Parent
from host.engine.runner.places import control_socket, listen, open_folder, way_back_socket
from host.engine.runner.seal import Seal
from host.runner import Charge, preload, run_runner
from host.services.house import House
from host.settings import Settings
from host.web.visitor import Household
from host.web.way_back import WayBack

GRACE = 20.0


class TestRunners:
    """The runners of one `HostKit`.

    Args:
        settings: The kit's settings.
    """

    __test__ = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder, self.seal = open_folder(), Seal(secrets.token_bytes(32))
        self.client = Runners(self.folder, self.seal, lambda _: settings.limits)
        self._process: subprocess.Popen[str] | None = None
        self._server: Any = None

    def serve(self, house: House, household: Household) -> None:
        """Start the parent, and answer what runners ask."""
        back = WayBack(house=house, renderers=household.renderers, seal=self.seal, opening=household.opening)
        self._server = create_server(
            back,
            sockets=[listen(way_back_socket(self.folder))],
            threads=2,
            asyncore_use_poll=True,
            ident=None,
        )
        threading.Thread(target=self._server.run, daemon=True).start()
        remote = [each.id for each in house.registry.admitted() if each.remote]
        charges = {name: charge_of(self.settings, house, name, self.seal) for name in remote}
        self._process = _program("serve", charges, self.folder)
        self._wait_for(control_socket(self.folder))

    def _wait_for(self, path: Path) -> None:
        end = monotonic() + GRACE
        while not path.exists():
            if monotonic() > end or self._process is None or self._process.poll() is not None:
                raise RuntimeError("the parent of the runners did not start")
            sleep(0.01)

    def close(self) -> None:
        """End every process."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=GRACE)
        if self._server is not None:
            self._server.task_dispatcher.shutdown()
            # Runners that ended a moment ago may have left connections open.
            close_all(self._server._map, ignore_all=True)  # noqa: SLF001 - as waitress itself closes several
        shutil.rmtree(self.folder, ignore_errors=True)


def ask_in_a_program(charges: Mapping[str, Charge], found: list[Found]) -> Mapping[str, bytes | ChildError]:
    """Implements `app.AskAll` without forking the process that calls it. *found* must be installed."""
    del found  # the program looks for itself
    if not charges:
        return {}
    longest = max(each.limits.start for each in charges.values())
    said, _ = _program("declare", charges, Path()).communicate(timeout=longest + GRACE)
    return {
        name: each["declared"].encode() if "declared" in each else ChildError(each["failed"])
        for name, each in json.loads(said).items()
    }


def _program(action: str, charges: Mapping[str, Charge], folder: Path) -> subprocess.Popen[str]:
    order = {
        "action": action,
        "path": sys.path,
        "folder": str(folder),
        "charges": {name: asdict(each) for name, each in charges.items()},
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "from host.testing.runners import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin is not None:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
    return process


def main() -> None:
    """The program: do what standard input says."""
    order = json.loads(sys.stdin.readline())
    sys.path[:] = order["path"]
    charges = {
        name: Charge(**{**each, "limits": Limits(**each["limits"])})
        for name, each in order["charges"].items()
    }
    found = discover(version(PRODUCT))
    preload(postgresql=any(each.schema for each in charges.values()))
    if order["action"] == "declare":
        answers = ask_in_children(charges, found)
        said = {
            name: {"declared": each.decode("utf-8", "replace")}
            if isinstance(each, bytes)
            else {"failed": str(each)}
            for name, each in answers.items()
        }
        sys.stdout.write(json.dumps(said))
        return
    _serve(found, charges, Path(order["folder"]))


def _serve(found: list[Found], charges: Mapping[str, Charge], folder: Path) -> None:
    by_id = {each.id: each for each in found}
    builtins = [each for each in found if each.builtin]

    def run(plugin: str, listener: Any, status: int, leash: int) -> None:
        run_runner(by_id[plugin], builtins, charges[plugin], folder, (listener, status, leash))

    seats = {name: each.limits for name, each in charges.items()}
    Parent(workers=0, run_worker=lambda _: None, seats=seats, run_runner=run, folder=folder).run()
