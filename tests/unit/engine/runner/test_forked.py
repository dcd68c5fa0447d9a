"""Work in a child: whatever a plugin does there, its caller hears how it went and is not harmed."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders.parents import alive, eventually

from host.domain.errors import RejectedError
from host.engine.runner.forked import ChildError, run_forked, run_forked_all
from host.engine.runner.limits import KEPT_VARIABLES, Limits

LIMITS = Limits(start=5.0, memory=2_000_000_000)
LONG = Limits(start=30.0, memory=2_000_000_000)
SHORT = Limits(start=0.3, memory=2_000_000_000)


def raising(error):
    def work():
        raise error

    return work


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError("no")


def patched():
    os._exit = os.write = lambda *_: time.sleep(60)
    json.dumps = os.close = sys.exit = lambda *_: 1 / 0
    sys.stdout = sys.stderr = None
    return b"still here"


def holding():
    """Leave a child behind that holds the pipe open."""
    pid = os.fork()
    if not pid:
        time.sleep(60)
    return str(pid).encode()


def forking_and_falling():
    holding()
    os._exit(3)


def children() -> set[int]:
    """The processes that this one would have to wait for; other tests may have some."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(each) for task in tasks for each in (task / "children").read_text("ascii").split()}


class TestResults:
    def test_what_the_work_brings_comes_back(self):
        """All its bytes."""
        assert run_forked(lambda: b"", LIMITS) == b""
        assert run_forked(lambda: b"\x00\xff" * 500_000, LIMITS) == b"\x00\xff" * 500_000

    def test_several_are_under_way_at_once(self, tmp_path):
        """Each of two goes on when it sees the other: neither waits for its turn."""

        def meeting(own, other):
            (tmp_path / own).touch()
            eventually((tmp_path / other).exists)
            return own.encode()

        works = {"one": lambda: meeting("one", "two"), "two": lambda: meeting("two", "one")}
        assert run_forked_all(works, dict.fromkeys(works, LONG)) == {"one": b"one", "two": b"two"}

    def test_several_at_a_time_bring_each_their_own(self):
        """Or each the reason why not."""
        works = {str(number): lambda number=number: f"{number}".encode() for number in range(9)}
        works |= {"bad": lambda: 1 / 0, "slow": lambda: time.sleep(60)}
        results = run_forked_all(works, dict.fromkeys(works, SHORT))
        assert list(results) == [*works]
        assert {name: results[name] for name in works if name.isdigit()} == {
            str(number): f"{number}".encode() for number in range(9)
        }
        assert str(results["bad"]) == "ZeroDivisionError: division by zero"
        assert str(results["slow"]) == "did not finish within 0.3 seconds"

    def test_each_has_limits_of_its_own(self):
        """One that may take longer is not ended with one that may not."""

        def late():
            time.sleep(0.8)
            return b"late"

        results = run_forked_all({"slow": late, "short": late}, {"slow": LIMITS, "short": SHORT})
        assert results["slow"] == b"late"
        assert str(results["short"]) == "did not finish within 0.3 seconds"

    def test_it_is_said_once_who_is_waited_for(self):
        """After two seconds, before it is over; who is quick, or is ended before that, is never named."""
        told: list[str] = []
        run_forked_all(
            {"slow": lambda: time.sleep(60), "short": lambda: time.sleep(60), "quick": lambda: b""},
            {"slow": Limits(start=3.0, memory=2_000_000_000), "short": SHORT, "quick": LIMITS},
            waiting=told.append,
        )
        assert told == ["slow"]

    def test_any_thread_may_ask(self):
        """Signals and handlers are the child's own."""
        with ThreadPoolExecutor() as pool:
            assert list(pool.map(lambda _: run_forked(lambda: b"x", LIMITS), range(4))) == [b"x"] * 4


