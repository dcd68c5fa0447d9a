"""The way from a plugin to the host within one process: for built-in plugins, and for third parties apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from host.api.errors import NotFoundError
from host.api.published import Published
from host.api.runtime import serving
from host.api.values import Actor
from host.engine.declaring import Opening
from host.engine.plugin import Plugin
from host.services.house import House, Place, settings_of
from host.services.scope import Scope
from host.services.settling import settle

from .plugin_host import BUILTINS_ASK, Loading, PluginHost, Renderers


def host_here(
    house: House, scope: Scope, plugin: Plugin, renderers: Renderers, csrf_token: str = "", caller: str = ""
) -> PluginHost:
    """`current_host` for a plugin that lives in the host's process."""
    kind = Inside if plugin.builtin else Apart
    way = kind(house, scope, plugin, renderers)
    return PluginHost(scope, plugin, renderers, way, csrf_token, caller)


def refuse_writing(record: Published, *, writes: bool) -> None:
    """A published function that changes something is not for a GET.

    Raises:
        RuntimeError: It was called in one; says so to whoever wrote the plugin.
    """
    if record.writes and not writes:
        called = f"{record.owner}.api.{record.name}()"
        raise RuntimeError(f"{called} changes something, which cannot be done while a GET is served.")


class _Near:
    """A way within the host's own process.

    Args:
        house: The house it lives in.
        scope: Its request.
        plugin: Who asks.
        renderers: Whose templates can be drawn.
    """

    def __init__(self, house: House, scope: Scope, plugin: Plugin, renderers: Renderers) -> None:
        self._house, self._scope, self._plugin, self._renderers = house, scope, plugin, renderers

    def settings(self) -> Mapping[str, Any]:
        """Values of the plugin's settings."""
        return settings_of(self._house, self._plugin)


class Inside(_Near):
    """The way of a built-in plugin: it asks and calls within its own transaction."""

    def ask(self, hook: str, arguments: dict[str, Any]) -> list[tuple[str, Any]]:
        """Ask every plugin that is on."""
        return self._house.registry.ask(hook, arguments, self._open, self._house.decisions.now().off)

    def call(self, record: Published, arguments: dict[str, Any]) -> Any:
        """Call a published function; it joins the transaction."""
        refuse_writing(record, writes=self._scope.writes)
        with self._serving(owner_of(self._house, record), caller=self._plugin.id):
            return record.unpack(record.run(record.pack(arguments)))

    def serves(self, plugin: str) -> bool:
        """Whether *plugin* is there and on."""
        return self._house.registry.get(plugin) is not None and plugin not in self._house.decisions.now().off

    def has_portrait(self, user_id: str) -> bool:
        """Whether an account has a picture."""
        return self._house.decisions.has_portrait(user_id)

    @contextmanager
    def _open(self, plugin: Plugin) -> Iterator[None]:
        # A savepoint: on PostgreSQL a failed statement would end the asker's transaction with it.
        with self._scope.session(plugin).begin_nested(), self._serving(plugin):
            yield

    def _serving(self, plugin: Plugin, caller: str = "") -> AbstractContextManager[Any]:
        return serving(host_here(self._house, self._scope, plugin, self._renderers, caller=caller))


class Apart(_Near):
    """The way of a third party, wherever it runs: what it asks and calls has a transaction of its own."""

    def ask(self, hook: str, arguments: dict[str, Any]) -> list[tuple[str, Any]]:
        """Ask every plugin that is on; nothing is kept of what they write."""
        with self._of_its_own(writes=False) as inside:
            return inside.ask(hook, arguments)

    def call(self, record: Published, arguments: dict[str, Any]) -> Any:
        """Call a published function; it is kept as soon as it returns."""
        return record.unpack(self.run(record, record.pack(arguments)))

    def run(self, record: Published, packed: Any) -> Any:
        """The same with arguments and result as JSON."""
        refuse_writing(record, writes=self._scope.writes)
        owner = owner_of(self._house, record)
        with self._of_its_own(writes=record.writes) as inside, inside._serving(owner, self._plugin.id):  # noqa: SLF001 - of this module
            return record.run(packed)

    def serves(self, plugin: str) -> bool:
        """Refused."""
        raise RuntimeError(BUILTINS_ASK)

    def has_portrait(self, user_id: str) -> bool:
        """Refused."""
        raise RuntimeError(BUILTINS_ASK)

    @contextmanager
    def _of_its_own(self, *, writes: bool) -> Iterator[Inside]:
        scope = self._scope.apart(place=self._house, writes=writes)
        try:
            yield Inside(self._house, scope, self._plugin, self._renderers)
            scope.finish(keep=writes)
        finally:
            scope.finish(keep=False)
        settle(self._house, scope.effects, opening_in(self._house))


def opening_in(place: Place) -> Opening:
    """How a plugin in this process is given `current_host` while it is asked for its tabs: for nobody."""

    @contextmanager
    def opening(plugin: Plugin) -> Iterator[None]:
        scope = Scope(place, Actor(user_id=""), place.language, place.timezone, writes=False)
        try:
            with serving(PluginHost(scope, plugin, {}, Loading())):
                yield
        finally:
            scope.finish(keep=False)

    return opening


def owner_of(house: House, record: Published) -> Plugin:
    """The plugin that publishes *record*.

    Raises:
        NotFoundError: It is not there, or switched off: nobody's mistake, so whoever asked may go on.
    """
    plugin = house.registry.get(record.owner)
    known = house.registry.published(record.owner, record.name)
    if plugin is None or known is None or record.owner in house.decisions.now().off:
        raise NotFoundError(
            f"{record.owner}.api.{record.name}() is not there: {record.owner} does not serve."
        )
    return plugin
