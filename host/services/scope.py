"""One request, job or command: its transactions, opened when first used and ended together."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from host.api.values import Actor, JsonValue
from host.domain.audit import AuditEntry
from host.engine.plugin import Plugin
from host.storage.records import add_audit, switched_off
from host.storage.stores import add_to_outbox

from .house import House

HOST = "host"
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Scope:
    """What belongs to one request.

    Built-in plugins share the host's store, and with it one session; a third party has its own.

    Args:
        house: The house it happens in.
        actor: Who acts.
        locale: Language of the answer.
        timezone: Zone that times are shown in.
        writes: Whether something may be changed.
    """

    house: House
    actor: Actor
    locale: str
    timezone: str
    writes: bool
    toasts: list[str] = field(default_factory=list)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _off: frozenset[str] | None = None

    def session(self, plugin: Plugin) -> Session:
        """The session on the store of *plugin*."""
        key = HOST if plugin.builtin else plugin.id
        if key not in self._sessions:
            stores = self.house.stores
            store = stores.host if plugin.builtin else stores.own(plugin.id)
            self._sessions[key] = store.session(writes=self.writes)
        return self._sessions[key]

    def audit(
        self, plugin: Plugin, action: str, subject: str, before: JsonValue = None, after: JsonValue = None
    ) -> None:
        """Write an entry in the transaction of the change: in the host's log, or in the outbox beside it."""
        entry = AuditEntry(self.house.clock(), self.actor.user_id, plugin.id, action, subject, before, after)
        (add_audit if plugin.builtin else add_to_outbox)(self.session(plugin), entry)

    def switched_off(self) -> frozenset[str]:
        """Ids of the plugins that are off, as they were when first asked in this request."""
        if self._off is None:
            with self.house.stores.host.reading() as session:
                self._off = switched_off(session)
        return self._off

    def finish(self, *, keep: bool) -> None:
        """End all transactions: keep what was written, or undo all of it."""
        sessions, self._sessions = self._sessions, {}
        try:
            for session in sessions.values():
                session.commit() if keep and self.writes else session.rollback()
        finally:
            for session in sessions.values():
                session.close()
        if keep and self.writes:
            for plugin in sessions.keys() - {HOST}:
                deliver_audit(self.house, plugin)


def deliver_audit(house: House, plugin: str) -> None:
    """Carry a third party's outbox into the log; if that fails, the next change or start does it."""
    try:
        house.stores.deliver(plugin)
    except Exception:
        logger.exception("the audit entries of %s wait in its outbox", plugin)
