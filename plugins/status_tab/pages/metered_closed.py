"""Months that were closed, with what they put on invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import request

from host.api import Plain, Text, current_host, requires
from status_tab.circumstances import Reading, reading
from status_tab.domain.billing import ServiceMonth, by_vendor
from status_tab.services.months import service_months
from status_tab.storage.months import marks

from .blueprint import pages
from .metered_view import month_address
from .usage_words import writer


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedBill:
    """What a closed month put on the invoice of SuperOffice, or of a vendor.

    Args:
        lines: Its services.
    """

    lines: Sequence[ServiceMonth]

    @property
    def vendor(self) -> Text | Plain | None:
        """Who sent it; None for SuperOffice."""
        return self.lines[0].service.vendor

    @property
    def currency(self) -> str:
        """Of all its prices; "" where no tariff spoke of the services."""
        return self.lines[0].currency

    @property
    def packages(self) -> int:
        """Extra packages in all."""
        return sum(line.packages for line in self.lines)

    @property
    def total(self) -> Decimal:
        """What they cost."""
        return sum((line.price for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonth:
    """One month that was closed.

    Args:
        month: Its first day.
        closed: When it was closed.
        lines: The services as they were closed.
    """

    month: date
    closed: datetime
    lines: Sequence[ServiceMonth]

    @property
    def bills(self) -> list[ClosedBill]:
        """What it put on invoices, SuperOffice's first."""
        return [ClosedBill(lines=group) for group in by_vendor(self.lines)]

    @property
    def late(self) -> int:
        """How many events came after it was closed."""
        return sum(line.late for line in self.lines)


@pages.get("/status/metered/closed/")
@requires("status.view")
def show_closed() -> str:
    """The closed months of one year, newest first; ``year`` chooses it."""
    common = reading()
    closed = {month: mark.closed for month, mark in marks(common["session"]).items()}
    years = sorted({month.year for month in closed}, reverse=True)
    asked = request.args.get("year", type=int)
    year = asked if asked in years else (years[0] if years else common["today"].year)
    return current_host.render(
        "metered/closed.html",
        months=_months(year, closed, common) if years else [],
        years=years,
        year=year,
        write=writer(),
        address=month_address,
    )


def _months(year: int, closed: dict[date, datetime], common: Reading) -> list[ClosedMonth]:
    lines = [
        line
        for service in common["services"]
        for line in service_months(service.id, last=date(year, 12, 1), users_by_month={}, **common)
        if line.closed
    ]
    return [
        ClosedMonth(month=month, closed=closed[month], lines=[line for line in lines if line.month == month])
        for month in sorted({line.month for line in lines}, reverse=True)
    ]
