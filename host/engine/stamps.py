"""Whether a plugin is still the one that was asked: a stamp over its version and its files."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from .discovery import Found

MOST_FILES = 5_000
"""A package with more files is stamped by its first ones; nobody waits for a start because of it."""


def stamp(found: Found, version: str) -> str:
    """A text that changes with the plugin's version, its files, this host's *version*, and Python's.

    A version number alone would miss an editable installation, and a wheel that was built again.
    Nothing of the plugin is imported.
    """
    digest = hashlib.sha256(f"{version}|{sys.version}|{found.id}|{found.version}|{found.module}".encode())
    for line in _files(found.module.partition(".")[0]):
        digest.update(line.encode())
    return digest.hexdigest()


def _files(package: str) -> Iterator[str]:
    """Name, size and time of each file of a package."""
    try:
        spec = find_spec(package) if package else None
    except Exception:  # a broken path entry: importing it will say so
        return
    if spec is None:
        return
    folders = [Path(each) for each in spec.submodule_search_locations or ()]
    files = [Path(spec.origin)] if spec.origin and not folders else []
    for folder in folders:
        files += sorted(each for each in folder.rglob("*") if "__pycache__" not in each.parts)[:MOST_FILES]
    for file in files:
        try:
            seen = file.stat()
        except OSError:
            continue
        yield f"{file}|{seen.st_size}|{seen.st_mtime_ns}\n"
