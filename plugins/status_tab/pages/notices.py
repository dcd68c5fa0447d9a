"""What the system notifications are drawn from: the list, and the one whose description is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from host.api import N_, NotFoundError, Plain, Text, current_host
from status_tab.circumstances import event_types
from status_tab.domain.cancelling import MANAGE, Verdict, verdict
from status_tab.domain.events import EventType, Scope, Status, SystemEvent
from status_tab.domain.metered import LARGEST
from status_tab.services.events import EventCounts, Show, count_events, get_event, list_events

STATUSES: dict[Status, tuple[str, str, Text]] = {
    Status.RUNNING: ("info", "play", N_("Running")),
    Status.STALE: ("warn", "warn", N_("Stale")),
    Status.SCHEDULED: ("off", "clock", N_("Scheduled")),
    Status.FINISHED: ("off", "check", N_("Finished")),
}
"""Kind of badge, icon and word of each status."""

SCOPES = {
    Scope.SYSTEM_WIDE: N_("System-wide"),
    Scope.DATABASE: N_("Database"),
    Scope.GROUP: N_("Group"),
    Scope.USER: N_("User"),
}
"""What stands in the column *Type*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One row of the system notifications.

    Args:
        event: The event itself.
        title: What stands in the column *Event*.
        kind: Kind of its badge.
        icon: Icon of its badge.
        status: Word of its badge.
        state: What state it is in.
        type: Whom it concerns.
        portrait: Address of the picture of who activated it; None for none.
    """

    event: SystemEvent
    title: Text | Plain
    kind: str
    icon: str
    status: Text
    state: Status
    type: Text
    portrait: str | None

    @property
    def id(self) -> int:
        """The event's number."""
        return self.event.id

    @property
    def stale(self) -> bool:
        """Whether its program gave no sign of life."""
        return self.state is Status.STALE

    @property
    def over(self) -> bool:
        """Whether it is finished."""
        return self.state is Status.FINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is looked at, as the address says.

    Args:
        show: Which events.
        event: Number of the one that was chosen; None for none.
    """

    show: Show
    event: int | None

    def query(self, event: int | None = None) -> dict[str, str | int]:
        """The same in an address, perhaps with another one chosen."""
        chosen = event or self.event
        return {"show": self.show.value, **({"event": chosen} if chosen else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """The whole section.

    Args:
        look: What is looked at.
        counts: How many are active and finished.
        rows: Running ones first.
        selected: The one whose description is shown; it may have left the list since it was chosen.
        ending: Whether the reader may end that one; None where none is selected.
        may_manage: Whether the reader may add and edit.
    """

    look: Look
    counts: EventCounts
    rows: list[NoticeRow]
    selected: NoticeRow | None
    ending: Verdict | None
    may_manage: bool

    @property
    def show(self) -> str:
        """Which events."""
        return self.look.show.value

    @property
    def query(self) -> dict[str, str | int]:
        """What an address of this very view has: also which row is selected if nobody chose."""
        return self.look.query(self.selected.id if self.selected else None)


def look_of(arguments: MultiDict[str, str]) -> Look:
    """What the address asks for; what nobody can ask for is as not asked."""
    chosen = arguments.get("event", type=int)
    return Look(
        show=arguments.get("show", Show.ACTIVE, type=Show),
        event=chosen if chosen and 0 < chosen <= LARGEST else None,
    )


def read_notices(look: Look) -> Notices:
    """The section as it is now."""
    now, session = current_host.clock(), current_host.session
    types = event_types()
    rows = notice_rows(list_events(look.show, session=session, now=now), now, types)
    selected = next((row for row in rows if row.id == look.event), None)
    if selected is None and look.event is not None:
        with suppress(NotFoundError):  # it has ended, say: whoever reads its description goes on reading
            (selected,) = notice_rows([get_event(look.event, session=session)], now, types)
    selected = selected or (rows[0] if rows else None)
    return Notices(
        look=look,
        counts=count_events(session=session, now=now),
        rows=rows,
        selected=selected,
        ending=verdict(selected.event, current_host.actor, now, types) if selected else None,
        may_manage=current_host.can(MANAGE),
    )


def notice_rows(
    events: Iterable[SystemEvent], now: datetime, types: Mapping[str, EventType]
) -> list[NoticeRow]:
    """A row for each of *events*, with the status it has at *now* and the title of its type."""
    rows = []
    for event in events:
        status = event.status(now)
        kind, icon, word = STATUSES[status]
        known = types.get(event.key)
        rows.append(
            NoticeRow(
                event=event,
                title=known.title if known else Plain(event.key),
                kind=kind,
                icon=icon,
                status=word,
                state=status,
                type=SCOPES[event.scope],
                portrait=current_host.portrait(event.activated_by),
            )
        )
    return rows
