"""What people and plugins decided, as one picture of the database: read again only when it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from host.api.schemas import BadgeSchema
from host.api.values import Badge
from host.storage.badges import badges
from host.storage.database import Database
from host.storage.declared import generation, stored_declarations
from host.storage.records import all_settings, switched_off

_BADGE = BadgeSchema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One picture.

    Args:
        generation: Grows with every change of what stands here, in whatever process it was made.
        off: Ids of the plugins that are switched off.
        badges: What needs attention, by plugin and tab.
        settings: Stored texts of settings, by plugin and setting.
        tabs: Tabs of remote plugins, as JSON, as they said last.
    """

    generation: int
    off: frozenset[str]
    badges: Mapping[tuple[str, str], Badge]
    settings: Mapping[str, Mapping[str, str]]
    tabs: Mapping[str, Any] = field(default_factory=dict)


class Decisions:
    """Reads the picture, and keeps it for as long as its generation holds: one small query a request.

    Args:
        database: The host's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: Decided | None = None

    def now(self) -> Decided:
        """The picture as it is now, the same for all workers."""
        with self._database.reading() as session:
            number = generation(session)
            last = self._last
            if last is not None and last.generation == number:
                return last
            declared = stored_declarations(session)
            self._last = Decided(
                generation=number,
                off=switched_off(session),
                badges={key: _BADGE.load(each) for key, each in badges(session).items()},
                settings=all_settings(session),
                tabs={
                    name: each.document["tabs"]
                    for name, each in declared.items()
                    if each.document is not None
                },
            )
            return self._last
