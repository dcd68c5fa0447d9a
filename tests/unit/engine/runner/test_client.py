"""The way to runners: signed, a few calls at a time, and the parent hears of those that hang."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders.wires import read_request, saying, serving

from host.engine.runner.client import MOST_IN_FLIGHT, Runners
from host.engine.runner.limits import Limits
from host.engine.runner.places import bound, control_socket, open_folder, runner_socket, state_file
from host.engine.runner.seal import Context, Seal, peek
from host.engine.runner.wire import PASS_HEADER, SEAL_HEADER, BusyError, Call, DeadlinePassedError, WireError

OK = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
CALL = Call(method="POST", target="/tabs/one/one/", headers={"Accept": "text/html"}, body=b"a=b")
CONTEXT = Context(plugin="one", user_id="KAAN")
SEAL = Seal(b"0123456789abcdef")


@pytest.fixture
def folder():
    path = open_folder()
    yield path
    for each in path.iterdir():
        each.unlink()
    path.rmdir()


def runners(folder, **limits):
    return Runners(folder, SEAL, lambda plugin: Limits(**limits))


def slowly(seconds):
    def behave(connection):
        read_request(connection)
        time.sleep(seconds)
        connection.sendall(OK)

    return behave


class TestCalls:
    def test_a_call_carries_a_pass_and_a_signature(self, folder):
        """Which the runner can verify with its key."""
        seen = []

        def behave(connection):
            seen.append(read_request(connection))
            connection.sendall(OK)

        with serving(runner_socket(folder, "one"), behave):
            assert runners(folder).call("one", CALL, CONTEXT).status == 200
        head, _, body = seen[0].partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
        assert headers["Accept"] == "text/html"
        SEAL.key("one").verify(headers[SEAL_HEADER], headers[PASS_HEADER], "POST", CALL.target, body)
        assert peek(headers[PASS_HEADER]) == CONTEXT

    def test_a_few_at_a_time_go_to_one_plugin(self, folder):
        """The next waits a little, and is told that it is busy; another plugin is free meanwhile."""
        calls = runners(folder, in_flight=2, deadline=30.0)
        arrived, go_on = threading.Semaphore(0), threading.Event()

        def when_told(connection):
            read_request(connection)
            arrived.release()
            go_on.wait(30)
            connection.sendall(OK)

        with (
            serving(runner_socket(folder, "one"), when_told),
            serving(runner_socket(folder, "two"), saying(OK)),
            ThreadPoolExecutor() as pool,
            contextlib.ExitStack() as stack,
        ):
            stack.callback(go_on.set)
            under_way = [pool.submit(calls.call, "one", CALL, CONTEXT) for _ in range(2)]
            assert [arrived.acquire(timeout=30) for _ in under_way] == [True, True]
            with pytest.raises(BusyError, match="2 calls to one"):
                calls.call("one", CALL, CONTEXT)
            assert calls.call("two", CALL, CONTEXT).status == 200
            assert [each.done() for each in under_way] == [False, False]
            go_on.set()
            assert [each.result().status for each in under_way] == [200, 200]
            assert calls.call("one", CALL, CONTEXT).status == 200

    def test_who_waits_gets_the_place_that_is_free(self, folder):
        """A short queue is not an error."""
        calls = runners(folder, in_flight=1)
        with serving(runner_socket(folder, "one"), slowly(0.1)), ThreadPoolExecutor() as pool:
            under_way = [pool.submit(calls.call, "one", CALL, CONTEXT) for _ in range(2)]
            assert [each.result().status for each in under_way] == [200, 200]

    def test_a_quick_plugin_serves_many_at_once(self, folder):
        """Eight visitors who never cease are all served: each waits a moment, and nobody is turned away.

        On a machine that is busy itself a plugin may not be quick for a while: then they come again.
        """
        calls = runners(folder, in_flight=2)

        def visit(_):
            try:
                return {calls.call("one", CALL, CONTEXT).status for _ in range(20)}
            except BusyError:
                return "turned away"

        with serving(runner_socket(folder, "one"), slowly(0.005)), ThreadPoolExecutor(8) as pool:
            rounds = (list(pool.map(visit, range(8))) for _ in range(10))
            assert any(each == [{200}] * 8 for each in rounds)

    def test_half_of_the_threads_stay_free_whatever_runners_do(self, folder):
        """However many plugins hang at once."""
        calls = runners(folder, in_flight=99)
        names = ["one", "two"]
        with (
            serving(runner_socket(folder, "one"), slowly(0.6)),
            serving(runner_socket(folder, "two"), slowly(0.6)),
            ThreadPoolExecutor(20) as pool,
        ):
            under_way = [
                pool.submit(calls.call, names[number % 2], CALL, CONTEXT) for number in range(MOST_IN_FLIGHT)
            ]
            time.sleep(0.15)
            with pytest.raises(BusyError):
                calls.call("one", CALL, CONTEXT)
            assert [each.result().status for each in under_way] == [200] * MOST_IN_FLIGHT

    def test_those_who_wait_hold_no_more_threads(self, folder):
        """Two plugins hang, and visits to them never cease: half of the threads are free at any moment.

        A third plugin is served meanwhile.
        """
        calls = runners(folder, in_flight=2, deadline=0.6)
        held: list[tuple[float, float]] = []
        end = time.monotonic() + 2.5

        def visit(plugin):
            while time.monotonic() < end:
                begun = time.monotonic()
                with contextlib.suppress(WireError):
                    calls.call(plugin, CALL, CONTEXT)
                if time.monotonic() - begun > 0.2:  # who is turned away at once holds nothing
                    held.append((begun, time.monotonic()))
                time.sleep(0.01)

        with (
            serving(runner_socket(folder, "one"), slowly(0.8)),
            serving(runner_socket(folder, "two"), slowly(0.8)),
            serving(runner_socket(folder, "three"), saying(OK)),
            ThreadPoolExecutor(16) as pool,
        ):
            stream = [pool.submit(visit, ("one", "two")[number % 2]) for number in range(16)]
            time.sleep(0.3)
            while time.monotonic() < end:
                assert calls.call("three", CALL, CONTEXT).status == 200
                time.sleep(0.02)
            assert [each.result() for each in stream] == [None] * 16
        most = max(sum(begun <= moment < ended for begun, ended in held) for moment, _ in held)
        assert 4 <= most <= MOST_IN_FLIGHT

    def test_the_parent_is_told_of_a_deadline_that_passed(self, folder):
        """And the place is free again; a parent that is not there does not matter."""
        calls = runners(folder, deadline=0.1, in_flight=1)
        stop = threading.Event()
        with serving(runner_socket(folder, "one"), lambda _: stop.wait(5)):
            with pytest.raises(DeadlinePassedError):
                calls.call("one", CALL, CONTEXT)
            with bound(control_socket(folder), socket.SOCK_DGRAM) as control:
                with pytest.raises(DeadlinePassedError):
                    calls.call("one", CALL, CONTEXT)
                assert control.recv(100) == b"one"
            stop.set()


class TestProcesses:
    def test_a_running_runner_has_a_process_and_memory(self, folder):
        """As the parent wrote it down last."""
        calls = runners(folder)
        assert calls.process("one") is None
        for pid in (os.getpid(), 0):
            written = {"runners": {"one": {"pid": pid, "since": 0, "failures": 0}}}
            fresh = folder / "fresh"
            fresh.write_text(json.dumps(written), "ascii")
            fresh.replace(state_file(folder))
            process = calls.process("one")
            assert (process.pid if process else 0) == pid
        assert calls.process("two") is None

    def test_memory_that_cannot_be_read_is_unknown(self, folder):
        """The process may have ended a moment ago."""
        state_file(folder).write_text('{"runners": {"one": {"pid": 4194304}}}', "ascii")
        process = runners(folder).process("one")
        assert process is not None
        assert process.memory is None

    @pytest.mark.parametrize("pid", ["true", "1.0", "-1", '"1"', "9" * 99, "[]"])
    def test_what_is_no_process_is_none(self, folder, pid):
        """A runner has the host's user id and could write there; the page about plugins is drawn."""
        state_file(folder).write_text(
            f'{{"runners": {{"one": {{"pid": {pid}}}, "two": {{"pid": 1}}}}}}', "ascii"
        )
        calls = runners(folder)
        assert calls.process("one") is None
        assert calls.process("two") is not None

    @pytest.mark.parametrize(
        "written",
        ["", "[]", "3", "[" * 100_000, '{"runners": []}', '{"runners": {"one": 1}}', "\xff"],
        ids=lambda written: written[:30],
    )
    def test_whatever_stands_there_is_no_error(self, folder, written):
        """Then nothing is known, until the parent writes it again."""
        state_file(folder).write_text(written, "latin-1")
        assert runners(folder).process("one") is None

    def test_its_memory_is_in_bytes(self, folder):
        """This process has between a megabyte and a gigabyte or two."""
        state_file(folder).write_text(json.dumps({"runners": {"one": {"pid": os.getpid()}}}), "ascii")
        process = runners(folder).process("one")
        assert process is not None
        assert process.memory is not None
        assert 1_000_000 < process.memory < 3_000_000_000
