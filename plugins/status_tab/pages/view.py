"""What the templates of the Status tab are drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from host.api import N_, Plain, Text
from status_tab.api import LicenceSummary
from status_tab.domain.events import EVENT_TYPES, Scope, Status, SystemEvent
from status_tab.domain.metered import BYTES_PER_GB
from status_tab.services.usage import MonthUse

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
        stale: Whether its program gave no sign of life.
        over: Whether it is finished.
        type: Whom it concerns.
    """

    event: SystemEvent
    title: Text | Plain
    kind: str
    icon: str
    status: Text
    stale: bool
    over: bool
    type: Text

    @property
    def id(self) -> int:
        """The event's number."""
        return self.event.id


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One metered service: its title, and the figure with its unit ("" for none)."""

    title: Text
    figure: int | Decimal
    unit: str


def notice_rows(events: Iterable[SystemEvent], now: datetime) -> list[NoticeRow]:
    """A row for each of *events*, with the status it has at *now*."""
    rows = []
    for event in events:
        status = event.status(now)
        kind, icon, word = STATUSES[status]
        known = EVENT_TYPES.get(event.key)
        rows.append(
            NoticeRow(
                event=event,
                title=known.title if known else Plain(event.key),
                kind=kind,
                icon=icon,
                status=word,
                stale=status is Status.STALE,
                over=status is Status.FINISHED,
                type=SCOPES[event.scope],
            )
        )
    return rows


def services(month: MonthUse) -> list[ServiceRow]:
    """A row for each metered service; storage in GB with one decimal."""
    return [
        ServiceRow(use.service.title, round(Decimal(use.used) / BYTES_PER_GB, 1), "GB")
        if use.service.bytes
        else ServiceRow(use.service.title, use.used, "")
        for use in month.services
    ]


def days_left(summary: LicenceSummary | None, today: date) -> int | None:
    """Days from *today* to the next expiry date, negative once it has passed; None where there is none."""
    if summary is None or summary.next_expiry is None:
        return None
    return (summary.next_expiry - today).days
