"""In which line of a JSON file something stands."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any

from host.api import InputError

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def loads(text: str, *, source: str, expected: str) -> Any:
    """What JSON *text* holds; a name that stands twice in one object is refused.

    Args:
        text: The file.
        source: Its name, for the message.
        expected: What it should hold.

    Raises:
        InputError: It is not JSON, or a name stands twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"not JSON ({error.msg}); expected {expected}", source=source, place=place) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not usable JSON ({error}); expected {expected}", source=source) from None


def line_of(text: str, path: str) -> int:
    """The line of JSON *text* in which what *path* names begins.

    Args:
        text: JSON that can be read.
        path: As in ``services.mailings.tiers[1].from``; of what is missing, the object that lacks it counts.
    """
    # YAML tells where things stand, and takes any JSON but for tabs between its tokens. It is asked only when
    # a file is refused; otherwise nothing has to load it.
    yaml = import_module("yaml")
    try:
        node = yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return 1
    line: int = node.start_mark.line
    for index, name in _STEP.findall(path):
        if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
            node = node.value[int(index)]
            line = node.start_mark.line
            continue
        found = (
            [pair for pair in node.value if pair[0].value == name]
            if isinstance(node, yaml.MappingNode)
            else []
        )
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line
    return line + 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return found
