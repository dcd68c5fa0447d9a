"""What plugins answer to those published hooks that are asked once, when a plugin is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError

from host.api.values import HookSpecs
from host.domain.errors import RejectedError

from .plugin import Plugin

# Bound now: the plugin, which is imported later, may put something else in their place.
_dumps, _loads = json.dumps, json.loads


def ask_once(plugin: Plugin, published: Iterable[HookSpecs]) -> None:
    """Ask *plugin*, which lives here, and keep its answers.

    Raises:
        RejectedError: One of them may not stand.
        Exception: Whatever its code raises.
    """
    for each in published:
        for hook in each.declared:
            value = plugin.call(hook)
            if value is None:
                continue
            try:
                packed = _loads(_dumps(each.schemas[hook].dump(value)))
            except (ValidationError, AttributeError, TypeError, ValueError) as error:
                raise _not_valid(hook, error) from error
            plugin.answers[hook] = _judged(plugin.id, hook, packed, each)


def take_answers(plugin: Plugin, published: Iterable[HookSpecs]) -> None:
    """Keep what *plugin*, a remote one, answered where it was asked: checked like anything from outside.

    Raises:
        RejectedError: One of its answers may not stand.
    """
    packed = plugin.declared.answers if plugin.declared else {}
    for each in published:
        for hook in each.declared:
            if packed.get(hook) is not None:
                plugin.answers[hook] = _judged(plugin.id, hook, packed[hook], each)


def _judged(plugin: str, hook: str, packed: Any, published: HookSpecs) -> Any:
    try:
        value = published.schemas[hook].load(packed)
    except (ValidationError, AttributeError, TypeError, ValueError) as error:
        raise _not_valid(hook, error) from None
    if reason := published.declared[hook](plugin, value):
        raise RejectedError(f"{hook}(): {reason}")
    return value


def _not_valid(hook: str, error: Exception) -> RejectedError:
    return RejectedError(f"{hook}() returned a value that is not valid: {error}")
