"""Every operation that OpenAPI describes, called as the description allows, and as it does not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from builders.accounts import PASSWORD
from builders.demo import serve_demo

OTHERS = 20
"""Accounts before that of the caller: calls like small numbers."""
EXAMPLES = 5
"""For each operation, beside those that its limits ask for."""
CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
CALLS = re.compile(r"^\s*(\d+) generated, \1 passed\b", re.MULTILINE)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The demo, and the headers of somebody who may do everything there."""
    with serve_demo(tmp_path_factory.mktemp("described")) as server, httpx.Client() as browser:
        # Nobody that the calls know of: they end people's sessions. And with a password, since one that could
        # be set without the present one would give the session another id.
        for number in range(OTHERS):
            assert server.run("user", "add", f"OTHER{number}", "--link").exit_code == 0
        who = ("TESTER", "--role", "administrator", "--password-stdin")
        assert server.run("user", "add", *who, typed=f"{PASSWORD}\n").exit_code == 0
        browser.get(server.new_link("TESTER"))
        token = TOKEN.search(browser.get(f"{server.address}/no-such-page").text)
        cookie = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
        yield server, {"Cookie": cookie, "X-CSRF-Token": token[1]}


def test_the_api_answers_as_it_is_described(served, tmp_path):
    """No 5xx; no status, type or body that it does not know; nothing taken that it forbids; none refused
    that it allows. All checks of schemathesis are on."""
    server, headers = served
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(CONFIGURATION)),
            *("run", f"{server.address}/api/v1/openapi.json", "--max-examples", str(EXAMPLES), "--no-color"),
            *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")),
        ],
        cwd=tmp_path,  # it leaves a folder of its own where it runs
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    called = CALLS.search(done.stdout)
    assert called is not None, done.stdout[-6000:]
    assert int(called[1]) > 1000
