"""The parent: starts who is needed, replaces who falls, and leaves nobody behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import threading
import time

import pytest
from builders.parents import NEVER, alive, eventually, parent_of

from host.engine.runner.parent import LOOK
from host.engine.runner.places import open_folder, runner_socket, state_file
from host.engine.runner.wire import WireError

TURNED_AWAY = r"closed without an answer|connection broke"


class TestStarting:
    def test_a_runner_starts_when_somebody_first_visits_it(self, tmp_path):
        """Until then it costs nothing; the visit waits and is answered; the next finds the same process."""
        with parent_of(tmp_path, "good", "other") as parent:
            assert parent.starts("good") == 0
            assert parent.runner("good")["pid"] == 0
            pid = parent.pid("good")
            assert parent.pid("good") == pid
            assert eventually(lambda: parent.runner("good")["pid"]) == pid
            assert parent.starts("other") == 0

    def test_a_runner_that_nobody_visits_stops_and_comes_back(self, tmp_path):
        """Its memory is free in the meantime, and stopping is no failure."""
        with parent_of(tmp_path, "good", idle=0.3) as parent:
            pid = parent.pid("good")
            eventually(lambda: not alive(pid))
            eventually(lambda: parent.runner("good")["pid"] == 0)
            assert parent.runner("good")["failures"] == 0
            assert parent.pid("good") != pid

    def test_a_failing_start_closes_who_waits_and_is_not_repeated_at_once(self, tmp_path):
        """Visitors hear at once that nobody is there; one visit does not start it over and over."""
        with parent_of(tmp_path, "fails") as parent:
            for _ in range(5):
                with pytest.raises(WireError, match=TURNED_AWAY):
                    parent.get("fails", deadline=3)
            assert parent.starts("fails") == 1
            assert eventually(lambda: parent.runner("fails")["failures"] == 1)
            time.sleep(0.6)
            assert parent.starts("fails") == 1
            with pytest.raises(WireError):
                parent.get("fails", deadline=3)
            assert parent.starts("fails") == 2
            assert eventually(lambda: parent.runner("fails")["failures"] == 2)

    @pytest.mark.parametrize("plugin", ["never", "junk"])
    def test_a_runner_that_does_not_get_ready_is_ended(self, tmp_path, plugin):
        """Whatever it says instead, and although it ignores signals."""
        with parent_of(tmp_path, plugin, "good", start=0.4) as parent:
            with pytest.raises(WireError, match=TURNED_AWAY):
                parent.get(plugin, deadline=3)
            eventually(lambda: parent.runner(plugin)["failures"] == 1)
            assert parent.pid("good")

    def test_a_plugin_that_patches_the_standard_library_harms_nobody(self, tmp_path):
        """What the loop needs was bound before."""
        with parent_of(tmp_path, "patched", grace=NEVER) as parent:
            assert parent.pid("patched") == eventually(lambda: parent.runner("patched")["pid"])
            parent.end()
            assert parent.process.returncode == 0


class TestFalling:
    def test_a_runner_that_falls_is_started_again_by_the_next_visit(self, tmp_path):
        """Its neighbour does not notice."""
        with parent_of(tmp_path, "good", "other") as parent:
            pid, other = parent.pid("good"), parent.pid("other")
            with pytest.raises(WireError):
                parent.get("good", "/exit")
            assert parent.pid("good") != pid
            assert parent.pid("other") == other

    def test_what_it_had_started_goes_with_it(self, tmp_path):
        """A forked child would hold its sockets and pipes open."""
        with parent_of(tmp_path, "good") as parent:
            child = int(parent.get("good", "/fork").body)
            os.kill(parent.pid("good"), signal.SIGKILL)
            eventually(lambda: not alive(child))

    def test_one_that_keeps_falling_waits_longer_each_time(self, tmp_path):
        """The first time is free; the second costs half a second, in which visitors hear at once."""
        with parent_of(tmp_path, "good") as parent:
            for failures in (1, 2):
                with pytest.raises(WireError):
                    parent.get("good", "/exit")
                eventually(lambda failures=failures: parent.runner("good")["failures"] == failures)
            with pytest.raises(WireError):
                parent.get("good")
            time.sleep(0.6)
            assert parent.pid("good")

    def test_a_hung_runner_is_ended_when_a_worker_says_so(self, tmp_path):
        """Unless it is so young that its first page may just be slow; nonsense is not heard."""
        with parent_of(tmp_path, "good") as parent, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            pid = parent.pid("good")
            for message in (b"\xff" * 200, b"", b"nobody", b"good"):
                told.sendto(message, str(parent.control))
            assert parent.pid("good") == pid
            time.sleep(1.6)
            told.sendto(b"good", str(parent.control))
            eventually(lambda: not alive(pid))
            assert parent.pid("good") != pid

    def test_what_a_runner_says_of_another_is_not_heard(self, tmp_path):
        """Whatever it says, and what the processes say that it starts: it would have its neighbours ended."""
        with parent_of(tmp_path, "good", "other") as parent:
            pid, other = parent.pid("good"), parent.pid("other")
            time.sleep(1.6)
            for path in ("/accuse", "/accuse-apart") * 5:
                assert parent.get("other", f"{path}?{parent.control}").status == 200
            time.sleep(0.2)
            assert (parent.pid("good"), parent.pid("other")) == (pid, other)

    def test_a_hung_runner_is_ended_when_a_web_worker_says_so(self, tmp_path):
        """One that the parent forked itself."""
        with parent_of(tmp_path, "good", worker="accuses") as parent:
            pid = parent.pid("good")
            eventually(lambda: not alive(pid))

    def test_what_is_written_down_is_put_right_when_somebody_spoils_it(self, tmp_path):
        """Within seconds, although nothing happens."""
        with parent_of(tmp_path, "good") as parent:
            pid = parent.pid("good")
            eventually(lambda: parent.runner("good")["pid"] == pid)
            state_file(parent.folder).write_text("[]", "ascii")
            eventually(lambda: isinstance(parent.state(), dict), within=LOOK + 1)
            assert parent.runner("good")["pid"] == pid

    def test_a_web_worker_that_falls_is_replaced(self, tmp_path):
        """Within a second."""
        with parent_of(tmp_path) as parent:
            first = eventually(parent.worker)
            os.kill(first, signal.SIGKILL)
            eventually(lambda: parent.worker() not in {0, first})

    def test_a_web_worker_that_cannot_start_does_not_keep_the_machine_busy(self, tmp_path):
        """Half a second, a second, two: not as fast as the machine can."""
        with parent_of(tmp_path, worker="falls") as parent:
            time.sleep(1.2)
            assert 1 < parent.starts("worker-0") <= 3


class TestEnding:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_all_end_when_the_parent_is_told_to(self, tmp_path, number):
        """Workers, runners, sockets and the private folder are gone, at once when nobody is busy."""
        with parent_of(tmp_path, "good", workers=2, grace=NEVER) as parent:
            pids = [eventually(parent.worker), parent.pid("good")]
            parent.end(number)
            assert parent.process.returncode == 0
            assert not any(alive(pid) for pid in pids)
            assert not parent.folder.exists()

    def test_a_page_under_way_is_finished(self, tmp_path):
        """Its reader does not lose it."""
        with parent_of(tmp_path, "good") as parent:
            parent.pid("good")
            answers = []
            reader = threading.Thread(target=lambda: answers.append(parent.get("good", "/while")))
            reader.start()
            time.sleep(0.15)
            parent.end()
            reader.join()
            assert [answer.status for answer in answers] == [200]

    def test_who_ignores_signals_and_the_leash_is_ended_after_the_time_of_grace(self, tmp_path):
        """No plugin keeps the host from stopping."""
        with parent_of(tmp_path, "stubborn", worker="ignores", grace=1.0) as parent:
            parent.pid("stubborn")
            pids = [eventually(parent.worker), eventually(lambda: parent.runner("stubborn")["pid"])]
            time.sleep(0.1)
            parent.end()
            assert not any(alive(pid) for pid in pids)

    def test_a_second_signal_does_not_wait(self, tmp_path):
        """Whoever presses Ctrl-C twice means it."""
        with parent_of(tmp_path, worker="ignores", grace=NEVER) as parent:
            eventually(lambda: parent.starts("worker-0"))
            time.sleep(0.1)
            parent.process.send_signal(signal.SIGINT)
            time.sleep(0.2)
            assert parent.process.poll() is None, "one signal was enough"
            parent.end(signal.SIGINT)

    def test_no_child_outlives_a_parent_that_is_killed(self, tmp_path):
        """Neither workers nor runners are left with sockets that nobody watches."""
        with parent_of(tmp_path, "good", "stubborn") as parent:
            pids = [eventually(parent.worker), parent.pid("good")]
            pids += [parent.pid("stubborn") and eventually(lambda: parent.runner("stubborn")["pid"])]
            parent.end(signal.SIGKILL)
            for pid in pids:
                eventually(lambda pid=pid: not alive(pid))


class TestSweeping:
    def test_the_next_start_removes_what_a_killed_parent_left(self, tmp_path):
        """And leaves the folder of one that lives alone."""
        with parent_of(tmp_path / "a", "good") as gone, parent_of(tmp_path / "b", "good") as here:
            eventually(lambda: state_file(gone.folder).exists() and state_file(here.folder).exists())
            gone.end(signal.SIGKILL)
            open_folder().rmdir()
            assert (gone.folder.exists(), here.folder.exists()) == (False, True)

    @pytest.mark.parametrize("written", ["[]", "[" * 100_000, '{"parent": 1e400}', f'{{"parent": {10**30}}}'])
    def test_what_makes_no_sense_does_not_keep_the_next_from_starting(self, written):
        """Anything may stand where a killed parent wrote, and is left alone."""
        folder = open_folder()
        try:
            state_file(folder).write_text(written, "ascii")
            open_folder().rmdir()
            assert folder.exists()
        finally:
            shutil.rmtree(folder)


class TestPrivacy:
    def test_nobody_else_may_look(self, tmp_path):
        """The folder, the sockets and what is written down are for one user alone."""
        with parent_of(tmp_path, "good") as parent:
            assert stat.S_IMODE(parent.folder.stat().st_mode) == 0o700
            for path in (runner_socket(parent.folder, "good"), parent.control, state_file(parent.folder)):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_the_longest_plugin_id_has_a_socket(self, tmp_path, monkeypatch):
        """Also where temporary files have a folder with a long name."""
        long = tmp_path / ("x" * 80)
        long.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(long))
        folder = open_folder()
        folder.rmdir()
        assert len(str(runner_socket(folder, "p" * 40))) < 108
