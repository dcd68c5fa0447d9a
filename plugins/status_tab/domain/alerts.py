"""What somebody should know of before the invoice comes: a threshold is near, reached, or ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .billing import ServiceMonth
from .installation import Reach


class AlertKind(StrEnum):
    """Why an alert is raised."""

    NEAR = "near"
    """85 % of what is included are used (domain.md 1.7)."""
    REACHED = "reached"
    """All that is included is used: what comes is paid for."""
    PACE = "pace"
    """The month is heading above what is included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert: raised once for each service, month, kind and threshold.

    Args:
        service: Id of the metered service.
        month: First day of the month.
        kind: Why.
        threshold: What was included when it was raised.
        used: What was used then; for pace, what was expected.
        raised: When.
        withdrawn: When the threshold rose above the use; None while the alert stands.
    """

    service: str
    month: date
    kind: AlertKind
    threshold: int
    used: int
    raised: datetime
    withdrawn: datetime | None = None


def due(line: ServiceMonth, expected: int | None = None) -> dict[AlertKind, int]:
    """The kinds of alerts that *line* gives cause for, with the use each is raised for.

    Args:
        line: A service in a month that is not closed.
        expected: What it is heading for; None where nothing can be said.
    """
    if line.included is None or line.closed:
        return {}
    found = {}
    if line.kind is not Reach.PLAIN:
        found[AlertKind.NEAR] = line.used
    if line.kind is Reach.STOP:
        found[AlertKind.REACHED] = line.used
    elif expected is not None and expected > line.included:
        found[AlertKind.PACE] = expected
    return found
