"""Installed packages that break in every way, in runners of their own: each costs one card."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders.broken import WELL, install_broken, install_forks, install_with_store
from builders.parents import alive, eventually
from builders.served import Seen, Server, Watch, is_whole, served
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from host.storage.database import Database
from host.storage.records import audit_log
from host.testing import installed, make_host
from host.testing.kit import Client

ERROR_ID = re.compile(r"E-[2-9A-Z]{4}-[2-9A-Z]{4}")
SECRETS = re.compile(r'(name="csrf_token" value=|nonce=)"[^"]+"')
START, PATIENCE = 3, 60.0
NEIGHBOUR, STATUS = "/tabs/neighbour/main/", "/tabs/status_tab/status/"
FAILED = "The plugin behind this tab failed."
LATE = "The plugin behind this tab did not answer in time."
BUSY = "The plugin behind this tab is busy"

CARDS = {
    "raises": ("", 502, "RuntimeError: kaput"),
    "exits": ("", 502, "the connection was closed without an answer"),
    "segfaults": ("", 502, "the connection was closed without an answer"),
    "sleeps": ("", 504, "no whole answer within 2 seconds"),
    "loops": ("", 504, "no whole answer within 2 seconds"),
    "swells": ("", 502, "the answer is larger than 10000000 bytes"),
    "swells, more": ("more", 502, "MemoryError"),
    "not_utf8": ("", 502, "not UTF-8"),
    "breaks_out": ("", 502, "&lt;base&gt;"),
    "patches": ("", 502, "ValueError: patched"),
}
"""By plugin: which of its pages, the status, and what an administrator reads on the card."""
REASONS = {
    "import_raises": "RuntimeError: kaput while imported",
    "import_exits": "ended with exit status 3",
    "import_hangs": "did not finish within 3 seconds",
}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Where all the packages are installed."""
    folder = tmp_path_factory.mktemp("site")
    install_broken(folder)
    install_with_store(folder, "neighbour")
    install_with_store(folder, "holds")
    return folder


@pytest.fixture(scope="session")
def server(site, tmp_path_factory) -> Iterator[Server]:
    """Served with all of them."""
    with served(tmp_path_factory.mktemp("data"), site, TABHOST_RUNNER_START=str(START)) as server:
        yield server


@pytest.fixture
def watched(server) -> Iterator[Watch]:
    """Whatever the test does, the neighbour and a built-in plugin serve."""
    with Watch(server.visitor, (NEIGHBOUR, STATUS)) as watch:
        yield watch
    assert watch.failed == []


class TestImporting:
    def test_what_cannot_be_imported_is_rejected_with_what_happened(self, server, watched):
        """On the command line and in the API alike; its address leads nowhere, nobody else is rejected."""
        visitor = server.visitor
        for told in (server.run("plugins", "list", "--json"), visitor.get("/api/v1/plugins").text):
            listed = [each for each in json.loads(told) if each["reason"] or each["state"] != "serving"]
            assert {each["id"]: each["state"] for each in listed} == dict.fromkeys(REASONS, "rejected")
            assert all(REASONS[each["id"]] in each["reason"] for each in listed), listed
        for plugin in REASONS:
            seen = visitor.get(f"/tabs/{plugin}/main/")
            assert (seen.status, is_whole(seen.text)) == (404, True)

    def test_the_start_does_not_wait_for_whoever_hangs(self, server):
        """Its import takes ten minutes; its limit is over, and everybody is there who was asked beside it."""
        (hanging,) = [
            each
            for each in json.loads(server.visitor.get("/api/v1/plugins").text)
            if each["id"] == "import_hangs"
        ]
        assert REASONS["import_hangs"] in hanging["reason"]
        assert server.visitor.get(NEIGHBOUR).status == 200


class TestVisiting:
    @pytest.mark.parametrize("fault", CARDS)
    def test_a_fault_is_a_card_within_the_deadline_and_the_tab_comes_back(self, server, watched, fault):
        """It names the plugin, the error and what to do; the next visit finds another runner.

        While somebody waits for a page that hangs, others are served more than once.
        """
        plugin, (path, status, told) = fault.partition(",")[0], CARDS[fault]
        before = len(watched.seen)
        seen = server.visitor.get(f"/tabs/{plugin}/main/{path}")
        assert seen.status == status, seen.text
        assert status != 504 or len(watched.seen) - before > len(watched.paths)
        assert f"{plugin} 1.0" in seen.text
        assert ERROR_ID.search(seen.text)
        assert (LATE if status == 504 else FAILED) in seen.text
        assert told in seen.text
        assert is_whole(seen.text)
        again = eventually(lambda: _good(server.visitor.get(f"/tabs/{plugin}/main/well")))
        assert WELL in again.text
        assert is_whole(again.text)

    def test_another_deadline_is_in_force_at_once(self, server, watched):
        """Set for one plugin, while everything runs."""
        server.run("plugins", "set", "sleeps", "runner.deadline", "1")
        try:
            seen = server.visitor.get("/tabs/sleeps/main/")
        finally:
            server.run("plugins", "set", "sleeps", "runner.deadline")
        assert seen.status == 504
        assert "no whole answer within 1 seconds" in seen.text


