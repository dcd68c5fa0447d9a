"""A plugin's part of the OpenAPI description: made where the plugin lives, checked where it is shown.

What comes from a plugin may be anything. So its part is small and flat enough to be carried about, speaks of
its own addresses alone, and names and mentions no component but its own: ``acme_requests.Request``. It says
nothing of servers or security either: those are the host's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from host.domain.errors import RejectedError

from .prefixes import api_prefix

LARGEST = 256 * 1024
"""Bytes of it, as JSON."""
DEEPEST = 50
"""Objects and lists within each other."""
SECTIONS = ("schemas", "responses", "parameters", "headers", "requestBodies", "examples")
METHODS = frozenset({"get", "put", "post", "patch", "delete", "head", "options"})
PATH_KEYS = METHODS | {"parameters", "summary", "description"}
OPERATION_KEYS: Mapping[str, type] = {
    "tags": list,
    "summary": str,
    "description": str,
    "operationId": str,
    "parameters": list,
    "requestBody": dict,
    "responses": dict,
    "deprecated": bool,
}
RESPONSE_KEYS = frozenset({"description", "headers", "content"})
MOVING_KEYS = frozenset({"$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$schema"})
"""They change what a reference elsewhere in the document means."""
COMPONENT = re.compile(r"[A-Za-z0-9._-]{1,200}")
REFERENCE = re.compile(r"#/components/(\w+)/(.*)", re.DOTALL)


def part_of(plugin: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What *document* says of the addresses of *plugin*, its components under the plugin's name.

    Args:
        plugin: Plugin id.
        document: What flask-smorest made of the plugin's own application.

    Raises:
        RejectedError: It is no JSON, or may not be shown.
    """
    prefix, plain = api_prefix(plugin), json.loads(_as_json(document))
    _check_depth(plain)
    components = plain.get("components", {})
    part = {
        "paths": {
            path: _own_path(plugin, each)
            for path, each in plain.get("paths", {}).items()
            if path.startswith(prefix)
        },
        "components": {
            section: {f"{plugin}.{name}": each for name, each in components[section].items()}
            for section in SECTIONS
            if components.get(section)
        },
    }
    for each in _responses(part):
        for key in each.keys() - RESPONSE_KEYS - {"$ref"}:
            del each[key]
    renamed: dict[str, Any] = _renamed(part, plugin)
    check_part(plugin, renamed)
    _leave_out_unused(renamed)
    check_bounds(renamed)
    return renamed


def _own_path(plugin: str, item: dict[str, Any]) -> dict[str, Any]:
    """A path without what is not the plugin's to say; its operations are tagged with whose they are."""
    kept = {key: each for key, each in item.items() if key in PATH_KEYS}
    for method in METHODS & kept.keys():
        operation = {key: each for key, each in kept[method].items() if key in OPERATION_KEYS}
        if "operationId" in operation:
            operation["operationId"] = f"{plugin}.{operation['operationId']}"
        kept[method] = {**operation, "tags": [plugin]}
    return kept


def _renamed(part: Any, plugin: str) -> Any:
    """*part* with every reference led to where the component stands now."""
    match part:
        case dict():
            return {key: _renamed(each, plugin) for key, each in part.items()}
        case list():
            return [_renamed(each, plugin) for each in part]
        case str():
            return REFERENCE.sub(rf"#/components/\1/{plugin}.\2", part) if part.startswith("#/") else part
    return part


def _leave_out_unused(part: dict[str, Any]) -> None:
    """Drop components that no address leads to; flask-smorest brings some that nobody asked for."""
    components, todo = part["components"], [part["paths"]]
    used: set[tuple[str, str]] = set()
    while todo:
        for found in set(_references(todo.pop())) - used:
            used.add(found)
            todo.append(components[found[0]][found[1]])
    part["components"] = {
        section: kept
        for section, named in components.items()
        if (kept := {name: each for name, each in named.items() if (section, name) in used})
    }


def _references(part: Any) -> Iterator[tuple[str, str]]:
    """Section and name of each component that *part* names."""
    match part:
        case dict() | list():
            for each in part.values() if isinstance(part, dict) else part:
                yield from _references(each)
        case str() if found := REFERENCE.fullmatch(part):
            yield found[1], found[2]


