"""Reading the body of a request that holds usage events: a line that cannot be read spoils no other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from host.api import InputError

from .files import Item, numbered

EXPECTED = "a CloudEvent, an array of them, or, as application/x-ndjson, one on each line"


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that holds no JSON.

    Args:
        place: Where it stands, such as ``line 7``.
        reason: What is wrong with it.
    """

    place: str
    reason: str


def items_of(body: bytes, *, lines: bool) -> list[Item | Broken]:
    """The items of a request.

    Args:
        body: What was sent.
        lines: Whether it is one event on each line; else it is one JSON document.

    Raises:
        InputError: It is empty, or the one document cannot be read; then nothing counts.
    """
    if not body.strip():
        raise InputError(f"The body is empty; expected {EXPECTED}. Nothing was counted")
    if lines:
        pairs = enumerate(body.split(b"\n"), start=1)
        return [_line(f"line {number}", line) for number, line in pairs if line.strip()]
    try:
        document = _read(body)
    except ValueError as error:
        raise InputError(f"The body is {error}; expected {EXPECTED}. Nothing was counted") from None
    if isinstance(document, list):
        return [*numbered(document)]
    return [*numbered([document])]


def _line(place: str, line: bytes) -> Item | Broken:
    try:
        return Item(place, _read(line))
    except ValueError as error:
        return Broken(place, str(error))


def _read(text: bytes) -> Any:
    """What JSON holds.

    Raises:
        ValueError: It is no UTF-8, or no JSON; says so in a few words.
    """
    try:
        return json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}, character {error.pos + 1})") from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, or brackets nested thousands deep.
        raise ValueError("not usable JSON: a number too long, or nested too deep") from None
