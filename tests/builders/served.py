"""``tabhost serve`` in a process of its own, on plugins that a test installs, and visitors of it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode, urlsplit

from builders.demo import COMMAND, OPEN, free_port
from builders.parents import eventually
from host.testing.kit import TOKEN

ADMINISTRATOR = "ADMI"
WITHOUT_END = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Seen:
    """An answer.

    Args:
        status: HTTP status.
        text: Body as text.
        location: Where it leads to; "" for nowhere.
        cookie: The cookie it set; "" for none.
    """

    status: int
    text: str
    location: str = ""
    cookie: str = ""


@dataclass
class Visitor:
    """Somebody signed in. Each visit has a connection of its own, so many can go on at once.

    Args:
        address: The server, as host and port.
        cookie: The session.
        token: What forms must bring.
    """

    address: str
    cookie: str = ""
    token: str = ""

    def get(self, path: str) -> Seen:
        """Open a page; redirects are not followed."""
        return self._ask("GET", path)

    def post(self, path: str, **form: str) -> Seen:
        """Send a form."""
        return self._ask("POST", path, urlencode({"csrf_token": self.token, **form}))

    def sign_in(self, link: str) -> Visitor:
        """Follow a link that signs in once."""
        self.cookie = self.get(urlsplit(link).path).cookie.partition(";")[0]
        found = TOKEN.search(self.get("/no-such-page").text)
        assert found, "not signed in"
        self.token = found[1]
        return self

    def _ask(self, method: str, path: str, body: str | None = None) -> Seen:
        headers = {"Cookie": self.cookie, **({"Content-Type": FORM} if body else {})}
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        location, cookie = answer.getheader("Location", ""), answer.getheader("Set-Cookie", "")
        return Seen(answer.status, text, location, cookie)


@dataclass
class Watch:
    """Looks at some pages again and again in a thread, and remembers what it saw.

    Args:
        visitor: Who looks.
        paths: Where.
        pause: Seconds between two looks.
    """

    visitor: Visitor
    paths: tuple[str, ...]
    pause: float = 0.15
    seen: list[tuple[str, Seen]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watch:
        """Begin."""
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._over.set()
        self._thread.join(30)

    @property
    def failed(self) -> list[tuple[str, int, str]]:
        """What was no page."""
        return [(path, each.status, each.text[:500]) for path, each in self.seen if each.status != 200]

    def _look(self) -> None:
        while not self._over.is_set():
            for path in self.paths:
                try:
                    seen = self.visitor.get(path)
                except OSError as error:
                    seen = Seen(0, str(error))
                self.seen.append((path, seen))
            self._over.wait(self.pause)


@dataclass
class Server:
    """A running server.

    Args:
        process: The parent.
        address: Host and port.
        environment: What it was started with.
        visitor: An administrator.
    """

    process: subprocess.Popen[str]
    address: str
    environment: Mapping[str, str]
    visitor: Visitor

    def run(self, *arguments: str) -> str:
        """Run ``tabhost`` on the same data, and return what it said."""
        return _run(self.environment, *arguments)

    def processes(self) -> list[int]:
        """The parent and everything that descends from it."""
        parents = dict(_parents())
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


@contextmanager
def served(folder: Path, site: Path, *, workers: int = 2, **variables: str) -> Iterator[Server]:
    """Serve with everything in *site* installed, and end it if the test did not.

    Args:
        folder: Where the data stand.
        site: A folder of the Python path.
        workers: How many web workers.
        variables: More of the environment.
    """
    port = free_port()
    environment = {name: text for name, text in os.environ.items() if not name.startswith("TABHOST_")}
    environment |= {
        "TABHOST_DATA": str(folder),
        "TABHOST_PORT": str(port),
        "PYTHONPATH": str(site),
        **variables,
    }
    process = subprocess.Popen(
        [COMMAND, "serve", "--workers", str(workers)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    listening = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    listening.start()
    address = f"127.0.0.1:{port}"
    try:
        eventually(
            lambda: any("Serving on" in each for each in said) or process.poll() is not None, within=20
        )
        anonymous = Visitor(address)
        assert anonymous.get("/login").status == 200, said
        added = _run(environment, "user", "add", ADMINISTRATOR, "--role", "administrator", "--link")
        found = OPEN.search(added)
        assert found, added
        yield Server(process, address, environment, anonymous.sign_in(found[1]))
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)
        _tidy_up(process.pid)
        listening.join(5)
        if process.stdout:
            process.stdout.close()


def is_whole(page: str) -> bool:
    """Whether *page* is the shell with all its parts once, and every element is closed in its place."""
    parser = _Balance()
    parser.feed(page)
    parser.close()
    once = all(page.count(each) == 1 for each in ('id="tabs"', "<main", "</main>", "</body>", "</html>"))
    return once and parser.balanced and not parser.open


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.balanced = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """It is closed at once."""

    def handle_endtag(self, tag: str) -> None:
        self.balanced = self.balanced and bool(self.open) and self.open.pop() == tag


def _tidy_up(pid: int) -> None:
    """A parent that was killed leaves the folder of its sockets behind."""
    for state in Path(tempfile.gettempdir()).glob("tabhost-*/state.json"):
        with suppress(OSError, ValueError, TypeError):  # another's may go at any time, or hold anything
            if json.loads(state.read_bytes())["parent"] == pid:
                shutil.rmtree(state.parent)


def _run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text("ascii", "replace").rpartition(")")[2].split()[1]
        except OSError:
            continue
        yield int(stat.parent.name), int(parent)
