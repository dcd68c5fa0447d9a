"""Static files with their content in their address, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path, PurePosixPath

IMPORT = re.compile(r'@import url\("([a-z0-9_./-]+)"\);')
LONGEST_PATH = 200
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


class Assets:
    """The static files of all owners.

    Args:
        folders: By owner (``host`` or a plugin id), the folder its files stand in.
    """

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders
        self._found: dict[tuple[str, str], Asset] = {}

    def find(self, owner: str, path: str) -> Asset | None:
        """The file at *path* of *owner*, or None."""
        asset = self._found.get((owner, path)) or self._read(owner, path)
        if asset is not None:  # what is not there is not remembered: anybody can ask for anything
            self._found[owner, path] = asset
        return asset

    def url(self, owner: str, path: str) -> str:
        """The address of a file.

        Raises:
            FileNotFoundError: There is no such file: a mistake in a template.
        """
        asset = self.find(owner, path)
        if asset is None:
            raise FileNotFoundError(f"{owner} has no static file {path!r}")
        return f"/static/{owner}/{asset.digest}/{path}"

    def _read(self, owner: str, path: str) -> Asset | None:
        folder = self._folders.get(owner)
        if folder is None or len(path) > LONGEST_PATH:
            return None
        pure = PurePosixPath(path)
        if str(pure) != path:  # one name for one file: other spellings would be remembered too
            return None
        if pure.is_absolute() or ".." in pure.parts:
            return None
        file = folder / pure
        try:
            if not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
                return None
        except (OSError, ValueError):  # a name that no file can have
            return None
        body = _with_imports(file).encode() if file.suffix == ".css" else file.read_bytes()
        mimetype = TYPES.get(file.suffix) or guess_type(file.name)[0] or "application/octet-stream"
        return Asset(body, mimetype, hashlib.sha256(body).hexdigest()[:12])


def _with_imports(sheet: Path) -> str:
    """A style sheet as one file: forty blocks would be forty requests."""
    return IMPORT.sub(lambda found: _with_imports(sheet.parent / found[1]), sheet.read_text("utf-8"))
