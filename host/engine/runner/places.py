"""Where the processes of one start meet: the names of the sockets and files in its private folder."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import tempfile
from pathlib import Path

LONGEST_FOLDER = 50
"""A Unix socket's whole path has at most 107 bytes, and a plugin's id takes up to 40 of them."""
PREFIX = "tabhost-"
BACKLOG = 64
OWNER_ONLY = 0o177


def runner_socket(folder: Path, plugin: str) -> Path:
    """Where the runner of *plugin* is called. No plugin's id can make it one of the names below."""
    return folder / f"{plugin}.runner"


def way_back_socket(folder: Path) -> Path:
    """Where runners call the host."""
    return folder / "way-back"


def control_socket(folder: Path) -> Path:
    """Where web workers tell the parent of runners that hang."""
    return folder / "control"


def state_file(folder: Path) -> Path:
    """Where the parent writes down which processes there are."""
    return folder / "state.json"


def open_folder() -> Path:
    """A new folder that nobody else may enter; the parent removes it at its end."""
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) > LONGEST_FOLDER - len(f"/{PREFIX}xxxxxxxx"):
        base = "/tmp"  # noqa: S108 - the folder made in it has a name of its own and is private
    _sweep(Path(base))
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))


def _sweep(base: Path) -> None:
    """Remove the folders of parents that were killed and could not do so themselves."""
    for folder in base.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            if folder.stat().st_uid != os.getuid():
                continue
            parent = int(json.loads(state_file(folder).read_bytes())["parent"])
            try:
                os.kill(parent, 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)


def listen(path: Path) -> socket.socket:
    """A Unix stream socket that listens at *path*, for this user alone; it does not block."""
    listener = bound(path, socket.SOCK_STREAM)
    listener.listen(BACKLOG)
    return listener


def bound(path: Path, kind: socket.SocketKind) -> socket.socket:
    """A Unix socket of *kind* at *path*, for this user alone; it does not block."""
    made = socket.socket(socket.AF_UNIX, kind)
    mask = os.umask(OWNER_ONLY)  # a chmod afterwards would leave a moment in which anybody may connect
    try:
        made.bind(str(path))
    except OSError:
        made.close()
        raise
    finally:
        os.umask(mask)
    made.setblocking(False)
    return made
