"""What a plugin says of its settings, and which values of them make sense."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .values import Plain, Text

KINDS = ("text", "integer", "boolean", "path", "existing_path", "url")
"""Kinds of settings."""
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_LONGEST_URL, _LONGEST_HOST = 2_000, 253
# Not `urlsplit`: it refuses some of what people mistype, which is not to be shown with a password either.
_SIGN_IN = re.compile(r"(?<=//)[^/?#]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something an operator can set for this plugin.

    Args:
        id: ``[a-z][a-z0-9_]{0,39}``, unique in the plugin.
        title: What stands beside the field, up to 200 characters.
        kind: One of ``text``, ``integer``, ``boolean``, ``path``, ``existing_path``, ``url``. An existing
            path is a file's or a folder's: it has to be there when somebody sets it, and is kept in full; it
            may be gone when it is read. A URL is one of ``http`` or ``https`` whenever it is read, or empty;
            a name and password in it are for whoever is asked, and are left out of the audit.
        default: The value where nobody set one, as text; None for none.
        env: Name of the environment variable that overrides the stored value, or None.
        secret: Never shown again once stored.
        description: One sentence of help, up to 1000 characters.
    """

    id: str
    title: Text | Plain
    kind: str = "text"
    default: str | None = None
    env: str | None = None
    secret: bool = False
    description: Text | Plain | None = None

    def parse(self, text: str) -> str | int | bool | Path:
        """*text* as the kind of value that this setting holds.

        Raises:
            ValueError: It is not of that kind; the message repeats it only if the setting is no secret.
        """
        match self.kind:
            case "integer":
                if not _INTEGER.fullmatch(text):
                    raise ValueError(f"expected a whole number{self._got(text)}")
                return int(text)
            case "boolean":
                if text.strip().casefold() not in _BOOLEANS:
                    raise ValueError(f"expected yes or no{self._got(text)}")
                return _BOOLEANS[text.strip().casefold()]
            case "path" | "existing_path":
                return Path(text)
            case "url":
                if text.strip() and not _is_web_address(text.strip()):
                    raise ValueError(
                        f"expected a web address, such as https://server.example/path{self._got(text)}"
                    )
                return text.strip()
            case _:
                return text

    def checked(self, text: str) -> str:
        """*text* as it is kept when somebody sets it: of the right kind, and an existing path is there.

        Raises:
            ValueError: It makes no sense; the message repeats it only if the setting is no secret.
        """
        self.parse(text)
        if self.kind == "url":
            return text.strip()
        if self.kind != "existing_path":
            return text
        if not text.strip() or not _is_there(Path(text)):
            raise ValueError(f"expected the path of a file or folder that is there{self._got(text)}")
        return str(Path(text).absolute())  # whoever reads it may be at work in another folder

    def told(self, text: str | None) -> str | None:
        """*text* as others may be told of it: nothing of a secret, and no name and password in a URL."""
        if text is None or self.secret:
            return None
        return without_sign_in(text) if self.kind == "url" else text

    def _got(self, text: str) -> str:
        """The value in a message. A mistyped URL with a password in it is not repeated at all."""
        hidden = self.secret or (self.kind == "url" and "@" in text)
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        return "" if hidden else f", got {shown!r}"


def without_sign_in(url: str) -> str:
    """*url* without the name and password that stand in it for whoever is asked.

    .. versionadded:: 0.1
    """
    return _SIGN_IN.sub("", url)


def _is_web_address(text: str) -> bool:
    if len(text) > _LONGEST_URL or "\\" in text or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # which is read only here, and may be no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and 0 < len(host) <= _LONGEST_HOST


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, or a folder that nobody may look into
        return False
