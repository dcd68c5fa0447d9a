"""What a plugin calls goes through the host's client, on whichever side of the border the plugin lives."""

from __future__ import annotations

import pytest
from builders.licence_server import licence_server


@pytest.fixture(scope="module")
def outside():
    """Somebody to call."""
    with licence_server() as server:
        server.files["/a"] = b"hello from outside"
        yield server


class TestCalls:
    def test_whom_the_operator_allows_is_called(self, twofold, outside):
        """By the name that stands in TABHOST_OUTBOUND_ALLOW."""
        address = f"{outside.address}/a"
        code = f"answer = plain(current_host.http().get({address!r}).text)"
        assert "hello from outside" in twofold.post(code).text

    def test_nobody_else_is(self, twofold, outside):
        """Here the same server by another name; the plugin can tell that from one that is out of reach."""
        before = len(outside.asked)
        address = f"https://localhost:{outside.port}/a"
        code = f"""
import host.api
try:
    current_host.http().get({address!r})
except host.api.CallRefusedError as error:
    answer = plain("refused: " + str(error))
"""
        assert "refused: localhost:" in twofold.post(code).text
        assert len(outside.asked) == before

    def test_more_than_the_plugin_wants_is_not_read(self, twofold, outside):
        """It says how much."""
        address = f"{outside.address}/a"
        code = f"""
import host.api
try:
    current_host.http(largest=5).get({address!r})
except host.api.LargeAnswerError:
    answer = plain("too large")
"""
        assert "too large" in twofold.post(code).text
