"""A third party's code is never in the process that serves the screen."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
from host.testing import make_host
from host.testing.kit import installed

kit = make_host(Path(sys.argv[1]), installed("acme_requests", "superoffice_tab", "status_tab"), runners=True)
try:
    page = kit.client().get("/tabs/acme_requests/requests/")
    print(page.status, "Nobody is waiting for a licence" in page.text)
    print(sorted(name for name in sys.modules if name.partition(".")[0] == "acme_requests"))
finally:
    kit.close()
"""


def test_the_host_serves_a_page_of_a_plugin_that_it_never_imports(tmp_path):
    """Neither to learn what it declares, nor to draw its page."""
    program = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines() == ["200 True", "[]"], ended.stderr
