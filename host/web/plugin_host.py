"""`current_host` in this process: the host as one plugin sees it during one request or command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from host.api.runtime import serving
from host.api.values import Actor, JsonValue, Plain, Text
from host.engine.plugin import Plugin
from host.services.house import Clock, settings_of
from host.services.scope import Scope

from .rendering import Reader, Renderer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Renderers = Mapping[str, Renderer]


class PluginWork:
    """The unit of work over the plugin's session."""

    def __init__(self, scope: Scope, plugin: Plugin) -> None:
        self._scope, self._plugin = scope, plugin

    @property
    def session(self) -> Session:
        """The session on the plugin's own store."""
        return self._scope.session(self._plugin)

    def audit(self, action: str, subject: str, before: JsonValue = None, after: JsonValue = None) -> None:
        """Write down what is done, in the same transaction."""
        self._scope.audit(self._plugin, action, subject, before, after)


class PublishedHooks:
    """The hooks of built-in plugins, asked in the same request and the same transaction."""

    def __init__(self, scope: Scope, renderers: Renderers, csrf_token: str) -> None:
        self._scope, self._renderers, self._csrf_token = scope, renderers, csrf_token

    def __getattr__(self, name: str) -> Callable[..., list[tuple[str, Any]]]:
        """The hook *name*."""

        def ask(**arguments: Any) -> list[tuple[str, Any]]:
            registry = self._scope.house.registry
            return registry.ask(name, arguments, self._open, self._scope.switched_off())

        return ask

    @contextmanager
    def _open(self, plugin: Plugin) -> Iterator[None]:
        # A savepoint: on PostgreSQL a failed statement would end the asker's transaction with it.
        with (
            self._scope.session(plugin).begin_nested(),
            serving(PluginHost(self._scope, plugin, self._renderers, self._csrf_token)),
        ):
            yield


class PluginHost:
    """Implements `host.api.Host` where the plugin lives in the same process as the host."""

    def __init__(self, scope: Scope, plugin: Plugin, renderers: Renderers, csrf_token: str = "") -> None:
        self._scope, self._plugin, self._renderers = scope, plugin, renderers
        self._csrf_token = csrf_token
        self._settings: dict[str, Any] | None = None
        self.work = PluginWork(scope, plugin)
        self.hooks = PublishedHooks(scope, renderers, csrf_token)

    @property
    def plugin(self) -> str:
        """Id of the plugin that is being served."""
        return self._plugin.id

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self._scope.actor

    @property
    def locale(self) -> str:
        """Language of the answer."""
        return self._scope.locale

    @property
    def timezone(self) -> str:
        """Zone that times are shown in."""
        return self._scope.timezone

    @property
    def installation_timezone(self) -> str:
        """Zone that days and months are counted in."""
        return self._scope.house.timezone

    @property
    def clock(self) -> Clock:
        """The time now."""
        return self._scope.house.clock

    @property
    def version(self) -> str:
        """The product's version, such as ``0.1.0``."""
        return self._scope.house.version

    @property
    def session(self) -> Session:
        """The session on the plugin's own store."""
        return self.work.session

    @property
    def settings(self) -> Mapping[str, Any]:
        """Values of the plugin's settings."""
        if self._settings is None:
            self._settings = settings_of(self._scope.house, self._plugin)
        return self._settings

    def can(self, permission: str) -> bool:
        """Whether the actor holds *permission*."""
        return self.actor.may(permission)

    def render(self, template: str, **values: Any) -> str:
        """Draw a template of the plugin's own folder into a fragment."""
        return self._renderer.render(template, self._reader(), **values)

    def url(self, tab: str, path: str = "", **query: str | int) -> str:
        """Address of *path* in *tab* of this plugin."""
        address = f"/tabs/{self.plugin}/{quote(tab)}/{quote(path.lstrip('/'))}"
        return f"{address}?{urlencode(query)}" if query else address

    def toast(self, text: Text | Plain) -> None:
        """Show *text* once, on the next page this person sees."""
        self._scope.toasts.append(self.translate(text))

    def audit(self, action: str, subject: str, before: JsonValue = None, after: JsonValue = None) -> None:
        """Same as ``work.audit``."""
        self.work.audit(action, subject, before, after)

    def translate(self, text: Text | Plain) -> str:
        """*text* in the language of the answer."""
        return self._renderer.catalogues.say(text, self.locale)

    @property
    def _renderer(self) -> Renderer:
        return self._renderers[self.plugin]

    def _reader(self) -> Reader:
        now: datetime = self.clock()
        return Reader(
            language=self.locale, timezone=self.timezone, now=now, csrf_token=self._csrf_token, url=self.url
        )
