"""One request or command: its sessions, its audit rows, what it does to the screen, and how it ends."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from host.api.values import Actor, JsonValue
from host.domain.audit import AuditEntry
from host.engine.plugin import Plugin
from host.storage.records import add_audit
from host.storage.stores import add_to_outbox

from .effects import Effects
from .house import Clock, Place

HOST = "host"
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Scope:
    """What belongs to one request.

    Built-in plugins share the host's store, and with it one session; a third party has its own.

    Args:
        place: Where it happens: the host, or a runner.
        actor: Who acts.
        locale: Language of the answer.
        timezone: Zone that times are shown in.
        writes: Whether something may be changed.
        time: The time now; None for the place's own clock.
        effects: What it does to the screen, should it succeed.
    """

    place: Place
    actor: Actor
    locale: str
    timezone: str
    writes: bool
    time: Clock | None = None
    effects: Effects = field(default_factory=Effects)
    _sessions: dict[str, Session] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The time now."""
        return self.time or self.place.clock

    def apart(self, *, place: Place, writes: bool) -> Scope:
        """The same person at the same time, with transactions of its own."""
        return Scope(place, self.actor, self.locale, self.timezone, writes, self.time)

    def session(self, plugin: Plugin) -> Session:
        """The session on the store of *plugin*."""
        key = HOST if plugin.builtin else plugin.id
        if key not in self._sessions:
            stores = self.place.stores
            store = stores.host if plugin.builtin else stores.own(plugin.id)
            self._sessions[key] = store.session(writes=self.writes)
        return self._sessions[key]

    def audit(
        self, plugin: Plugin, action: str, subject: str, before: JsonValue = None, after: JsonValue = None
    ) -> None:
        """Write an entry in the transaction of the change: in the host's log, or in the outbox beside it."""
        entry = AuditEntry(self.clock(), self.actor.user_id, plugin.id, action, subject, before, after)
        (add_audit if plugin.builtin else add_to_outbox)(self.session(plugin), entry)

    def finish(self, *, keep: bool) -> None:
        """End all transactions: keep what was written, or undo all of it."""
        sessions, self._sessions = self._sessions, {}
        try:
            if keep and self.writes:
                for session in sessions.values():
                    session.commit()
        finally:
            for session in sessions.values():
                session.close()  # what was not committed is undone
        if keep and self.writes:
            for plugin in sessions.keys() - {HOST}:
                deliver_audit(self.place, plugin)


def deliver_audit(place: Place, plugin: str) -> None:
    """Carry a third party's outbox into the log; if that fails, the next change or start does it."""
    try:
        place.stores.deliver(plugin)
    except Exception:
        logger.exception("the audit entries of %s wait in its outbox", plugin)
