"""What a browser calls itself, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api.texts import english
from host.domain.browsers import in_words

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/150.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 16; K) {WEBKIT} Chrome/150.0 Mobile Safari/537", "Chrome on Android"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0",
            "Firefox on macOS",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15", "Safari on macOS"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) CriOS/150.0 Safari/604.1",
            "Chrome on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("curl/8.9", "Another program"),
        ("", "An unknown browser"),
    ],
)
def test_it_is_said_as_its_owner_knows_it(agent, words):
    """Each pretends to be some others."""
    assert english(in_words(agent)) == words


@given(st.text())
def test_anything_else_has_words_too(agent):
    """It is a stranger's text, and none of it is shown."""
    assert english(in_words(agent))
