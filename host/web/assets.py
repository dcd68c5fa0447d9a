"""Static files with their content in their address, so that browsers may keep them for good.

Anybody may ask for them, without an account; and what stands in a plugin's folder may be anything. So what is
read and what is kept have bounds, and nothing that leads out of the folder is followed.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path, PurePosixPath

OWN = "host"
IMPORT = re.compile(rb'@import url\("([a-z0-9_./-]+)"\);')
LONGEST_PATH = 200
LARGEST = 5 * 1024 * 1024
"""Bytes of one file, and of a style sheet with everything that it imports."""
DEEPEST = 10
"""Style sheets that import each other."""
KEPT = 32 * 1024 * 1024
"""Bytes of plugins' files that a process remembers; the host's own are always kept."""
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file.

    Args:
        body: Its bytes; a style sheet with what it imports put in its place.
        mimetype: Its type.
        digest: The first part of its hash.
    """

    body: bytes
    mimetype: str
    digest: str


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """Why a file is not served."""


class Assets:
    """The static files of all owners.

    Args:
        folders: By owner (``host`` or a plugin id), the folder its files stand in; no link to elsewhere.
        most: How many bytes of plugins' files are remembered.
    """

    def __init__(self, folders: dict[str, Path], most: int = KEPT) -> None:
        self._folders = {owner: each.parent.resolve() / each.name for owner, each in folders.items()}
        self._own: dict[str, Asset] = {}
        self._kept: OrderedDict[tuple[str, str], Asset] = OrderedDict()
        self._most, self._held = most, 0
        self._lock = threading.Lock()

    def find(self, owner: str, path: str, digest: str | None = None) -> Asset | None:
        """The file at *path* of *owner*, or None.

        Args:
            owner: Whose it is.
            path: Where it stands in the owner's folder.
            digest: What its digest must be; None for any. Only what is found is remembered: anybody can ask.
        """
        try:
            return self._find(owner, path, digest)
        except _Refused:
            return None

    def url(self, owner: str, path: str) -> str:
        """The address of a file.

        Raises:
            FileNotFoundError: There is no such file that could be served: a mistake in a template.
        """
        try:
            asset = self._find(owner, path, None)
        except _Refused as error:
            raise FileNotFoundError(f"{owner} has no static file {path!r}: {error}") from None
        if asset is None:
            raise FileNotFoundError(f"{owner} has no static file {path!r}")
        return f"/static/{owner}/{asset.digest}/{path}"

    def _find(self, owner: str, path: str, digest: str | None) -> Asset | None:
        asset = self._remembered(owner, path)
        if asset is None:
            asset = self._read(owner, path)
            if asset is not None and digest in (None, asset.digest):
                self._keep(owner, path, asset)
        return asset if asset is not None and digest in (None, asset.digest) else None

    def _remembered(self, owner: str, path: str) -> Asset | None:
        if owner == OWN:
            return self._own.get(path)
        with self._lock:
            asset = self._kept.get((owner, path))
            if asset is not None:
                self._kept.move_to_end((owner, path))
            return asset

    def _keep(self, owner: str, path: str, asset: Asset) -> None:
        if owner == OWN:
            self._own[path] = asset
            return
        with self._lock:
            before = self._kept.pop((owner, path), None)  # somebody may have read it at the same time
            self._held -= len(before.body) if before else 0
            self._kept[owner, path] = asset
            self._held += len(asset.body)
            while self._held > self._most:
                self._held -= len(self._kept.popitem(last=False)[1].body)

    def _read(self, owner: str, path: str) -> Asset | None:
        folder = self._folders.get(owner)
        if folder is None or len(path) > LONGEST_PATH:
            return None
        pure = PurePosixPath(path)
        if str(pure) != path:  # one name for one file: other spellings would be remembered too
            return None
        if pure.is_absolute() or ".." in pure.parts:
            return None
        file = _inside(folder, folder / pure)
        if file is None:
            return None
        body = _Sheets(folder).whole(file) if pure.suffix == ".css" else _content(file, LARGEST)
        mimetype = TYPES.get(pure.suffix) or guess_type(pure.name)[0] or "application/octet-stream"
        return Asset(body, mimetype, hashlib.sha256(body).hexdigest()[:12])


class _Sheets:
    """Style sheets put into one: forty blocks would be forty requests.

    Args:
        folder: What they import must stand in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._room = folder, LARGEST
        self._seen: set[Path] = set()

    def whole(self, sheet: Path, depth: int = 1) -> bytes:
        """*sheet* with each sheet that it imports where it is first imported, once.

        Raises:
            _Refused: It imports something that may not be, or too much.
        """
        if sheet in self._seen:
            return b""
        if depth > DEEPEST:
            raise _Refused(f"it imports sheets that import sheets, more than {DEEPEST} deep")
        self._seen.add(sheet)
        text = _content(sheet, self._room)
        self._room -= len(text)
        return IMPORT.sub(lambda found: self._imported(sheet, found[1].decode(), depth), text)

    def _imported(self, sheet: Path, name: str, depth: int) -> bytes:
        file = _inside(self._folder, sheet.parent / name)
        if file is None:
            raise _Refused(f"{sheet.name} imports {name!r}, which is no file of its folder")
        return self.whole(file, depth + 1)


def _inside(folder: Path, file: Path) -> Path | None:
    """Where *file* stands with all links followed; None if that is outside *folder*, or no file."""
    try:
        found = file.resolve(strict=True)
        return found if found.is_relative_to(folder) and found.is_file() else None
    except (
        OSError,
        ValueError,
        RuntimeError,
    ):  # it is not there, no file can have the name, or a ring of links
        return None


def _content(file: Path, room: int) -> bytes:
    """The bytes of *file*, if they are no more than *room*: nothing larger is read."""
    try:
        with file.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            body = opened.read(room + 1) if size <= room else b""
    except OSError as error:
        raise _Refused(f"{file.name} cannot be read: {error.strerror}") from None
    if max(size, len(body)) > room:
        raise _Refused(f"it is larger than {LARGEST} bytes, with what it imports")
    return body
