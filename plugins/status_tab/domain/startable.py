"""Which types of events somebody may start: everybody's, and those of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .events import EVENT_TYPES, EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Startable:
    """The types of events that somebody may start.

    Args:
        types: Every type that there is, by key.
        starter: Id of the plugin that asks; None for a person or a program.
    """

    types: Mapping[str, EventType] = field(default_factory=lambda: EVENT_TYPES)
    starter: str | None = None

    def refusal(self, key: str) -> str:
        """Why they may not start one of the type *key*; "" if they may."""
        if key in self.types:
            return self.types[key].refusal(self.starter)
        keys = [each.key for each in self.types.values() if not each.refusal(self.starter)]
        return f"no such event type; expected one of {', '.join(keys)}"

    @property
    def by_hand(self) -> dict[str, EventType]:
        """Those that the dialog *Add event* offers."""
        return {key: each for key, each in self.types.items() if each.by_hand and not each.refusal(None)}
