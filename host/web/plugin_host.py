"""`current_host`: the host as one plugin sees it during one request or command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from host.api.published import Published
from host.api.schemas import BadgeSchema
from host.api.texts import english
from host.api.values import Actor, Badge, JsonValue, Plain, Text
from host.engine.plugin import Plugin
from host.services.house import Clock
from host.services.scope import Scope

from .outward import Calls
from .rendering import Reader, Renderer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Renderers = Mapping[str, Renderer]
BADGE = BadgeSchema()


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


class Way(Protocol):
    """The way from a plugin to the host around it, within one process or over the border."""

    def settings(self) -> Mapping[str, Any]:
        """Values of the plugin's settings."""

    def ask(self, hook: str, arguments: dict[str, Any]) -> list[tuple[str, Any]]:
        """Ask a published hook: (plugin id, value) pairs."""

    def call(self, record: Published, arguments: dict[str, Any]) -> Any:
        """Call a published function."""

    def serves(self, plugin: str) -> bool:
        """Whether a plugin is there and on."""

    def has_portrait(self, user_id: str) -> bool:
        """Whether an account has a picture."""


class Loading:
    """The way of a plugin that is only just being loaded: there is nobody to ask yet."""

    def settings(self) -> Mapping[str, Any]:
        """Refused."""
        raise RuntimeError(_TOO_EARLY)

    def ask(self, hook: str, arguments: dict[str, Any]) -> list[tuple[str, Any]]:
        """Refused."""
        raise RuntimeError(_TOO_EARLY)

    def call(self, record: Published, arguments: dict[str, Any]) -> Any:
        """Refused."""
        raise RuntimeError(_TOO_EARLY)

    def serves(self, plugin: str) -> bool:
        """Refused."""
        raise RuntimeError(_TOO_EARLY)

    def has_portrait(self, user_id: str) -> bool:
        """Refused."""
        raise RuntimeError(_TOO_EARLY)


BUILTINS_ASK = "Which plugins are on, and who has a picture, is for built-in plugins to ask."
_TOO_EARLY = "The plugin is only being loaded: settings, hooks and published functions are there in requests."


class PublishedHooks:
    """The hooks of built-in plugins, by name."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def __getattr__(self, name: str) -> Callable[..., list[tuple[str, Any]]]:
        """The hook *name*."""

        def ask(**arguments: Any) -> list[tuple[str, Any]]:
            return self._way.ask(name, arguments)

        return ask


class PluginHost(Calls):
    """Implements `host.api.Host`, in the host's process and in a runner alike.

    Args:
        scope: What belongs to this request.
        plugin: Who is served.
        renderers: Whose templates can be drawn.
        way: How to reach the host.
        csrf_token: What forms must bring.
        caller: Id of the plugin that called a published function of this one; "" in all else.
    """

    def __init__(
        self,
        scope: Scope,
        plugin: Plugin,
        renderers: Renderers,
        way: Way,
        csrf_token: str = "",
        caller: str = "",
    ) -> None:
        self._scope, self._plugin, self._renderers = scope, plugin, renderers
        self._csrf_token = csrf_token
        self._settings: Mapping[str, Any] | None = None
        self.publisher, self.caller = way, caller
        self.work = PluginWork(scope, plugin)
        self.hooks = PublishedHooks(way)

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
        return self._scope.place.timezone

    @property
    def clock(self) -> Clock:
        """The time now."""
        return self._scope.clock

    @property
    def version(self) -> str:
        """The product's version, such as ``0.1.0``."""
        return self._scope.place.version

    @property
    def session(self) -> Session:
        """The session on the plugin's own store."""
        return self.work.session

    @contextmanager
    def apart(self) -> Iterator[PluginWork]:
        """A unit of work of its own: the same person at the same time, in another transaction."""
        if not self._scope.writes:
            raise RuntimeError("A step changes something, which cannot be done while a GET is served.")
        scope = self._scope.apart(place=self._scope.place, writes=True)
        try:
            yield PluginWork(scope, self._plugin)
            scope.finish(keep=True)
        finally:
            scope.finish(keep=False)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Values of the plugin's settings."""
        if self._settings is None:
            self._settings = self.publisher.settings()
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
        self._scope.effects.say(self.translate(text))

    def audit(self, action: str, subject: str, before: JsonValue = None, after: JsonValue = None) -> None:
        """Same as ``work.audit``."""
        self.work.audit(action, subject, before, after)

    def translate(self, text: Text | Plain, plugin: str = "") -> str:
        """*text* in the language of the answer."""
        if not plugin or plugin == self.plugin:
            return self._renderer.catalogues.say(text, self.locale)
        other = self._renderers.get(plugin) if self._plugin.builtin else None
        return other.catalogues.say(text, self.locale) if other else english(text)

    def serves(self, plugin: str) -> bool:
        """Whether *plugin* is there and on."""
        return self.publisher.serves(plugin)

    def portrait(self, user_id: str) -> str | None:
        """Address of somebody's picture; None for none."""
        return f"/portraits/{quote(user_id, safe='')}" if self.publisher.has_portrait(user_id) else None

    def set_badge(self, tab: str, badge: Badge | None) -> None:
        """Put *badge* on one of the plugin's tabs, should this request succeed."""
        if self._plugin.tab(tab) is None:
            raise ValueError(f"{self.plugin} has no tab {tab!r}")
        if badge is not None:
            BADGE.load(BADGE.dump(badge))  # here, where whoever made it can read the message
        self._scope.effects.mark(self.plugin, tab, badge)

    def tabs_changed(self) -> None:
        """Have `host_tabs` asked again, should this request succeed."""
        self._scope.effects.changed.add(self.plugin)

    @property
    def _renderer(self) -> Renderer:
        return self._renderers[self.plugin]

    def _reader(self) -> Reader:
        now: datetime = self.clock()
        return Reader(
            language=self.locale, timezone=self.timezone, now=now, csrf_token=self._csrf_token, url=self.url
        )
