"""An entry of the audit log."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from host.api.values import JsonValue


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and what it was before and after.

    Args:
        at: When, in UTC.
        actor: User id, or ``cli``.
        plugin: Whose words the action and the subject are; ``host`` for the host's own.
        action: ``area.verb`` in the past tense.
        subject: What it was done to.
        before: State before, as JSON.
        after: State after, as JSON.
        outbox_id: Id in a third party's outbox; None for what was written directly.
    """

    at: datetime
    actor: str
    plugin: str
    action: str
    subject: str
    before: JsonValue = None
    after: JsonValue = None
    outbox_id: str | None = None

    def columns(self) -> dict[str, Any]:
        """The entry as the columns of its table."""
        return asdict(self)
