"""What the page of one metered service is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from host.api import Plain, Text, current_host
from status_tab.circumstances import Reading, users_of
from status_tab.domain.billing import ServiceMonth, by_vendor
from status_tab.domain.months import first_of, moved, up_to
from status_tab.domain.pace import Forecast
from status_tab.domain.tariff import Tariff
from status_tab.services import months
from status_tab.services.months import known_service, service_months
from status_tab.services.pace import forecasts
from status_tab.services.tariffs import tariff_for
from status_tab.services.thresholds import MonthUsers

from .marks import Figure
from .pace_chart import pace_figure
from .usage_chart import usage_figure
from .usage_chart_words import Expected
from .usage_figures import ExpectedLine, expected_lines, told
from .usage_words import Writer, writer
from .what_if import MOST_USERS, WhatIf, what_if

MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where the month of a service is heading.

    Args:
        forecast: The forecast as it was made.
        expected: The same in round numbers.
        figure: The picture.
    """

    forecast: Forecast
    expected: Expected
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The next invoice of SuperOffice, or of a vendor.

    Args:
        vendor: Who sends it; None for SuperOffice.
        lines: Services that cost something if the month ends as it is heading.
        others: All others.
        due: What is due as of today.
    """

    vendor: Text | Plain | None
    lines: Sequence[ExpectedLine]
    others: Sequence[ExpectedLine]
    due: Sequence[ServiceMonth]

    @property
    def currency(self) -> str:
        """Of all prices."""
        return next((each.line.currency for each in (*self.lines, *self.others)), "")

    @property
    def total(self) -> Decimal:
        """What it comes to."""
        return sum((each.line.price for each in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One service in this month and the eleven before, and the others in short.

    Args:
        today: The day it is.
        now: All services this month, in their order.
        line: The one that is looked at.
        figure: Its twelve months.
        pace: Where its month is heading; None where nothing can be said.
        users: The users of this month.
        tariff: The tariff that holds.
        bills: The next invoices, SuperOffice's first.
        what_if: What another number of users would mean; None where no tariff speaks of the service.
        write: Writes for the reader.
    """

    today: date
    now: Sequence[ServiceMonth]
    line: ServiceMonth
    figure: Figure
    pace: Pace | None
    users: MonthUsers
    tariff: Tariff
    bills: Sequence[Bill]
    what_if: WhatIf | None
    write: Writer


def dashboard(service_id: str, arguments: MultiDict[str, str], common: Reading) -> Dashboard:
    """The page of one service as it is now.

    Args:
        service_id: Id of the service.
        arguments: Ask what if.
        common: What the request reads with.

    Raises:
        NotFoundError: There is no such service.
    """
    write = writer()
    service, today = known_service(service_id, common["services"]), common["today"]
    users = users_of(up_to(today, MONTHS), today)
    this = users[first_of(today)]
    now = months.lines(today, users=this, **common)
    line = next(each for each in now if each.service.id == service.id)
    before = service_months(
        service.id, last=moved(today, -1), number=MONTHS - 1, users_by_month=users, **common
    )
    ahead = forecasts(
        common["services"],
        thresholds={service.id: line.included},
        session=common["session"],
        today=today,
        zone=common["zone"],
        rule=common["rule"],
    )
    pace = _pace(line, ahead[service.id], write)
    lines = expected_lines(now, ahead)
    expected = next((each.line for each in lines if each.service.id == service.id), None)
    return Dashboard(
        today=today,
        now=now,
        line=line,
        figure=usage_figure(
            [*before, line],
            pace.expected if pace else None,
            write=write,
            address=lambda month: month_address(service.id, month),
        ),
        pace=pace,
        users=this,
        tariff=tariff_for(today, common["session"]),
        bills=_bills(lines),
        what_if=what_if(arguments, expected, write.number(MOST_USERS)) if expected else None,
        write=write,
    )


def _bills(lines: Sequence[ExpectedLine]) -> list[Bill]:
    shown = {each.service.id: each for each in lines if each.line.used or not each.service.gone}
    groups = by_vendor(each.line for each in shown.values())
    if not groups or groups[0][0].service.plugin:  # the tariff in force says nothing of the five
        groups.insert(0, ())
    return [_bill([shown[line.service.id] for line in group]) for group in groups]


def _bill(lines: Sequence[ExpectedLine]) -> Bill:
    return Bill(
        vendor=lines[0].service.vendor if lines else None,
        lines=[each for each in lines if each.line.packages],
        others=[each for each in lines if not each.line.packages],
        due=[each.now for each in lines if each.now.packages],
    )


def month_address(service_id: str, month: date) -> str:
    """Where one month of a service is."""
    return current_host.url("status", f"metered/{service_id}/{month:%Y-%m}/")


def _pace(line: ServiceMonth, ahead: Forecast | None, write: Writer) -> Pace | None:
    if ahead is None:
        return None
    low, high = (None if end is None else told(end, line) for end in (ahead.low, ahead.high))
    number = told(ahead.expected, line) if ahead.expected > line.used else ahead.expected
    expected = Expected(number=number, low=low, high=high, end=ahead.end)
    return Pace(forecast=ahead, expected=expected, figure=pace_figure(line, expected, write))
