"""What built-in plugins say above every page, and who may not be here: asked seldom, known on every page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError

from host.api.banners import Banner
from host.api.errors import TabhostError
from host.api.runtime import serving
from host.api.schemas import BannerSchema
from host.api.values import Actor
from host.domain.errors import ClosedError, PluginFault
from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.services.house import House
from host.services.scope import Scope

from .plugin_host import Renderers
from .ways import host_here

FRESH = timedelta(seconds=5)
"""How old an answer may be."""
MOST_PEOPLE = 2_000
_SCHEMA = BannerSchema()
_NOBODY = Actor(user_id="")


@dataclass(frozen=True, slots=True)
class Said:
    """A banner, and the id of the plugin whose it is."""

    plugin: str
    banner: Banner


@dataclass(frozen=True, slots=True)
class Announced:
    """What concerns one person.

    Args:
        banners: What stands above their pages.
        closed: Why they may not be here; None if they may.
        asked: When the plugins were asked.
        generation: Of the decisions that held then.
        drawn: The banners in words, for each language and time zone they were asked for in.
    """

    banners: tuple[Said, ...]
    closed: Said | None
    asked: datetime
    generation: int
    drawn: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False)


class Announcements:
    """Asks `host_banners` and `host_login_allowed`, and keeps the answers for a moment.

    Args:
        house: The house.
        renderers: A renderer for each owner.
    """

    def __init__(self, house: House, renderers: Renderers) -> None:
        self._house, self._renderers = house, renderers
        self._known: OrderedDict[str, Announced] = OrderedDict()
        self._lock = threading.Lock()

    def for_(self, actor: Actor | None) -> Announced:
        """What concerns *actor*, None for somebody who is not signed in; at most `FRESH` old."""
        who = actor or _NOBODY
        now, generation = self._house.clock(), self._house.decisions.now().generation
        with self._lock:
            known = self._known.get(who.user_id)
        if known is None or known.generation != generation or not timedelta() <= now - known.asked < FRESH:
            known = Announced(self._banners(who), self.closed_to(who), now, generation)
            with self._lock:
                self._known[who.user_id] = known
                self._known.move_to_end(who.user_id)
                if len(self._known) > MOST_PEOPLE:
                    self._known.popitem(last=False)
        return known

    def forget(self) -> None:
        """Ask again: something was changed here."""
        with self._lock:
            self._known.clear()

    def admit(self, actor: Actor) -> None:
        """Let *actor* in.

        Raises:
            ClosedError: They may not be here now.
        """
        closed = self.closed_to(actor)
        if closed is not None:
            raise ClosedError(closed.plugin, closed.banner)

    def closed_to(self, actor: Actor) -> Said | None:
        """Why *actor* may not be here, asked now; None if they may, and for somebody who is not signed in."""
        if not actor.user_id:
            return None
        for plugin in self._plugins("host_login_allowed"):
            banner = self._ask(plugin, "host_login_allowed", actor, _one)
            if banner is not None:
                return Said(plugin.id, banner)
        return None

    def _banners(self, actor: Actor) -> tuple[Said, ...]:
        found: list[Said] = []
        for plugin in self._plugins("host_banners"):
            found += [Said(plugin.id, each) for each in self._ask(plugin, "host_banners", actor, _many) or ()]
        return tuple(found)

    def _plugins(self, hook: str) -> list[Plugin]:
        off = self._house.decisions.now().off
        found = [each for each in self._house.registry.admitted() if each.builtin and each.id not in off]
        return sorted((each for each in found if each.implements(hook)), key=lambda each: each.id)

    def _ask(self, plugin: Plugin, hook: str, actor: Actor, check: Callable[[str, Any], Any]) -> Any:
        house = self._house
        scope = Scope(house, actor, house.language, house.timezone, writes=False)

        def ask() -> Any:
            with serving(host_here(house, scope, plugin, self._renderers)):
                return check(hook, plugin.call(hook, actor=actor))

        try:
            return guarded(house.registry.ledger, plugin.id, ask)
        except (PluginFault, TabhostError):
            return None  # the ledger has it; a fault locks nobody out
        finally:
            scope.finish(keep=False)


def _one(hook: str, value: Any) -> Banner | None:
    return None if value is None else _checked(hook, value)


def _many(hook: str, value: Any) -> list[Banner]:
    if not isinstance(value, list):
        raise TypeError(f"{hook}() returned {type(value).__name__}, expected list[Banner]")
    return [_checked(hook, each) for each in value]


def _checked(hook: str, value: Any) -> Banner:
    if not isinstance(value, Banner):
        raise TypeError(f"{hook}() returned a {type(value).__name__}, expected Banner")
    try:
        checked: Banner = _SCHEMA.load(_SCHEMA.dump(value))
    except ValidationError as error:
        raise TypeError(f"{hook}() returned a banner that is not valid: {error}") from error
    return checked
