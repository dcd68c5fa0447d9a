"""Servers that are compared: started, signed in to, measured and stopped."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from bench import processes

PATIENCE = 60.0
LOOPBACK = "127.0.0.1"


@dataclass(slots=True, kw_only=True)
class Server:
    """One server of the comparison.

    Args:
        name: What it is called in the tables.
        command: Starts it.
        port: Where it then listens.
        variables: Its environment.
        folder: Where it runs.
        path: The page to ask for.
        shows: Words that the page must have, all of them.
        log: Where what it prints goes.
        core: The core it may use; None for all.
        cookie: The header of whoever is signed in.
    """

    name: str
    command: list[str]
    port: int
    variables: dict[str, str]
    folder: Path
    path: str
    shows: list[str]
    log: Path
    core: int | None = None
    cookie: str = ""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process, above any others it has."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def start(self, path: str = "") -> float:
        """Start it and wait for the first 200 of its page, or of *path*; seconds that took.

        Raises:
            RuntimeError: It ended, or the page did not come; shows the end of its log.
        """
        began = perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self.variables,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._settle,  # noqa: PLW1509 - this process has one thread
            )
        while perf_counter() - began < PATIENCE and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                if self.get(path or self.path)[0] == 200:
                    return perf_counter() - began
            sleep(0.005)
        self.stop()
        raise RuntimeError(f"{self.name} does not answer {path or self.path}:\n{self._end_of_log()}")

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """Status, headers in small letters, and body of one request."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            headers = {"Accept-Language": "en"} | ({"Cookie": self.cookie} if self.cookie else {})
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read().decode("utf-8", "replace")
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body
        finally:
            connection.close()

    def sign_in(self, link: str) -> None:
        """Use the one-time *link*, and keep the cookie.

        Raises:
            RuntimeError: No session came of it.
        """
        _, slash, token = link.strip().partition("/login/once/")
        status, headers, _ = self.get(f"{slash}{token.split()[0] if token else ''}")
        if "set-cookie" not in headers:
            raise RuntimeError(f"{self.name}: the sign-in link was answered with {status} and no session")
        self.cookie = headers["set-cookie"].partition(";")[0]

    def check(self) -> None:
        """See that the page shows what it should.

        Raises:
            RuntimeError: Something is missing: a fast page that shows something else would win.
        """
        _, _, body = self.get(self.path)
        missing = [each for each in self.shows if each not in body]
        if missing:
            raise RuntimeError(f"{self.name}: {self.path} does not show {', '.join(missing[:3])}")

    def runner(self, plugin: str) -> int | None:
        """The process that *plugin* has to itself; None where it runs in the server's."""
        plugins: list[dict[str, Any]] = json.loads(self.get("/api/v1/plugins")[2])
        found = next((each.get("pid") for each in plugins if each["id"] == plugin), None)
        return found if found != self.pid else None

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        return processes.cpu_seconds(self.pid)

    def memory(self) -> float:
        """PSS of all its processes in MB."""
        return processes.memory(*processes.tree(self.pid))

    def stop(self) -> None:
        """Stop it; what it started goes with it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _settle(self) -> None:
        if self.core is not None:
            os.sched_setaffinity(0, {self.core})

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        port: int = found.getsockname()[1]
    return port
