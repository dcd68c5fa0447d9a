"""Compiled templates, kept: the host's for all owners of a process, and in the processes forked from it."""

from __future__ import annotations

from pathlib import Path

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket

_KEPT: dict[str, tuple[str, bytes]] = {}
"""By Jinja's own key, which is made of name and path: the checksum of the source, and the code."""


class CompiledTemplates(BytecodeCache):
    """Remembers compiled templates for as long as the process, and in a folder where there is one.

    Every owner has an environment of its own with the same options, so that one compiled text serves all.

    Args:
        folder: A folder that nobody else writes to; what is read from it is run.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._files = FileSystemBytecodeCache(str(folder)) if folder else None

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill *bucket*, if its source has not changed."""
        checksum, code = _KEPT.get(bucket.key, ("", b""))
        if code and checksum == bucket.checksum:
            bucket.bytecode_from_string(code)
        elif self._files:
            self._files.load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what *bucket* holds."""
        _KEPT[bucket.key] = (bucket.checksum, bucket.bytecode_to_string())
        if self._files:
            self._files.dump_bytecode(bucket)
