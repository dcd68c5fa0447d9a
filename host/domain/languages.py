"""Languages that the product is complete in, and time zones that there are."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LANGUAGES = {"en": "English", "da": "Dansk"}
"""Each by its own name."""


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Whether *name* is in the IANA list."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
