"""The ledger that all web workers share: each counts for itself, and every one shows the sum."""

from __future__ import annotations

import json
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from builders.plugins import raising
from hypothesis import given
from hypothesis import strategies as st

from host.domain.errors import PluginFault
from host.engine.guard import guarded
from host.engine.ledger import LONGEST_TRACE, SAMPLES, Ledger
from host.engine.shared_ledger import SharedLedger

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CALLS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["acme", "other"]),
        st.integers(0, 60_000_000).map(lambda microseconds: microseconds / 1e6),
        st.booleans(),
    ),
    max_size=80,
)
"""Calls: which worker, which plugin, how many seconds, and whether it failed."""
BROKEN = {
    "empty": b"",
    "cut off": b'{"since":1795521600000,"plugins":{"acme":{"calls":3,"fau',
    "not JSON": b"\x00\xff\x00",
    "a list": b"[]",
    "a plugin that is a number": b'{"since":1795521600000,"plugins":{"acme":5}}',
    "nothing of a plugin": b'{"since":1795521600000,"plugins":{"acme":{}}}',
    "a time that is none": b'{"since":1e300,"plugins":{}}',
    "nested without end": b"[" * 100_000,
}


class Ticking:
    """A clock that moves on by a millisecond whenever it is asked."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def record(ledger: Ledger, plugin: str, seconds: float, number: int, failed: bool) -> None:
    """One call; a fault is told by its number."""
    fault = {"error_id": f"E-{number}", "trace": f"trace {number}"} if failed else {}
    ledger.record(plugin, seconds, **fault)


def shared_and_alone(folder: Path, calls: list[tuple[int, str, float, bool]]):
    """The workers that saw *calls*, all written down, and one ledger that saw every call by itself."""
    clock, same = Ticking(), Ticking()
    workers = [SharedLedger(folder, number, clock) for number in range(4)]
    alone = Ledger(same)
    same.now = clock.now
    for number, (worker, plugin, seconds, failed) in enumerate(calls):
        record(workers[worker], plugin, seconds, number, failed)
        record(alone, plugin, seconds, number, failed)
    for each in workers:
        each.flush()
    return workers, alone


class TestTogether:
    @given(CALLS)
    def test_all_workers_together_are_one_ledger_that_saw_every_call(self, calls):
        """Counts, percentiles and the newest fault, whichever worker is asked."""
        with TemporaryDirectory() as folder:
            workers, alone = shared_and_alone(Path(folder), calls)
            for plugin in ("acme", "other", "never called"):
                for each in workers:
                    assert each.behaviour(plugin) == alone.behaviour(plugin)

    def test_the_newest_calls_of_all_workers_make_the_percentiles(self, tmp_path):
        """More than are kept: a worker that was slow an hour ago does not weigh on what is fast now."""
        slow = [(0, "acme", 60.0, False)] * SAMPLES
        fast = [(1, "acme", 0.001, False)] * SAMPLES
        workers, alone = shared_and_alone(tmp_path, slow + fast)
        for each in workers:
            assert each.behaviour("acme").p95 == alone.behaviour("acme").p95 == pytest.approx(1.0)
            assert each.behaviour("acme").calls == 2 * SAMPLES

    def test_they_count_since_the_first_of_them_opened(self, tmp_path):
        """The same moment on every page."""
        clock = Ticking()
        first = SharedLedger(tmp_path, 0, clock)
        opened = first.since
        first.record("acme", 0.1)
        first.flush()
        clock.now += timedelta(hours=1)
        second = SharedLedger(tmp_path, 1, clock)
        assert first.since == second.since == opened


class TestWorkersThatAreGone:
    def test_what_they_saw_still_counts(self, tmp_path):
        """The figures are those since the host started."""
        gone = SharedLedger(tmp_path, 0)
        gone.record("acme", 0.1, error_id="E-1", trace="x")
        gone.stop()
        behaviour = SharedLedger(tmp_path, 1).behaviour("acme")
        assert (behaviour.calls, behaviour.faults, behaviour.last_error_id) == (1, 1, "E-1")

    def test_one_that_starts_again_goes_on_where_it_stopped(self, tmp_path):
        """Not from zero, and nothing is counted twice."""
        clock = Ticking()
        first = SharedLedger(tmp_path, 0, clock)
        record(first, "acme", 0.25, 1, True)
        first.stop()
        again = SharedLedger(tmp_path, 0, clock)
        assert (again.behaviour("acme"), again.since) == (first.behaviour("acme"), first.since)
        record(again, "acme", 0.25, 2, False)
        again.flush()
        for each in (again, SharedLedger(tmp_path, 1, clock)):
            assert (each.behaviour("acme").calls, each.behaviour("acme").faults) == (2, 1)

    def test_what_was_being_written_when_one_was_killed_is_no_hindrance(self, tmp_path):
        """It is written anew."""
        (tmp_path / "worker-0.part").write_text('{"since":')
        ledger = SharedLedger(tmp_path, 0)
        ledger.record("acme", 0.1)
        ledger.flush()
        assert SharedLedger(tmp_path, 1).behaviour("acme").calls == 1


class TestFiles:
    @pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
    def test_a_file_that_cannot_be_read_is_ignored(self, tmp_path, content):
        """Another worker's, and one's own."""
        for number in (0, 1):
            (tmp_path / f"worker-{number}.json").write_bytes(content)
        ledger = SharedLedger(tmp_path, 0)
        ledger.record("acme", 0.1)
        assert ledger.behaviour("acme").calls == 1
        assert ledger.since.year >= 2026

    def test_they_are_for_nobody_else(self, tmp_path):
        """A traceback may hold what a plugin was working on."""
        folder = tmp_path / "ledger"
        ledger = SharedLedger(folder, 0)
        ledger.record("acme", 0.1, error_id="E-1", trace="secret")
        ledger.flush()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()] == [0o600]

    def test_a_message_of_half_a_character_can_be_written_and_shown(self, tmp_path):
        """A plugin's exception may say anything; the end of it is kept."""
        ledger = SharedLedger(tmp_path, 0)
        with pytest.raises(PluginFault):
            guarded(ledger, "acme", raising(ValueError("x" * 2 * LONGEST_TRACE + "\ud800 end")))
        ledger.flush()
        for each in (ledger, SharedLedger(tmp_path, 1)):
            trace = each.behaviour("acme").last_trace
            assert trace.encode().endswith(b"? end\n")
            assert len(trace) == LONGEST_TRACE

    def test_nothing_new_is_not_written_again(self, tmp_path):
        """An idle host leaves the disk alone."""
        ledger = SharedLedger(tmp_path, 0)
        ledger.flush()
        assert list(tmp_path.iterdir()) == []
        ledger.record("acme", 0.1)
        ledger.flush()
        before = (tmp_path / "worker-0.json").stat()
        ledger.flush()
        assert (tmp_path / "worker-0.json").stat().st_ino == before.st_ino

    def test_a_disk_that_takes_nothing_costs_nobody_a_page(self, tmp_path, caplog):
        """It is told once, and tried again."""
        ledger = SharedLedger(tmp_path / "ledger", 0)
        (tmp_path / "ledger").rmdir()
        ledger.record("acme", 0.1)
        for _ in range(3):
            ledger.flush()
        assert ledger.behaviour("acme").calls == 1
        assert len(caplog.records) == 1
        (tmp_path / "ledger").mkdir()
        ledger.flush()
        assert (
            json.loads((tmp_path / "ledger" / "worker-0.json").read_text())["plugins"]["acme"]["calls"] == 1
        )


class TestWriting:
    def test_another_worker_sees_a_call_within_seconds(self, tmp_path):
        """By itself: nobody has to ask for it."""
        writer, reader = SharedLedger(tmp_path, 0), SharedLedger(tmp_path, 1)
        writer.start()
        try:
            for calls in (1, 2):
                writer.record("acme", 0.1)
                end = time.monotonic() + 10
                while reader.behaviour("acme").calls < calls and time.monotonic() < end:
                    time.sleep(0.02)
                assert reader.behaviour("acme").calls == calls
        finally:
            writer.stop()

    def test_stopping_writes_what_was_just_seen(self, tmp_path):
        """A worker that ends in peace loses nothing."""
        writer, reader = SharedLedger(tmp_path, 0), SharedLedger(tmp_path, 1)
        writer.start()
        for _ in range(100):
            writer.record("acme", 0.1)
        writer.stop()
        assert reader.behaviour("acme").calls == 100

    def test_stopping_twice_or_without_a_start_is_allowed(self, tmp_path):
        """Whoever cleans up need not remember."""
        ledger = SharedLedger(tmp_path, 0)
        ledger.stop()
        ledger.start()
        ledger.stop()
        ledger.stop()
