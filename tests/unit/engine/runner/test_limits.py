"""What a child is left with."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, os, subprocess, sys
from pathlib import Path
from host.engine.runner.forked import run_forked
from host.engine.runner.limits import Limits

def look():
    started_with = [Path(f"/proc/{each}/environ").read_bytes() for each in ("self", os.getpid())]
    told = "import json, os, sys; json.dump(dict(os.environ), sys.stdout)"
    seen = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    there = [each.decode().strip(chr(0)) for each in started_with]
    return json.dumps([there, os.environ["TZ"], json.loads(seen)]).encode()

sys.stdout.write(run_forked(look, Limits()).decode())
"""


class TestTheEnvironment:
    def test_the_kernel_shows_nothing_of_what_the_program_was_started_with(self, tmp_path):
        """What is kept is there all the same, for the child and for whatever it starts."""
        kept = {
            "TZ": "Europe/Copenhagen",
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
        }
        secrets = {"TABHOST_DATABASE_URL": "postgresql://secret", "A (b) c": "secret", "EMPTY": ""}
        program = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=kept | secrets, capture_output=True, text=True, check=False
        )
        there, zone, seen = json.loads(program.stdout)
        assert there == ["", ""]
        assert zone == kept["TZ"]
        assert seen == kept
