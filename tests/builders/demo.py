"""The demo company: in this process for tests that read, in one of its own for the browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from host.app import create_app
from host.cli.context import Context
from host.cli.serve import fill_demo
from host.settings import read_settings
from host.testing.kit import Clock, HostKit

COMMAND = str(Path(sys.executable).parent / "tabhost")
SERVING = re.compile(r"^Serving on (http://\S+)$", re.MULTILINE)
OPEN = re.compile(r"^Open (http://\S+/login/once/\S+)$", re.MULTILINE)


@contextmanager
def demo_kit(folder: Path) -> Iterator[HostKit]:
    """The demo, filled as ``serve --demo`` fills it."""
    settings = read_settings({"TABHOST_DATA": str(folder), "TABHOST_ISOLATION": "none"})
    context = Context(settings=settings)
    fill_demo(context)
    app = create_app(settings, context.house)
    try:
        yield HostKit(app, context.house, Clock(context.house.clock()), settings)
    finally:
        context.close()


@dataclass
class DemoServer:
    """A served demo.

    Args:
        folder: The folder it was started in.
        address: Where it listens, without a slash at the end.
        link: The one-time link it printed.
        process: The server.
        data: Where it keeps what it knows.
        variables: Settings that it was started with.
    """

    folder: Path
    address: str
    link: str
    process: subprocess.Popen[str]
    data: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``tabhost`` on the same data."""
        return self.run_with("", *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``tabhost`` on the same data, in a process group of its own, and do not wait for it."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=self._environment(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        found = {**os.environ, **self.variables, "TABHOST_DATA": str(self.data)}
        return {**found, "TABHOST_PORT": self.address.rpartition(":")[2]}

    def run_with(self, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same, with something on standard input."""
        return subprocess.run(
            [COMMAND, *arguments],
            env=self._environment(),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )

    def new_link(self, user_id: str = "KAAN") -> str:
        """A link that signs somebody in."""
        found = OPEN.search(self.run("user", "link", user_id).stdout)
        assert found, "tabhost user link printed no link"
        return found[1]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve_demo(folder: Path, command: str = COMMAND) -> Iterator[DemoServer]:
    """Start ``tabhost serve --demo`` in *folder*, wait for its link, and end it with SIGTERM."""
    with _serving([command, "serve", "--demo"], folder) as (process, address):
        yield DemoServer(folder, address, _printed(OPEN, process), process, folder / ".demo")


@contextmanager
def serve_demo_on(database_url: str, folder: Path) -> Iterator[DemoServer]:
    """The demo in any database, filled here and then served like a real installation."""
    variables = {"TABHOST_DATA": str(folder), "TABHOST_DATABASE_URL": database_url}
    context = Context(settings=read_settings(variables))
    fill_demo(context)
    context.close()
    with _serving([COMMAND, "serve"], folder, **variables) as (process, address):
        yield DemoServer(folder, address, _printed(SERVING, process), process, folder, variables)


@contextmanager
def _serving(
    command: list[str], folder: Path, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = free_port()
    environment = {**os.environ, "TABHOST_PORT": str(port), "PYTHONUNBUFFERED": "1", **variables}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()


def _printed(address: re.Pattern[str], process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        found = address.match(line.rstrip())
        if found:
            return found[1]
    raise AssertionError("tabhost serve ended without printing its address")
