"""System events: their types, where they apply, and what state one is in (domain.md 1.9 and 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from host.api import N_, Plain, Text

LONGEST_MESSAGE = 254
"""Characters of a message (domain.md 3.4)."""


class Scope(StrEnum):
    """Whom an event concerns."""

    SYSTEM_WIDE = "system-wide"
    """All databases under the licence; has no owner."""
    DATABASE = "database"
    """This database; has no owner."""
    GROUP = "group"
    """One group, the owner."""
    USER = "user"
    """One person, the owner."""

    @property
    def owned(self) -> bool:
        """Whether an event of this scope names an owner."""
        return self in (Scope.GROUP, Scope.USER)


class Status(StrEnum):
    """What state an event is in; derived from its times, never stored."""

    RUNNING = "running"
    STALE = "stale"
    """Its program gave no sign of life for as long as its lease; its effects have ended."""
    SCHEDULED = "scheduled"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A kind of system event.

    Args:
        key: Its name in commands and in the store, lower case.
        title: What stands in the column *Event*.
        by_hand: Whether administrators start it; otherwise jobs do.
        scope: Whom it concerns unless something else is said.
    """

    key: str
    title: Text | Plain
    by_hand: bool = False
    scope: Scope = Scope.DATABASE


def _by_hand(key: str, title: Text) -> EventType:
    return EventType(key=key, title=title, by_hand=True, scope=Scope.SYSTEM_WIDE)


EVENT_TYPES: dict[str, EventType] = {
    type_.key: type_
    for type_ in (
        _by_hand("no-login", N_("No Login")),
        _by_hand("no-freetext", N_("No Freetext")),
        _by_hand("no-travel", N_("No Travel")),
        _by_hand("message-of-the-day", N_("Message of the Day")),
        EventType(key="udef-rebuild", title=Plain("UDefRebuild")),
        EventType(key="freetext-rebuild", title=Plain("FreetextRebuild")),
        EventType(key="prototype-rebuild", title=Plain("PrototypeRebuild")),
        EventType(key="rou-rebuild", title=Plain("ROURebuild")),
        EventType(key="saint-rebuild", title=N_("SAINT indexing")),
        EventType(key="import-companies", title=N_("Import of companies")),
        EventType(key="import-projects", title=N_("Import of projects")),
        EventType(key="import-products", title=N_("Import of products")),
    )
}
"""The types that every installation has, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What is said about an event when it is started.

    Args:
        key: Key of its type.
        message: What stands in the list, up to 254 characters.
        description: More on it, shown when the row is chosen.
        scope: Whom it concerns; None for what its type says.
        owner: The group or person for those scopes, otherwise "".
        activated_by: User id of who starts it; "" for the actor.
        starts: When it starts; None for now.
        eta: Expected end; None if unknown.
        ends_itself: Whether it is over at ``eta`` without anybody ending it.
        done: How far it is, in steps; None where it shows no progress.
        total: Number of steps in all.
        lease_seconds: How long it counts as alive after a sign of life; None for ever.
        extra_info: A number that some types carry, such as an area id.
    """

    key: str
    message: str = ""
    description: str = ""
    scope: Scope | None = None
    owner: str = ""
    activated_by: str = ""
    starts: datetime | None = None
    eta: datetime | None = None
    ends_itself: bool = False
    done: int | None = None
    total: int | None = None
    lease_seconds: int | None = None
    extra_info: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemEvent:
    """One system event as it is stored.

    Args:
        id: Its number.
        key: Key of its type.
        scope: Whom it concerns.
        owner: The group or person, or "".
        message: What stands in the list.
        description: More on it, or "".
        activated: When it started or will start.
        activated_by: User id of who started it.
        eta: Expected end, or None.
        ends_itself: Whether it is over at ``eta`` by itself.
        done: Steps done, or None.
        total: Steps in all, or None.
        lease_until: When it becomes stale, or None for never.
        last_sign: When its program was last heard of.
        ended: When it was ended, or None.
        extra_info: A number that some types carry, or None.
    """

    id: int
    key: str
    scope: Scope
    owner: str
    message: str
    description: str
    activated: datetime
    activated_by: str
    eta: datetime | None
    ends_itself: bool
    done: int | None
    total: int | None
    lease_until: datetime | None
    last_sign: datetime
    ended: datetime | None
    extra_info: int | None

    def status(self, now: datetime) -> Status:
        """What state it is in at *now*."""
        if self.ended is not None or (self.ends_itself and self.eta is not None and self.eta <= now):
            return Status.FINISHED
        if self.activated > now:
            return Status.SCHEDULED
        if self.lease_until is not None and self.lease_until <= now:
            return Status.STALE
        return Status.RUNNING

    def finished(self) -> datetime | None:
        """What stands in the column *Finished*: the end if there was one, else the expected one."""
        return self.ended or self.eta