class TestManyAtOnce:
    def test_thirty_visitors_of_a_page_that_sleeps_hold_nobody_else_up(self, server):
        """The threads of the host are the scarce resource: the surplus is turned away quickly."""
        with Watch(server.visitor, (NEIGHBOUR,)) as watch, ThreadPoolExecutor(30) as crowd:
            visits = [crowd.submit(server.visitor.get, "/tabs/sleeps/main/") for _ in range(30)]
            came = [(visit.result(), len(watch.seen)) for visit in as_completed(visits)]
        answers = [answer for answer, _ in came]
        turned_away = [each for each in answers if each.status == 503]
        # Who was let in waits for the deadline, or until the runner is ended at somebody else's.
        assert {each.status for each in answers} <= {502, 503, 504}
        assert len(turned_away) >= 20
        assert all(BUSY in each.text and is_whole(each.text) for each in turned_away)
        first = next(number for number, each in enumerate(answers) if each.status != 503)
        assert first >= 20, "they waited until others had been answered"
        assert came[first][1] > 1, "the neighbour's visitor waited as well"
        assert watch.failed == []


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory, cluster) -> Iterator[Server]:
    """Served on PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgresql")
    install_with_store(folder, "neighbour")
    install_with_store(folder, "holds")
    with cluster.database() as url, served(folder / "data", folder, TABHOST_DATABASE_URL=url) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def stores(request) -> tuple[Server, str]:
    """A server on either database, and the address of that."""
    name = "server" if request.param == "sqlite" else "postgresql_server"
    server: Server = request.getfixturevalue(name)
    folder = server.environment["TABHOST_DATA"]
    return server, server.environment.get("TABHOST_DATABASE_URL", f"sqlite:///{folder}/tabhost.db")


class TestHangingInATransaction:
    def test_who_writes_and_hangs_blocks_nobody_and_writes_again(self, stores):
        """Neighbour, built-in plugin and host write meanwhile, it can be read, and what it wrote is gone."""
        server, url = stores
        visitor = server.visitor
        server.run("plugins", "set", "holds", "runner.deadline", "15")
        for plugin in ("holds", "neighbour"):
            assert visitor.post(f"/tabs/{plugin}/main/add", text="before").status == 303
        with _hanging(server) as hung:
            kept = visitor.post("/tabs/neighbour/main/add", text="meanwhile")
            off = visitor.post("/plugins/acme_requests/disable")
            on = visitor.post("/plugins/acme_requests/enable")
            assert [each.status for each in (kept, off, on)] == [303, 303, 303]
            server.run("status", "add-event", "--type", "no-travel")
            assert "Notes kept: ['before']" in visitor.get("/tabs/holds/main/").text
            assert hung == [], "they were answered when it did not hang any more"
        assert (hung[0].status, LATE in hung[0].text) == (504, True)
        eventually(lambda: visitor.post("/tabs/holds/main/add", text="after").status == 303)
        assert "Notes kept: ['before', 'after']" in visitor.get("/tabs/holds/main/").text
        assert "Notes kept: ['before', 'meanwhile']" in visitor.get(NEIGHBOUR).text
        assert _notes_in_the_log(url)[-2:] == [("neighbour", "meanwhile"), ("holds", "after")]


class TestTooLarge:
    @pytest.mark.parametrize(
        ("path", "type_"),
        [(f"{NEIGHBOUR}upload", "text/html"), ("/api/v1/neighbour/", "application/json")],
    )
    def test_what_is_announced_as_too_large_is_refused_before_it_is_read(self, server, path, type_):
        """Nothing of the 50 MB is sent: the answer comes on the head alone, and then the connection ends."""
        host, port = server.visitor.address.split(":")
        head = [
            f"POST {path} HTTP/1.1",
            f"Host: {server.visitor.address}",
            f"Cookie: {server.visitor.cookie}",
        ]
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall("\r\n".join([*head, "Content-Length: 52428800", "", ""]).encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        assert answer.startswith("HTTP/1.1 413 ")
        assert f"Content-Type: {type_}" in answer
        assert "at most 6 MB at once. Nothing was changed." in answer


class TestEnding:
    def test_sigterm_ends_everything_within_the_grace_time(self, tmp_path):
        """While pages hang, and with a process that a plugin forked and left behind."""
        with _small_server(tmp_path) as server:
            processes = _with_pages_that_hang(server)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(PATIENCE) == 0
            assert [pid for pid in processes if alive(pid)] == []

    def test_a_parent_that_is_killed_takes_workers_and_runners_with_it(self, tmp_path):
        """Nobody is left to hold the port or a database."""
        with _small_server(tmp_path, forks=False) as server:
            processes = _with_pages_that_hang(server)
            server.process.kill()
            server.process.wait(5)
            eventually(lambda: not [pid for pid in processes if alive(pid)])


class TestWithoutRunners:
    def test_a_page_is_the_same_in_process_as_through_a_runner(self, tmp_path, site, monkeypatch):
        """Byte for byte, apart from what is secret and new each time."""
        monkeypatch.syspath_prepend(str(site))
        drawn: dict[bool, list[tuple[int, str]]] = {}
        for runners in (True, False):
            found = installed("superoffice_tab", "status_tab", "neighbour", "acme_requests")
            kit = make_host(tmp_path / str(runners), found, runners=runners)
            try:
                client = kit.client(language="da")
                client.post("/tabs/neighbour/main/add", {"text": 'Smørrebrød & "more"'})
                pages = [client.get(path) for path in (NEIGHBOUR, "/tabs/acme_requests/requests/")]
                drawn[runners] = [(each.status, SECRETS.sub(r"\1", each.text)) for each in pages]
            finally:
                kit.close()
        assert [status for status, _ in drawn[True]] == [200, 200]
        assert "Smørrebrød" in drawn[True][0][1]
        assert drawn[True] == drawn[False]

    @pytest.mark.parametrize("runners", [True, False], ids=["in a runner", "in process"])
    def test_a_file_comes_through_up_to_the_limit(self, tmp_path, site, monkeypatch, runners):
        """5 MB arrive whole; 7 MB are more than this host accepts."""
        monkeypatch.syspath_prepend(str(site))
        kit = make_host(tmp_path / "host", installed("neighbour"), runners=runners)
        try:
            assert _upload(kit.client(), 5_000_000) == (200, "Got æ.bin: 5000000 bytes.")
            assert _upload(kit.client(), 7_000_000) == (413, "")
        finally:
            kit.close()


def _upload(client: Client, size: int) -> tuple[int, str]:
    """Send a file to the neighbour: the status, and what it said."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(b"x" * size), "æ.bin", "file")})
    answer = client.flask.post(
        f"{NEIGHBOUR}upload",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"X-CSRF-Token": client.token()},
    )
    said = re.search(r"Got .* bytes\.", answer.get_data(as_text=True))
    return answer.status_code, said[0] if said else ""


