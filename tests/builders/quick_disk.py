"""Where tests keep their files: in memory where there is room, for a real disk is waited for at each commit.

Nothing that tests write outlives them. What a real disk is needed for, the product's own settings ask of the
database as they always do (``synchronous=FULL``, ``fsync``); only the answer comes at once.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
"""Linux's own; pytest and `mkdtemp` make private folders in it."""
ENOUGH = 4 * 2**30
"""Bytes: containers often have 64 MB there, which a few hundred databases fill."""


def quick_folder() -> str | None:
    """A folder that is kept in memory, where this machine has one that is large enough."""
    try:
        roomy = shutil.disk_usage(MEMORY).free >= ENOUGH
    except OSError:
        return None
    return str(MEMORY) if roomy and os.access(MEMORY, os.W_OK | os.X_OK) else None


def prefer_memory() -> None:
    """Have pytest make its folders there, unless somebody named another place."""
    folder = quick_folder()
    if folder:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)
