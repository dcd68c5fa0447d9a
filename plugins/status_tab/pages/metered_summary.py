"""The metered services in short, for the Status page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from status_tab.circumstances import reading
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.months import length
from status_tab.services import months
from status_tab.services.month_events import first_counted
from status_tab.services.pace import forecasts
from status_tab.services.thresholds import Samples, month_users

from .usage_figures import ExpectedLine, bars, expected_lines, percent
from .usage_words import Writer, writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:  # noqa: A001 - nobody warns in Python's own way here
    """A service that is near what is included, or heading above it.

    Args:
        line: The service as far as it was used.
        percent: How many percent of what is included that is.
        pace: A sentence: where it is heading.
        packages: Extra packages that this would take.
        price: What those cost.
        currency: Of that price.
    """

    line: ServiceMonth
    percent: int
    pace: str
    packages: int
    price: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All services this month.

    Args:
        today: The day it is.
        days: The days of this month.
        lines: The services in their order; empty while nothing has ever been counted.
        warnings: Those that somebody should look at.
        bars: What a meter shows of a line.
        write: Writes for the reader.
    """

    today: date
    days: int
    lines: Sequence[ServiceMonth]
    warnings: Sequence[Warning]
    bars: Callable[[ServiceMonth], tuple[float, float | None]]
    write: Writer


def summary(samples: Samples) -> Summary:
    """The metered services as they are now.

    Args:
        samples: How many users there were by day, from the month before on.
    """
    common, write = reading(), writer()
    today = common["today"]
    lines: Sequence[ServiceMonth] = ()
    warnings: Sequence[Warning] = ()
    if first_counted(common["session"]) is not None:
        users = month_users(today, today=today, samples=samples)
        found = months.lines(today, users=users, **common)
        lines = [line for line in found if line.used or not line.service.gone]
        ahead = forecasts(
            common["services"],
            session=common["session"],
            today=today,
            zone=common["zone"],
            rule=common["rule"],
        )
        expected = expected_lines(lines, ahead)
        warnings = [_warning(each, write) for each in expected if each.now.kind.value or each.line.packages]
    return Summary(today=today, days=length(today), lines=lines, warnings=warnings, bars=bars, write=write)


def _warning(line: ExpectedLine, write: Writer) -> Warning:
    return Warning(
        line=line.now,
        percent=percent(line.now),
        pace=write.pace(line.service, line.expected),
        packages=line.line.packages,
        price=line.line.price,
        currency=line.line.currency,
    )