def _good(seen: Seen) -> Seen | None:
    return seen if seen.status == 200 else None


@contextmanager
def _hanging(server: Server) -> Iterator[list[Seen]]:
    """While it lasts, ``holds`` has written and hangs; afterwards its answer is in the list."""
    hung: list[Seen] = []
    hangs = Path(server.environment["PYTHONPATH"]) / "holds_hangs"
    hangs.unlink(missing_ok=True)
    thread = threading.Thread(target=lambda: hung.append(server.visitor.post("/tabs/holds/main/hang")))
    thread.start()
    try:
        eventually(hangs.exists, within=10)
        yield hung
    finally:
        thread.join(PATIENCE)


def _notes_in_the_log(url: str) -> list[tuple[str, str]]:
    database = Database(url)
    try:
        with database.reading() as session:
            found = [
                (each.plugin, each.subject) for each in audit_log(session) if each.action == "note.added"
            ]
    finally:
        database.close()
    return found[::-1]


@contextmanager
def _small_server(tmp_path, *, forks: bool = True) -> Iterator[Server]:
    site = tmp_path / "site"
    site.mkdir()
    install_broken(site, "sleeps", "loops")
    if forks:
        install_forks(site)
    with served(tmp_path / "data", site) as server:
        yield server


def _with_pages_that_hang(server: Server) -> list[int]:
    """All its processes, once its runners are busy for ever."""

    def visit(plugin: str) -> None:
        try:
            server.visitor.get(f"/tabs/{plugin}/main/")
        except OSError:  # the server ends under it
            return

    if server.visitor.get("/tabs/forks/main/well").status == 200:
        assert "Forked" in server.visitor.get("/tabs/forks/main/").text
    for plugin in ("sleeps", "loops"):
        assert server.visitor.get(f"/tabs/{plugin}/main/well").status == 200
        threading.Thread(target=visit, args=(plugin,), daemon=True).start()
    time.sleep(0.3)
    return server.processes()