def check_bounds(part: Any) -> None:
    """Refuse what is too large or too deep to be handled further.

    Raises:
        RejectedError: It is, or is no JSON.
    """
    _check_depth(part)
    if len(_as_json(part)) > LARGEST:
        raise RejectedError(f"The description of its API is larger than {LARGEST // 1024} KB.")


def _check_depth(part: Any) -> None:
    level, depth = [part], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise RejectedError(f"The description of its API is more than {DEEPEST} levels deep.")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]


def _as_json(part: Any) -> bytes:
    try:
        return json.dumps(part, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RejectedError(f"The description of its API is no JSON: {error}") from None


def check_part(plugin: str, part: Mapping[str, Any]) -> None:
    """Refuse a part that speaks of anything but *plugin*; its bounds were checked before.

    Raises:
        RejectedError: It does, or does not have the form that `part_of` gives it.
    """
    prefix, components = api_prefix(plugin), part.get("components", {})
    _expect(part.keys() <= {"paths", "components"}, "it has more than paths and components")
    _expect(isinstance(components, dict) and components.keys() <= set(SECTIONS), "components")
    for section, named in components.items():
        _expect(isinstance(named, dict), section)
        for name, each in named.items():
            own = COMPONENT.fullmatch(name) and name.startswith(f"{plugin}.")
            _expect(bool(own) and isinstance(each, dict), f"the name {name[:100]!r}")
    _expect(isinstance(part.get("paths", {}), dict), "paths")
    for path, item in part.get("paths", {}).items():
        _expect(path.startswith(prefix), f"the address {path[:100]!r}")
        _expect(isinstance(item, dict) and item.keys() <= PATH_KEYS, path)
        for method in METHODS & item.keys():
            _check_operation(plugin, item[method], f"{method} {path}")
    for response in _responses(part):
        _expect(response.keys() == {"$ref"} or response.keys() <= RESPONSE_KEYS, "a response")
    _check_keys(part)
    for section, name in _references(part):
        _expect(name in components.get(section, {}), f"the component {name[:100]!r}")


def _check_operation(plugin: str, operation: Any, place: str) -> None:
    _expect(isinstance(operation, dict), place)
    for key, each in operation.items():
        kind = OPERATION_KEYS.get(key)
        _expect(kind is not None and isinstance(each, kind), f"{place}, {key[:100]!r}")
    _expect(operation.get("tags") == [plugin], f"{place}, its tags")
    _expect(bool(operation.get("responses")), f"{place}, its responses")
    _expect(operation.get("operationId", f"{plugin}.").startswith(f"{plugin}."), f"{place}, its operationId")
    _expect(all(isinstance(each, dict) for each in operation["responses"].values()), f"{place}, a response")


def _responses(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each response in *part*: only they may hold links, which lead to servers."""
    for item in part.get("paths", {}).values():
        for method in METHODS & item.keys():
            yield from item[method].get("responses", {}).values()
    yield from part.get("components", {}).get("responses", {}).values()


def _check_keys(part: Any) -> None:
    """No reference leads out of the document, and none is changed in what it means."""
    match part:
        case dict():
            for key, each in part.items():
                moves = isinstance(each, str) and (
                    key in MOVING_KEYS or (key == "$ref" and not REFERENCE.fullmatch(each))
                )
                _expect(not moves, f"the key {key!r}")
                _check_keys(each)
        case list():
            for each in part:
                _check_keys(each)


def _expect(condition: bool, what: str) -> None:
    if not condition:
        raise RejectedError(f"The description of its API is not about its own addresses alone: {what}.")


def merged(document: Mapping[str, Any], parts: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The host's own *document* with what plugins add to it.

    Args:
        document: What describes the host's own API.
        parts: Plugin ids and their checked parts.
    """
    whole = dict(document)
    whole["paths"] = dict(document.get("paths", {}))
    whole["components"] = {key: dict(each) for key, each in document.get("components", {}).items()}
    whole["tags"] = list(document.get("tags", []))
    for plugin, part in parts:
        if part.get("paths"):
            whole["tags"].append({"name": plugin})
            whole["paths"].update(part["paths"])
            for section, named in part.get("components", {}).items():
                whole["components"].setdefault(section, {}).update(named)
    return whole
