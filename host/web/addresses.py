"""Addresses that came from outside: where they lead, and whether that is here."""

from __future__ import annotations

from posixpath import normpath
from urllib.parse import unquote, urlsplit


def netloc(address: str) -> str:
    """Host and port of *address*; "" where it has none or cannot be read."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def path_here(target: str) -> str:
    """*target* if it is a path of this host; "/" whatever else somebody put into a link."""
    straight = target.replace("\\", "/")
    try:
        parts = urlsplit(straight)
    except ValueError:
        return "/"
    leaves = parts.scheme or parts.netloc or straight.startswith("//") or not parts.path.startswith("/")
    return "/" if leaves or not target.isprintable() else target


def stands_below(target: str, prefix: str) -> bool:
    """Whether *target* is a path below *prefix*, as a browser reads it, dots and escapes resolved."""
    if path_here(target) != target:
        return False
    path = unquote(urlsplit(target).path).replace("\\", "/")
    return path.startswith(prefix) and f"{normpath(path)}/".startswith(prefix)
