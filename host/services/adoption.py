"""Learning what third parties declare without importing them: asked once, in a child, and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from host.domain.errors import RejectedError
from host.engine.declarations import Declarations, packed, read, unpacked
from host.engine.discovery import Found
from host.engine.runner.forked import ChildError
from host.engine.stamps import stamp
from host.storage.database import Database
from host.storage.declared import StoredDeclaration, store_declaration, stored_declarations

Ask = Callable[[list[Found]], Mapping[str, bytes | ChildError]]
"""Asks each plugin in a process of its own."""
NOT_ASKED = "It was not asked what it declares when the host started. Start the host again."


class Adoption:
    """Implements `engine.admission.Adopt`.

    Args:
        database: The host's database, where declarations are kept.
        version: The host's version: another host may read a plugin otherwise.
        ask: How to ask those that are new, or have changed; None to go by what is kept.
        clock: The time now.
        retry: Whether to ask those again that were rejected: what they lacked may be there by now.
    """

    def __init__(
        self,
        database: Database,
        version: str,
        *,
        ask: Ask | None,
        clock: Callable[[], datetime],
        retry: bool = False,
    ) -> None:
        self._database, self._version, self._ask = database, version, ask
        self._clock, self._retry = clock, retry

    def __call__(self, found: list[Found]) -> Mapping[str, Declarations | str]:
        """By id what each declares, or why it is rejected."""
        stamps = {each.id: stamp(each, self._version) for each in found}
        with self._database.reading() as session:
            kept = stored_declarations(session)
        known = {
            name: row
            for name, row in kept.items()
            if row.stamp == stamps.get(name) and not (self._retry and self._ask and row.reason)
        }
        new = [each for each in found if each.id not in known]
        if new and self._ask:
            answers = self._ask(new)
            for each in new:
                known[each.id] = self._keep(each, stamps[each.id], answers.get(each.id))
        return {each.id: _told(known.get(each.id)) for each in found}

    def _keep(self, found: Found, seen: str, answer: bytes | ChildError | None) -> StoredDeclaration:
        document, reason = None, ""
        if isinstance(answer, bytes):
            try:
                document = packed(read(answer))
            except RejectedError as error:
                reason = str(error)
        else:
            reason = str(answer or NOT_ASKED)
        row = StoredDeclaration(
            plugin=found.id,
            distribution=found.distribution,
            version=found.version,
            stamp=seen,
            document=document,
            reason=reason,
            adopted_at=self._clock(),
        )
        with self._database.writing() as session:
            store_declaration(session, row)
        return row


def _told(row: StoredDeclaration | None) -> Declarations | str:
    if row is None:
        return NOT_ASKED
    if row.document is None:
        return row.reason
    try:
        return unpacked(row.document)
    except RejectedError as error:
        return str(error)
