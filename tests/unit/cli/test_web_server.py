"""The server of a web worker: how it ends."""

from __future__ import annotations

import gc
import http.client
import os
import signal
import socket
import threading
from time import sleep

import pytest
from builders.twofold import soon

from host.cli.web_server import make_server, serve_until_stopped
from host.engine.runner.children import fork

SLOW = 0.6
"""Seconds that a page takes."""


@pytest.fixture
def worker(tmp_path):
    """Starts a child that serves a slow page; its address, its log, and what is there during a visit."""
    listener = socket.create_server(("127.0.0.1", 0))
    log, begun = tmp_path / "log", tmp_path / "begun"

    def page(_environ, start_response):
        begun.touch()
        sleep(SLOW)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"whole"]

    def start(before=lambda: None):
        def work():
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
            before()
            channels = {}
            serve_until_stopped(make_server(page, listener, 2, map=channels), channels)

        return fork(work)

    yield start, listener.getsockname(), log, begun
    listener.close()


def get(address, pages):
    """Open the page."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", "/")
    pages.append(connection.getresponse().read())
    connection.close()


def end_of(pid):
    """Its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_told_twice_it_finishes_what_is_under_way_and_logs_nothing(self, worker, number):
        """As where a service manager tells every process, and the parent tells its own again."""
        start, address, log, begun = worker
        pid, pages = start(), []
        visit = threading.Thread(target=get, args=(address, pages))
        visit.start()
        assert soon(begun.exists)
        os.kill(pid, number)
        sleep(SLOW / 4)
        os.kill(pid, number)
        visit.join(10)
        assert (end_of(pid), log.read_text("utf-8"), pages) == (0, "", [b"whole"])

    def test_told_before_it_listens_it_ends_all_the_same(self, worker):
        """While it clears its memory up, say, which takes a while."""
        start, _, log, _ = worker

        def tell_when_clearing_up():
            gc.disable()  # until it does so itself
            gc.callbacks.append(lambda phase, _: phase == "stop" and os.kill(os.getpid(), signal.SIGTERM))

        assert (end_of(start(tell_when_clearing_up)), log.read_text("utf-8")) == (0, "")