class TestFaults:
    @pytest.mark.parametrize(
        ("work", "reason"),
        [
            (lambda: os._exit(3), "ended with exit status 3"),
            (lambda: os._exit(0), "ended with exit status 0"),
            (lambda: os.kill(os.getpid(), signal.SIGKILL), "was ended by signal 9"),
            (lambda: ctypes.string_at(0), "was ended by signal 11"),
            (lambda: sys.exit(3), "SystemExit: 3"),
            (lambda: "text", "TypeError: memoryview: a bytes-like object is required, not 'str'"),
            (raising(KeyError("æ")), "KeyError: 'æ'"),
            (raising(RejectedError("It has no tab.")), "It has no tab."),
            (raising(UnspeakableError()), "UnspeakableError"),
            (raising(ValueError("x" * 90_000)), "ValueError: " + "x" * 7_988),
            (forking_and_falling, "ended with exit status 3"),
        ],
    )
    def test_it_is_said_what_happened(self, work, reason):
        """In words that can be shown to whoever looks after the plugin."""
        with pytest.raises(ChildError) as caught:
            run_forked(work, LIMITS)
        assert str(caught.value) == reason

    @pytest.mark.parametrize("ignoring", [False, True])
    def test_who_does_not_finish_is_ended(self, ignoring):
        """Whether signals are ignored or not."""

        def work():
            if ignoring:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                pass

        with pytest.raises(ChildError, match=r"did not finish within 0\.3 seconds"):
            run_forked(work, SHORT)

    def test_who_says_too_much_is_not_listened_to(self):
        """As soon as it is known."""
        with pytest.raises(ChildError, match="said more than 1000 bytes"):
            run_forked(lambda: b"x" * 1_001, LIMITS, most=1_000)

    @pytest.mark.parametrize("junk", [b"x" * 9_000_000, b"\xff", b"=" + bytes(8) + b"more"])
    def test_who_writes_into_the_pipe_is_not_believed(self, junk):
        """Junk is refused or waited out; it is never read as a result."""

        def work():
            for descriptor in range(3, 200):
                try:
                    os.write(descriptor, junk)
                except OSError:
                    continue
            os._exit(0)

        with pytest.raises(ChildError):
            run_forked(work, LIMITS, most=1_000)

    def test_memory_has_an_end(self):
        """The machine is not the plugin's alone."""
        with pytest.raises(ChildError, match="MemoryError"):
            run_forked(lambda: bytes(3_000_000_000), LIMITS, most=4_000_000_000)


class TestApart:
    def test_a_patched_standard_library_harms_nobody(self):
        """Neither the child's last words nor this process."""
        assert run_forked(patched, LIMITS) == b"still here"
        assert json.loads(json.dumps([1])) == [1]

    def test_what_it_started_goes_with_it(self):
        """Although it holds the pipe for longer than may be, the result is there, and nobody is left."""
        pid = int(run_forked(holding, LIMITS))
        eventually(lambda: not alive(pid))

    def test_nobody_is_left_to_be_waited_for(self):
        """No zombie, whatever happened."""
        before = children()
        for work in (lambda: str(os.getpid()).encode(), lambda: os._exit(3)):
            run_forked_all({"one": work}, {"one": LIMITS})
        assert children() <= before

    def test_it_sees_neither_the_environment_nor_open_files(self, tmp_path, monkeypatch):
        """No address of a database, no socket; nothing to read, and a group of its own."""
        monkeypatch.setenv("TABHOST_DATABASE_URL", "secret")

        def work():
            inherited = [each for each in range(3, 200) if Path(f"/proc/self/fd/{each}").is_symlink()]
            seen = [sorted(os.environ), len(inherited), os.read(0, 1).decode(), os.getpgid(0) == os.getpid()]
            return json.dumps(seen).encode()

        with (tmp_path / "open").open("w"):
            names, inherited, read, alone = json.loads(run_forked(work, LIMITS))
        assert set(names) <= set(KEPT_VARIABLES)
        assert inherited == 1  # the pipe
        assert (read, alone) == ("", True)

    def test_what_it_prints_goes_where_errors_go(self, capfd):
        """Standard output may be what a command answers."""

        def work():
            print("from Python")
            os.system("echo from a shell")
            return b""

        run_forked(work, LIMITS)
        out, err = capfd.readouterr()
        assert out == ""
        assert {"from Python", "from a shell"} <= set(err.splitlines())

    def test_it_does_not_outlive_its_caller(self):
        """However that ends."""

        def caller():
            thread = threading.Thread(target=run_forked, args=(lambda: time.sleep(60), LIMITS), daemon=True)
            thread.start()
            path = Path(f"/proc/{os.getpid()}/task/{thread.native_id}/children")
            child = eventually(lambda: path.read_text().strip())
            return child.encode()

        child = int(run_forked(caller, LIMITS))
        eventually(lambda: not alive(child))
