"""Figures of a service in a month as pages show them: shares, forecasts in round numbers, expected lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from status_tab.domain.billing import ServiceMonth, at_its_end, priced
from status_tab.domain.metered import MeteredService
from status_tab.domain.pace import Forecast

DIGITS = 3
"""In how many digits a forecast is told: more would claim that it is known better."""


def percent(line: ServiceMonth) -> int:
    """How many percent of what is included are used; 100 only when it is reached."""
    if line.share >= 100 or not line.included:
        return line.share
    return min(99, round(100 * Decimal(line.used) / line.included))


def bars(line: ServiceMonth) -> tuple[float, float | None]:
    """The share of what is included in percent, for a meter: of the first part, and of a second if any."""
    if not line.included:
        return (100.0 if line.share else 0.0), None
    first, *rest = [float(round(100 * Decimal(part) / line.included, 1)) for _, part in line.parts]
    first = min(100.0, first)
    return first, (round(min(100.0 - first, sum(rest)), 1) if rest else None)


def told(number: int, line: ServiceMonth) -> int:
    """*number*, which *line* is heading for, in three digits; as it is where those would say something else.

    Never less than what is used already, and never another number of packages.
    """
    size = max(0, len(str(number)) - DIGITS)
    rounded = int(round(Decimal(number) / 10**size) * 10**size)
    exact = priced(replace(line, used=number))
    if rounded < line.used or priced(replace(line, used=rounded)).packages != exact.packages:
        return number
    return rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLine:
    """What one service puts on the next invoice if the month ends as it is heading.

    Args:
        line: The service with the use that is expected.
        now: The service as far as it was used.
        expected: The use that is expected, in round numbers.
    """

    line: ServiceMonth
    now: ServiceMonth
    expected: int

    @property
    def service(self) -> MeteredService:
        """The service."""
        return self.line.service

    @property
    def overage(self) -> int:
        """What lies above the threshold."""
        return max(0, self.expected - (self.line.included or 0))


def expected_lines(now: Sequence[ServiceMonth], ahead: Mapping[str, Forecast | None]) -> list[ExpectedLine]:
    """What the services that a tariff speaks of will put on the next invoice, in their order.

    The same as `services.invoice.expected_invoice`, of what has been read already.

    Args:
        now: All services as far as they were used this month.
        ahead: Where they are heading, by id.
    """
    return [
        _expected(line, at_its_end(line, ahead.get(line.service.id)))
        for line in now
        if line.included is not None
    ]


def _expected(now: ServiceMonth, line: ServiceMonth) -> ExpectedLine:
    number = told(line.used, now) if line.used > now.used else line.used
    return ExpectedLine(line=line, now=now, expected=number)
