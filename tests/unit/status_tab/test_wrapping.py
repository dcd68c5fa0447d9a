"""``tabhost status run`` around real programs, in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders.furnished import furnish_for
from hypothesis import given
from hypothesis import strategies as st

from host.storage.database import Database
from host.testing.kit import installed
from status_tab.domain.events import Status, SystemEvent
from status_tab.domain.progress_words import LARGEST, progress_in
from status_tab.services.events import Show, list_events

TABHOST = Path(sys.executable).with_name("tabhost")
COUNTING = "import time\nfor n in range(1, 401): print(f'{n}/400', flush=True); time.sleep(0.05)"
PATIENT = """import signal, sys, time
def stop(number, frame): print('told to stop', flush=True); sys.exit(7)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print('ready', flush=True)
time.sleep(30)"""


@dataclass
class Place:
    """An installation in a folder of its own."""

    url: str
    environment: dict[str, str]

    def popen(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command, away from any terminal."""
        return subprocess.Popen(
            [TABHOST, *arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> tuple[int, bytes, bytes]:
        """Run it to its end."""
        with self.popen(*arguments) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def wrap(self, *command: str, lease: int = 60) -> tuple[str, ...]:
        """The command line around *command*."""
        return (
            "status", "run", "--event", "freetext-rebuild", "--message", "Index", "--lease", str(lease),
            "--", *command,
        )  # fmt: skip

    def event(self) -> SystemEvent | None:
        """The newest event."""
        database = Database(self.url)
        try:
            with database.reading() as session:
                found = list_events(Show.ALL, session=session, now=datetime.now(UTC))
        finally:
            database.close()
        return found[0] if found else None

    def wait_for(self, what: Callable[[SystemEvent], bool]) -> SystemEvent:
        """The newest event, once it is so."""
        until = time.monotonic() + 40
        while time.monotonic() < until:
            found = self.event()
            if found is not None and what(found):
                return found
            time.sleep(0.1)
        raise AssertionError(f"it never came: {self.event()}")


@pytest.fixture
def place(tmp_path, database_url):
    """On both databases; without third parties, which take their time."""
    environment = {"TABHOST_DATA": str(tmp_path / "data"), "TABHOST_DATABASE_URL": database_url}
    furnish_for(database_url, installed("status_tab", "superoffice_tab"))
    return Place(database_url, environment)


class TestRun:
    def test_output_and_status_are_the_programs_own(self, place):
        """Byte for byte, each stream by itself; the event says how it ended."""
        code = (
            "import sys; sys.stdout.buffer.write(b'a\\xff\\r62 %\\nno end'); "
            "sys.stderr.write('oops'); sys.exit(3)"
        )
        status, out, err = place.run(*place.wrap(sys.executable, "-c", code))
        assert (status, out, err) == (3, b"a\xff\r62 %\nno end", b"oops")
        event = place.event()
        assert (event.message, event.done, event.total) == ("Index: ended with status 3", 62, 100)
        assert event.ended

    def test_a_program_that_is_not_there_is_said_and_over(self, place):
        """As a shell says it."""
        status, _, err = place.run(*place.wrap("no-such-program"))
        assert status == 127
        assert b"no-such-program" in err
        assert place.event().message == "Index: could not be started"
        assert place.event().ended

    def test_a_program_that_a_signal_ended_is_told_so(self, place):
        """128 and the signal, as a shell has it."""
        status, _, _ = place.run(*place.wrap("sh", "-c", "kill -9 $$"))
        assert status == 128 + 9
        assert "ended by signal 9" in place.event().message

    def test_progress_shows_while_it_runs_and_no_second_one_starts(self, place):
        """Each sign of life is a transaction of its own."""
        with place.popen(*place.wrap(sys.executable, "-c", COUNTING)) as process:
            first = place.wait_for(lambda event: event.done is not None)
            assert first.total == 400
            later = place.wait_for(lambda event: event.done > first.done)
            assert later.status(datetime.now(UTC)) is Status.RUNNING
            status, out, err = place.run(*place.wrap("echo", "second"))
            assert (status, out) == (2, b"")
            assert b"open already" in err
            process.terminate()
            assert process.wait(20) == 128 + 15
        assert place.event().ended

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_signals_are_passed_on(self, place, number):
        """The program decides; its status comes back."""
        with place.popen(*place.wrap(sys.executable, "-c", PATIENT)) as process:
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(number)
            out, _ = process.communicate(timeout=20)
        assert (process.returncode, out) == (7, b"told to stop\n")
        assert "status 7" in place.event().message

    def test_when_it_is_killed_the_event_goes_stale(self, place):
        """When the lease runs out; nobody ended it."""
        with place.popen(*place.wrap("sleep", "20", lease=3)) as process:
            alive = place.wait_for(lambda event: event.last_sign > event.activated)
            assert alive.status(datetime.now(UTC)) is Status.RUNNING
            process.kill()
            stale = place.wait_for(lambda event: event.status(datetime.now(UTC)) is Status.STALE)
        assert stale.ended is None

    def test_when_somebody_ends_the_event_the_program_is_told_to_stop(self, place):
        """With its next sign of life."""
        with place.popen(*place.wrap(sys.executable, "-c", PATIENT, lease=3)) as process:
            assert process.stdout.readline() == b"ready\n"
            number = place.event().id
            assert place.run("status", "end-event", str(number), "--emergency")[0] == 0
            out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (7, b"told to stop\n")
        assert b"told to stop" in err
        assert place.event().message == "Index"

    def test_what_nobody_reads_any_more_ends_the_program(self, place):
        """As it would without us."""
        with place.popen(*place.wrap("yes")) as process:
            process.stdout.read(10)
            process.stdout.close()
            assert process.wait(20) == 128 + 13

    def test_what_is_wrong_is_said_before_anything_starts(self, place):
        """Status 2."""
        status, out, err = place.run("status", "run", "--event", "coffee", "--", "echo", "hello")
        assert (status, out) == (2, b"")
        assert b"--event" in err


class TestProgressWords:
    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("62 %", (62, 100)),
            ("done: 62.9%", (62, 100)),
            ("7688/12400", (7688, 12400)),
            ("7,688 of 12,400 companies", (7688, 12400)),
            ("step 3/4, 40 %", (3, 4)),
            ("1/3 then 2/3.", (2, 3)),
            ("on 24/11/2026", None),
            ("2026/11/24", None),
            ("version 1.2/3.4", None),
            ("250 %", None),
            ("5/4", None),
            ("0 of 0", None),
            (f"1/{2**63}", None),
            ("", None),
        ],
    )
    def test_a_line_tells(self, line, found):
        """Steps go before percent."""
        assert progress_in(line) == found

    @given(st.text())
    def test_whatever_it_finds_can_be_kept(self, line):
        """No line breaks it."""
        found = progress_in(line)
        assert found is None or 0 <= found[0] <= found[1] <= LARGEST

    @given(st.integers(1, LARGEST), st.data())
    def test_steps_are_found(self, total, data):
        """Wherever they stand."""
        done = data.draw(st.integers(0, total))
        assert progress_in(f"x {done}/{total} y") == (done, total)
