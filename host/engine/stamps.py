"""Whether a plugin is still the one that was asked: a stamp over its version and its files."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator

from .discovery import Found
from .homes import home_of

MOST_FILES = 5_000
"""A package with more files is stamped by its first ones; nobody waits for a start because of it."""


def stamp(found: Found, version: str) -> str:
    """A text that changes with the plugin's version, its files, this host's *version*, and Python's.

    A version number alone would miss an editable installation, and a wheel that was built again.
    Nothing of the plugin is imported.
    """
    digest = hashlib.sha256(f"{version}|{sys.version}|{found.id}|{found.version}|{found.module}".encode())
    for line in _files(found.module):
        digest.update(line.encode())
    return digest.hexdigest()


def _files(module: str) -> Iterator[str]:
    """Name, size and time of each file of the package that *module* is in."""
    home = home_of(module)
    files = [home.file] if home.file else []
    for folder in home.folders:
        files += sorted(each for each in folder.rglob("*") if "__pycache__" not in each.parts)[:MOST_FILES]
    for file in files:
        try:
            seen = file.stat()
        except OSError:
            continue
        yield f"{file}|{seen.st_size}|{seen.st_mtime_ns}\n"
