"""Reading files that people give us: one clear message for whatever is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host.api import InputError


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a file of usage events.

    Args:
        place: Where it stands, such as ``line 7`` or ``item 3``.
        content: What JSON held there.
    """

    place: str
    content: Any


def numbered(contents: Iterable[Any]) -> list[Item]:
    """The entries of an array, by their number."""
    return [Item(f"item {number}", content) for number, content in enumerate(contents, start=1)]


def read_text(path: Path) -> str:
    """The text of the file *path*.

    Raises:
        InputError: It cannot be read, or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError("not UTF-8 text", source=str(path), place=f"line {line}") from None


def read_json(path: Path, expected: str) -> Any:
    """What the JSON file *path* holds.

    Args:
        path: The file.
        expected: What it should hold, for the message.

    Raises:
        InputError: It cannot be read, or is not UTF-8 or JSON.
    """
    return _parse(read_text(path), source=str(path), expected=expected)


def read_items(path: Path) -> list[Item]:
    """The entries of a file that holds one event, an array of events, or one event a line (NDJSON).

    Raises:
        InputError: It cannot be read, or is not UTF-8 or JSON; then no entry counts.
    """
    source, text = str(path), read_text(path)
    expected = "a CloudEvent, an array of them, or one on each line"
    lines = list(_lines(text))
    if not lines:
        raise InputError(f"empty; expected {expected}", source=source)
    # A first line that is complete by itself starts one event a line; otherwise the file is one document.
    if not text.lstrip().startswith("[") and _complete(lines[0][1]):
        return [
            Item(f"line {number}", _parse(line, source=source, expected=expected, line=number))
            for number, line in lines
        ]
    document = _parse(text, source=source, expected=expected)
    if isinstance(document, list):
        return numbered(document)
    return [Item("line 1", document)]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines(): JSON may hold U+2028 and other separators as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _complete(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _parse(text: str, *, source: str, expected: str, line: int = 0) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise InputError(f"not JSON ({error.msg}); expected {expected}", source=source, place=place) from None
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets nested thousands deep.
        place = f"line {line}" if line else ""
        raise InputError(
            f"not usable JSON ({error}); expected {expected}", source=source, place=place
        ) from None
