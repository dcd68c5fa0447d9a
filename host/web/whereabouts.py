"""In which tab a request is, by its address: also where it failed before anybody came to look at the tab."""

from __future__ import annotations

from flask import request

from host.api.values import Tab
from host.engine.plugin import Plugin

from .visitor import actor, household, switched_off


def tab_here() -> tuple[Plugin, Tab] | None:
    """The tab that the address of this request belongs to; None if the actor has no such tab to go to."""
    parts = request.path.split("/")
    if len(parts) < 4 or parts[1] != "tabs":
        return None
    plugin = household().house.registry.get(parts[2])
    if plugin is None or not plugin.has_pages or plugin.id in switched_off():
        return None
    tab = plugin.tab(parts[3])
    return (plugin, tab) if tab is not None and actor().may(tab.view) else None
