"""Forked children: nobody that they started outlives the work they were forked for."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys

from builders.parents import alive, eventually

from host.engine.runner.children import Ended, bury, ending_orphans, fork
from host.engine.runner.forked import run_forked
from host.engine.runner.limits import Limits, adopt_orphans

LIMITS = Limits(start=10.0, memory=2_000_000_000)
DETACHED = """
import subprocess, sys
sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
print(subprocess.Popen(sleeping, start_new_session=True, stdout=subprocess.DEVNULL).pid)
"""
"""A program that leaves a process behind in a session of its own, and says which."""


def leave_somebody_behind() -> int:
    program = [sys.executable, "-c", DETACHED]
    return int(subprocess.run(program, stdout=subprocess.PIPE, check=True).stdout)


class TestEndingOrphans:
    """Each in a child: the tests' own process is to stay as it is."""

    def test_who_was_left_behind_ends_and_who_was_there_stays(self):
        """In whichever session; and nobody is left to be waited for."""

        def work() -> bytes:
            before = subprocess.Popen(["sleep", "60"])
            with ending_orphans():
                left = [leave_somebody_behind(), leave_somebody_behind()]
                known = [alive(pid) for pid in left]
            seen = known + [alive(pid) for pid in left] + [alive(before.pid), bury(left[0]) is None]
            before.kill()
            before.wait()
            return json.dumps(seen).encode()

        assert json.loads(run_forked(work, LIMITS)) == [True, True, False, False, True, True]

    def test_afterwards_orphans_are_not_this_process_s_any_more(self):
        """As it was before; and one that adopts goes on adopting."""

        def work() -> bytes:
            with ending_orphans():
                pass
            never = adopt_orphans()
            with ending_orphans():
                pass
            return json.dumps([never, adopt_orphans()]).encode()

        assert json.loads(run_forked(work, LIMITS)) == [False, True]

    def test_they_end_whatever_is_raised(self):
        """Ctrl-C too."""

        def work() -> bytes:
            left: list[int] = []
            with contextlib.suppress(ZeroDivisionError), ending_orphans():
                left.append(leave_somebody_behind())
                left.append(1 // 0)
            return json.dumps([alive(pid) for pid in left]).encode()

        assert json.loads(run_forked(work, LIMITS)) == [False]


class TestEnded:
    def test_how_a_child_ended_is_said_and_counted(self):
        """A signal is a negative number, as everywhere in Python."""

        def ended(code: int) -> Ended:
            pid = fork(lambda: os._exit(code) if code >= 0 else os.kill(os.getpid(), -code))
            return eventually(lambda: bury(pid))

        assert [(each.code, each.clean, each.how) for each in map(ended, (0, 3, -9))] == [
            (0, True, "ended with exit status 0"),
            (3, False, "ended with exit status 3"),
            (-9, False, "was ended by signal 9"),
        ]
