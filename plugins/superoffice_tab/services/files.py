"""Reading a file that somebody named."""

from __future__ import annotations

from pathlib import Path

from host.api import InputError


def read_bytes(path: Path, largest: int) -> bytes:
    """The content of *path*, but never more than one byte above *largest*.

    Raises:
        InputError: It is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        raise InputError(f"this file cannot be read: {error.strerror}", source=str(path)) from error
