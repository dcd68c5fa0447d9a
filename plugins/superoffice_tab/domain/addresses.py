"""Addresses in sentences: nobody reads three thousand characters, and the end of a name says whose it is."""

from __future__ import annotations

LONGEST = 80


def shortened(text: str, longest: int = LONGEST) -> str:
    """*text* with its middle left out where it is longer than *longest* characters."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
