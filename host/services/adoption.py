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

from .house import House

Ask = Callable[[list[Found]], Mapping[str, bytes | ChildError]]
"""Asks each plugin in a process of its own."""
NOT_ASKED = "It was not asked what it declares when the host started. Start the host again."


class Adoption:
    """Implements `engine.admission.Adopt`.

    Args:
        database: The host's database, where declarations are kept.
        version: The host's version: another host may read a plugin otherwise.
        ask: How to ask those that never were; None to go by what is kept, whatever is installed by now.
        clock: The time now.
        anew: Whether to ask those too that have changed since, or were rejected: what they lacked may be
            there by now. Only a start of the host does: one that runs goes on by what is kept.
    """

    def __init__(
        self,
        database: Database,
        version: str,
        *,
        ask: Ask | None,
        clock: Callable[[], datetime],
        anew: bool = False,
    ) -> None:
        self._database, self._version, self._ask = database, version, ask
        self._clock, self._anew = clock, anew

    def __call__(self, found: list[Found]) -> Mapping[str, Declarations | str]:
        """By id what each declares, or why it is rejected."""
        stamps = {each.id: stamp(each, self._version) for each in found}
        with self._database.reading() as session:
            kept = stored_declarations(session)
        known = {
            name: row
            for name, row in kept.items()
            if not (self._anew and self._ask) or (row.stamp == stamps.get(name) and not row.reason)
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


def outdated(house: House) -> dict[str, str]:
    """The plugins that are installed otherwise than when they were asked, with their version then."""
    with house.stores.host.reading() as session:
        kept = stored_declarations(session)
    return {
        each.id: kept[each.id].version
        for each in house.registry.plugins
        if each.remote and each.id in kept and kept[each.id].stamp != stamp(each.found, house.version)
    }


def _told(row: StoredDeclaration | None) -> Declarations | str:
    if row is None:
        return NOT_ASKED
    if row.document is None:
        return row.reason
    try:
        return unpacked(row.document)
    except RejectedError as error:
        return str(error)
