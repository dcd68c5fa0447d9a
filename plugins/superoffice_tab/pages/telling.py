"""How pages tell of a no."""

from __future__ import annotations

from host.api import TabhostError, current_host


def in_words(error: TabhostError) -> str:
    """What a person is told: in their language, where that is known."""
    return error.in_words(current_host.translate)
