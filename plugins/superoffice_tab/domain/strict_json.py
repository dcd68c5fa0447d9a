"""JSON that means one thing only: no name twice, no NaN."""

from __future__ import annotations

import json
from typing import Any


def read(text: str) -> Any:
    """Read *text*.

    Raises:
        ValueError: It is not JSON, a name stands twice in one object, or it is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
