"""A plugin as the engine knows it, and the address book of its routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy
from flask import Flask
from werkzeug.routing import Map, Rule

from host.api.values import HookSpecs, Permission, Route, Setting, Storage, Tab

from .discovery import Found

SERVING, REJECTED, DISABLED = "serving", "rejected", "disabled"


@dataclass(slots=True, kw_only=True)
class Plugin:
    """One installed plugin.

    Args:
        found: What its metadata says.
        reason: Why it is rejected; "" if it serves.
        package: Import name of the package it lives in.
        folder: Where its templates, catalogues and static files stand; None until it is loaded.
        manager: pluggy's manager with this one plugin in it, so that a call never reaches another.
        tabs: Its tabs, as they came through JSON.
        permissions: Its permissions.
        settings: Its settings.
        routes: Its addresses.
        storage: Its tables, or None.
        published: Hooks it publishes, or None.
        app: The application that serves its pages, or None.
    """

    found: Found
    reason: str = ""
    package: str = ""
    folder: Path | None = None
    manager: pluggy.PluginManager | None = None
    tabs: list[Tab] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    storage: Storage | None = None
    published: HookSpecs | None = None
    app: Flask | None = None
    addresses: Map = field(default_factory=Map)

    @property
    def id(self) -> str:
        """The plugin's id."""
        return self.found.id

    @property
    def builtin(self) -> bool:
        """Whether it comes with the product."""
        return self.found.builtin

    def state(self, switched_off: frozenset[str]) -> str:
        """One of ``serving``, ``rejected``, ``disabled``."""
        if self.reason:
            return REJECTED
        return DISABLED if self.id in switched_off else SERVING

    def tab(self, tab: str) -> Tab | None:
        """The tab with that id, or None."""
        return next((each for each in self.tabs if each.id == tab), None)

    def implements(self, hook: str) -> bool:
        """Whether the plugin has an implementation of *hook*."""
        caller = getattr(self.manager.hook, hook, None) if self.manager else None
        return bool(caller is not None and caller.get_hookimpls())

    def call(self, hook: str, **arguments: Any) -> Any:
        """Call one hook; None if the plugin does not implement it. Raises whatever it raises."""
        if self.manager is None or not self.implements(hook):
            return None
        answers = getattr(self.manager.hook, hook)(**arguments)
        return answers[0] if answers else None

    def keep_addresses(self) -> None:
        """Make the map that tells an address and its permission without asking the plugin."""
        self.addresses = Map(
            [Rule(each.rule, methods=list(each.methods), endpoint=each.permission) for each in self.routes]
        )
