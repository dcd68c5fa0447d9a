"""A parent in a process of its own, with web workers and runners that do as their name says.

The tests' own process has threads and signal handlers; a parent has neither, so it is a program here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host.engine.runner.limits import Limits
from host.engine.runner.parent import Parent, open_folder
from host.engine.runner.places import control_socket, runner_socket, state_file
from host.engine.runner.server import serve_socket
from host.engine.runner.wire import Answer, Call, exchange


@dataclass
class ParentProgram:
    """A running parent.

    Args:
        process: Its process.
        folder: Its private folder.
        notes: Where its children note that they started.
    """

    process: subprocess.Popen[str]
    folder: Path
    notes: Path

    def get(self, plugin: str, target: str = "/pid", *, deadline: float = 5.0) -> Answer:
        """Call a runner."""
        call = Call(method="GET", target=target)
        return exchange(runner_socket(self.folder, plugin), call, deadline=deadline, most=100_000)

    def pid(self, plugin: str) -> int:
        """The process that serves *plugin*, started if need be."""
        return int(self.get(plugin).body)

    def state(self) -> dict[str, Any]:
        """What the parent wrote down last."""
        path = state_file(self.folder)
        return json.loads(path.read_text("ascii")) if path.exists() else {}

    def runner(self, plugin: str) -> dict[str, Any]:
        """What it wrote of one runner."""
        return self.state()["runners"][plugin]

    def worker(self) -> int:
        """The process of the first web worker; 0 for none."""
        return self.state().get("workers", {}).get("0", {}).get("pid", 0)

    def starts(self, name: str) -> int:
        """How often the runner or worker of that name was started."""
        path = self.notes / name
        return path.read_text("ascii").count("\n") if path.exists() else 0

    @property
    def control(self) -> Path:
        """Where it is told of runners that hang."""
        return control_socket(self.folder)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Tell it to end, and wait."""
        self.process.send_signal(number)
        self.process.wait(30)


NEVER = 600.0
"""A time of grace that no test waits for: what ends nevertheless ended of itself."""


@contextmanager
def parent_of(
    notes: Path, *plugins: str, workers: int = 1, worker: str = "waits", grace: float = 3.0, **limits: float
) -> Iterator[ParentProgram]:
    """Run a parent for runners of these names (see `SERVE`), all with the same *limits*."""
    options = {
        "notes": str(notes), "plugins": plugins, "limits": limits,
        "workers": workers, "worker": worker, "grace": grace,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), json.dumps(options)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        folder = Path(process.stdout.readline().strip())
        if not folder.is_absolute():  # nothing was said: that path is the working folder, not one to remove
            raise RuntimeError(f"the parent did not start: it ended with {process.wait()}")
        program = ParentProgram(process, folder, notes)
        try:
            eventually(program.state)
            yield program
        finally:
            if process.poll() is None:
                program.end()
            shutil.rmtree(program.folder, ignore_errors=True)  # one that was killed leaves it behind


def alive(pid: int) -> bool:
    """Whether there is such a process; a dead one that nobody waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def eventually(happens: Callable[[], Any], *, within: float = 5.0) -> Any:
    """Wait until *happens* returns something true, and return it."""
    start = time.monotonic()
    while True:
        result = happens()
        waited = time.monotonic() - start
        if result or waited > within:
            assert result, "it did not happen"
            return result
        time.sleep(min(0.01 + waited / 10, 0.1))  # looking costs too, and takes from what is waited for


def _note(notes: Path, name: str) -> None:
    with (notes / name).open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


def _accuse(control: str) -> None:
    """Say that the good one hangs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(b"good", control)


def _app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/hang":
        time.sleep(60)
    if path == "/exit":
        os._exit(3)
    if path == "/while":
        time.sleep(0.5)
    if path == "/accuse":
        _accuse(environ["QUERY_STRING"])
    if path == "/accuse-apart":
        pid = os.fork()
        if not pid:
            os.setsid()
            _accuse(environ["QUERY_STRING"])
            os._exit(0)
        os.waitpid(pid, 0)
    if path == "/fork":
        pid = os.fork()
        if not pid:
            time.sleep(60)
            os._exit(0)
        start_response("200 OK", [])
        return [str(pid).encode()]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]


def _forever(*_: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(60)


def _junk(status: int) -> None:
    os.write(status, b'{"\xff\x00' * 8_000)
    _forever()


def _stubborn(listener: Any, status: int, leash: int, limits: Limits) -> None:
    if os.fork():  # the leash ends the server, not this process
        _forever()
    _serve(listener, status, leash, limits)


def _serve(listener: Any, status: int, leash: int, limits: Limits) -> None:
    serve_socket(_app, listener, status=status, leash=leash, idle=limits.idle, most=100_000)
    os._exit(0)


def _patched(listener: Any, status: int, leash: int, limits: Limits) -> None:
    os._exit = lambda _code: time.sleep(60)  # type: ignore[assignment]
    os.write = lambda *_: 0  # type: ignore[assignment]
    time.monotonic = lambda: 0.0
    serve_socket(_app, listener, status=status, leash=leash, idle=limits.idle, most=100_000)


SERVE: dict[str, Callable[[Any, int, int, Limits], Any]] = {
    "good": _serve,
    "other": _serve,
    "patched": _patched,
    "stubborn": _stubborn,
    "fails": lambda *_: 1 / 0,
    "never": _forever,
    "junk": lambda listener, status, *_: _junk(status),
}


def _work(kind: str, control: str) -> None:
    if kind == "falls":
        os._exit(1)
    if kind == "ignores":
        _forever()
    while kind == "accuses":
        _accuse(control)
        time.sleep(0.2)
    while True:
        time.sleep(60)


def main(options: dict[str, Any]) -> None:
    """Be a parent."""
    folder, notes, limits = open_folder(), Path(options["notes"]), Limits(**options["limits"])

    def run_runner(plugin: str, listener: Any, status: int, leash: int) -> None:
        _note(notes, plugin)
        SERVE[plugin](listener, status, leash, limits)

    def run_worker(number: int) -> None:
        _note(notes, f"worker-{number}")
        _work(options["worker"], str(control_socket(folder)))

    print(folder, flush=True)
    Parent(
        workers=options["workers"],
        run_worker=run_worker,
        seats=dict.fromkeys(options["plugins"], limits),
        run_runner=run_runner,
        folder=folder,
        grace=options["grace"],
    ).run()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
