"""What the plugins of this checkout declare is worked out once in a session, not once for every host.

Their blueprints are the same objects in every host of a process, and so is what is made of them: the
application, its routes, its description, the map of its addresses. Making these is most of what starting a
host costs. Hosts in processes of their own, as many tests start them, make them as always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flask import Flask
from werkzeug.routing import Map

from host.api.values import Route
from host.engine import declaring
from host.engine.plugin import Plugin

LASTING = frozenset({"acme_requests", "status_tab", "superoffice_tab"})
"""Packages that no test makes anew."""

Found = TypeVar("Found")


def declare_once() -> None:
    """Have hosts of this process share it."""
    declaring.make_plugin_app = _application(declaring.make_plugin_app)  # type: ignore[attr-defined]
    declaring.routes_of = _of_application(declaring.routes_of)  # type: ignore[attr-defined]
    declaring.description_of = _of_application(declaring.description_of)  # type: ignore[attr-defined]
    made = Plugin.keep_addresses

    @lru_cache(maxsize=256)
    def addresses(routes: tuple[Route, ...]) -> Map:
        one = Plugin(found=None, routes=list(routes))  # type: ignore[arg-type] # only its routes count
        made(one)
        return one.addresses

    def keep_addresses(self: Plugin) -> None:
        self.addresses = addresses(tuple(self.routes))

    Plugin.keep_addresses = keep_addresses  # type: ignore[method-assign]


def _application(make: Callable[..., Flask]) -> Callable[..., Flask]:
    kept: dict[tuple[object, ...], tuple[Flask, object]] = {}

    def once(plugin: str, package: str, blueprints: Mapping[str, object]) -> Flask:
        if package not in LASTING:
            return make(plugin, package, blueprints)
        key = (plugin, package, *((hook, id(each)) for hook, each in blueprints.items()))
        if key not in kept:
            kept[key] = (
                make(plugin, package, blueprints),
                blueprints,
            )  # an id stays theirs while they are kept
        return kept[key][0]

    return once


def _of_application(tell: Callable[[str, Flask], Found]) -> Callable[[str, Flask], Found]:
    kept: WeakKeyDictionary[Flask, Any] = WeakKeyDictionary()

    def once(plugin: str, app: Flask) -> Found:
        if app not in kept:
            kept[app] = tell(plugin, app)
        found: Found = kept[app]
        return found

    return once
