"""A plugin as the engine knows it, and the address book of its routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pluggy
from flask import Flask
from werkzeug.routing import Map, Rule

from host.api.settings import Setting
from host.api.values import HookSpecs, Job, Permission, Route, Storage, Tab

from .declarations import Command, Declarations
from .description import check_part
from .discovery import Found
from .homes import own_folder
from .prefixes import check_rule


class State(StrEnum):
    """Where a plugin stands."""

    SERVING = "serving"
    DISABLED = "disabled"
    REJECTED = "rejected"


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
        jobs: What it wants done by the clock.
        routes: Its addresses.
        storage: Its tables, or None.
        published: Hooks it publishes, or None.
        description: Its part of the OpenAPI description.
        app: The application that serves its pages and its API in this process, or None.
        scripted: Ids of tabs that may bring scripts, as it was when the plugin was admitted.
        remote: Whether it lives in a runner; nothing of it is imported here.
        declared: What a remote plugin declares; None for one that lives here.
        answers: What it answers to hooks that are asked once, when it is loaded.
    """

    found: Found
    reason: str = ""
    package: str = ""
    folder: Path | None = None
    manager: pluggy.PluginManager | None = None
    tabs: list[Tab] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    storage: Storage | None = None
    published: HookSpecs | None = None
    description: Mapping[str, Any] = field(default_factory=dict)
    app: Flask | None = None
    scripted: frozenset[str] = frozenset()
    remote: bool = False
    declared: Declarations | None = None
    addresses: Map = field(default_factory=Map)
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The plugin's id."""
        return self.found.id

    @property
    def builtin(self) -> bool:
        """Whether it comes with the product."""
        return self.found.builtin

    def state(self, switched_off: frozenset[str]) -> State:
        """Where it stands, given the ids of the plugins that are switched off."""
        if self.reason:
            return State.REJECTED
        return State.DISABLED if self.id in switched_off else State.SERVING

    def tab(self, tab: str) -> Tab | None:
        """The tab with that id, or None."""
        return next((each for each in self.tabs if each.id == tab), None)

    @property
    def has_pages(self) -> bool:
        """Whether it serves pages, here or in its runner."""
        return self.implements("host_pages")

    @property
    def has_api(self) -> bool:
        """Whether it serves JSON, here or in its runner."""
        return self.implements("host_api")

    @property
    def commands(self) -> tuple[Command, ...]:
        """Groups of commands that a remote plugin brings."""
        return self.declared.commands if self.declared else ()

    def take(self, declared: Declarations) -> None:
        """Keep what a remote plugin declares.

        Raises:
            RejectedError: It declares or describes what is not its own, such as a folder elsewhere.
        """
        self.declared = declared
        self.package = declared.package
        self.folder = own_folder(self.found.module, declared.folder)
        self.permissions, self.settings = list(declared.permissions), list(declared.settings)
        self.tabs, self.routes = list(declared.tabs), list(declared.routes)
        for route in self.routes:
            check_rule(self.id, route.rule)
        check_part(self.id, declared.description)
        self.description = declared.description
        self.keep_addresses()

    def implements(self, hook: str) -> bool:
        """Whether the plugin has an implementation of *hook*."""
        if self.declared is not None:
            return hook in self.declared.hooks
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
