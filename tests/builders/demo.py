"""The demo company: in this process for tests that read, in one of its own for the browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from click.testing import CliRunner, Result

from host.app import create_app
from host.cli.context import Context
from host.cli.main import root
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

    def run(self, *arguments: str, typed: str = "") -> Result:
        """Run ``tabhost`` on the same data, in this process: that saves seconds of starting Python.

        Args:
            arguments: Of the command line.
            typed: What stands on standard input.
        """
        context = Context(settings=self._house_here.settings, borrowed=True)
        context.take(self._house_here.house)
        return CliRunner().invoke(root, arguments, input=typed, obj=context, catch_exceptions=False)

    @cached_property
    def _house_here(self) -> Context:
        return Context(settings=read_settings(self._environment()))

    def close(self) -> None:
        """Give back what `run` opened."""
        if "_house_here" in self.__dict__:
            self._house_here.close()

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

    def new_link(self, user_id: str = "KAAN") -> str:
        """A link that signs somebody in."""
        said = self.run("user", "link", user_id).stdout
        found = OPEN.search(said)
        assert found, said
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
    with (
        _serving([command, "serve", "--demo"], folder) as (process, address),
        closing(DemoServer(folder, address, _printed(OPEN, process), process, folder / ".demo")) as server,
    ):
        yield server


@contextmanager
def serve_demo_on(database_url: str, folder: Path) -> Iterator[DemoServer]:
    """The demo in any database, filled here and then served like a real installation."""
    variables = {"TABHOST_DATA": str(folder), "TABHOST_DATABASE_URL": database_url}
    context = Context(settings=read_settings(variables))
    fill_demo(context)
    context.close()
    with _serving([COMMAND, "serve"], folder, **variables) as (process, address):
        said = _printed(SERVING, process)
        server = DemoServer(folder, address, said, process, folder, variables)
        with closing(server):
            yield server


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
