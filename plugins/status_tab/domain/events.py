"""System events: their types, where they apply, and what state one is in (domain.md 1.9 and 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from host.api import N_, Plain, Text

LONGEST_MESSAGE = 254
"""Characters of a message (domain.md 3.4)."""


def behind(message: str, what: str) -> str:
    """*what* became of something, behind the *message* that stands in the list; as long as that may be."""
    room = max(0, LONGEST_MESSAGE - len(what) - 2)
    return f"{message[:room]}: {what}"[:LONGEST_MESSAGE] if message else what[:LONGEST_MESSAGE]


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


class Cancelling(StrEnum):
    """Whether a person may end an event while it runs (domain.md 1.9)."""

    ALLOWED = "allowed"
    EMERGENCY = "emergency"
    """Only when nothing else helps: what it was making stays unusable until it has run again."""
    NEVER = "never"
    """What it was changing would be left half done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A kind of system event.

    Args:
        key: Its name in commands and in the store, lower case.
        title: What stands in the column *Event*.
        by_hand: Whether administrators start it; otherwise jobs do.
        scope: Whom it concerns unless something else is said.
        cancelling: Whether a person may end it while it runs.
        plugin: Id of the plugin that declares it; "" for those of every installation.
        message: What stands in the list where whoever starts it says nothing.
        progress: Whether it shows how far it is.
        gone: Whether the plugin is off or gone: nobody can start one, and no program is behind what runs.
    """

    key: str
    title: Text | Plain
    by_hand: bool = False
    scope: Scope = Scope.DATABASE
    cancelling: Cancelling = Cancelling.ALLOWED
    plugin: str = ""
    message: str = ""
    progress: bool = True
    gone: bool = False

    def refusal(self, starter: str | None) -> str:
        """Why *starter*, a plugin or a person (None), may not start one; "" if they may.

        Those that every installation has are started by whoever is there; a plugin's own by that plugin, and
        by hand if it says so.
        """
        if not self.plugin or self.plugin == starter or (starter is None and self.by_hand):
            return ""
        return f"is started by {self.plugin} alone"


NO_LOGIN, MESSAGE_OF_THE_DAY = "no-login", "message-of-the-day"
USAGE_INGEST, MONTH_CLOSE = "usage-ingest", "month-close"


def _by_hand(key: str, title: Text) -> EventType:
    return EventType(key=key, title=title, by_hand=True, scope=Scope.SYSTEM_WIDE)


def _rebuild(key: str, title: str, cancelling: Cancelling = Cancelling.ALLOWED) -> EventType:
    return EventType(key=key, title=Plain(title), cancelling=cancelling)


EVENT_TYPES: dict[str, EventType] = {
    type_.key: type_
    for type_ in (
        _by_hand(NO_LOGIN, N_("No Login")),
        _by_hand("no-freetext", N_("No Freetext")),
        _by_hand("no-travel", N_("No Travel")),
        _by_hand(MESSAGE_OF_THE_DAY, N_("Message of the Day")),
        _rebuild("udef-rebuild", "UDefRebuild", Cancelling.NEVER),
        _rebuild("freetext-rebuild", "FreetextRebuild", Cancelling.EMERGENCY),
        _rebuild("prototype-rebuild", "PrototypeRebuild", Cancelling.EMERGENCY),
        _rebuild("rou-rebuild", "ROURebuild"),
        EventType(key="saint-rebuild", title=N_("SAINT indexing")),
        EventType(key="import-companies", title=N_("Import of companies")),
        EventType(key="import-projects", title=N_("Import of projects")),
        EventType(key="import-products", title=N_("Import of products")),
        EventType(key=USAGE_INGEST, title=N_("Taking usage in")),
        EventType(key=MONTH_CLOSE, title=N_("Closing of a month")),
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
class EventChange:
    """What can be changed of an open event: all of it as it should be.

    Args:
        message: What stands in the list.
        description: More on it, or "".
        starts: When it starts; only a scheduled event's can be another one.
        eta: Expected end, or None.
        ends_itself: Whether it is over at ``eta`` by itself.
    """

    message: str
    description: str
    starts: datetime
    eta: datetime | None
    ends_itself: bool


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
        starter: Id of the plugin that started it; None for a person, a program or the Status tab itself.
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
    starter: str | None = None

    def of_plugin(self, plugin: str) -> bool:
        """Whether *plugin* is behind it: it started it or declares its type, whose key begins with its id."""
        return self.starter == plugin or self.key.startswith(f"{plugin}.")

    def status(self, now: datetime) -> Status:
        """What state it is in at *now*."""
        if self.ended is not None or (self.ends_itself and self.eta is not None and self.eta <= now):
            return Status.FINISHED
        if self.activated > now:
            return Status.SCHEDULED
        if self.lease_until is not None and self.lease_until <= now:
            return Status.STALE
        return Status.RUNNING

    def over(self, now: datetime) -> datetime | None:
        """When its effects ended by themselves, though nobody has ended it yet; None if they have not."""
        if self.ended is not None:
            return None
        return {Status.FINISHED: self.eta, Status.STALE: self.lease_until}.get(self.status(now))

    def finished(self) -> datetime | None:
        """What stands in the column *Finished*: the end if there was one, else the expected one."""
        return self.ended or self.eta
