"""What the metered services will cost on the next invoice: the customer's own view (domain.md 1.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from sqlalchemy.orm import Session

from host.api import Plain, Text
from status_tab.domain.billing import ServiceMonth, at_its_end, by_vendor
from status_tab.domain.metered import METERED_SERVICES, MeteredService
from status_tab.domain.months import Rule, first_of
from status_tab.domain.pace import Forecast

from . import months
from .pace import forecasts
from .thresholds import MonthUsers


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorInvoice:
    """The lines that one month puts on the invoice of a vendor, in one currency.

    Args:
        plugin: Id of the plugin that declares the services.
        vendor: Who sends the invoice.
        lines: A line for each service.
        total: The sum of their prices.
        currency: ISO 4217 code of all prices.
    """

    plugin: str
    vendor: Text | Plain
    lines: tuple[ServiceMonth, ...]
    total: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The lines that one month puts on the next invoice.

    Args:
        month: First day of the month.
        lines: A line for each of the five that a tariff speaks of, also for those that cost nothing.
        total: The sum of their prices.
        currency: ISO 4217 code of all prices.
        expected: Whether it is what the month is heading for, rather than what was used.
        vendors: What is on the invoices of others.
    """

    month: date
    lines: tuple[ServiceMonth, ...]
    total: Decimal
    currency: str
    expected: bool = False
    vendors: tuple[VendorInvoice, ...] = ()


def invoice(
    month: date,
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    users_by_month: Mapping[date, MonthUsers],
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> Invoice:
    """What the month of *month* costs as far as it was used; of a closed month, what was closed.

    Args:
        month: Any day of the month.
        session: The store.
        today: The day it is, in the installation's zone.
        zone: That zone.
        users_by_month: The users of the month (`thresholds.users_by_month`).
        rule: How the figure of storage is made.
        services: The metered services.
    """
    lines = months.lines(
        first_of(month),
        session=session,
        today=today,
        zone=zone,
        users=users_by_month.get(first_of(month)),
        rule=rule,
        services=services,
    )
    return _invoice(first_of(month), lines, expected=False)


def expected_invoice(
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    users_by_month: Mapping[date, MonthUsers],
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
    ahead: Mapping[str, Forecast | None] | None = None,
) -> Invoice:
    """What the month of *today* will cost if it ends as it is heading (`pace.forecasts`).

    Args:
        session: The store.
        today: The day it is, in the installation's zone.
        zone: That zone.
        users_by_month: The users of the month (`thresholds.users_by_month`).
        rule: How the figure of storage is made.
        services: The metered services.
        ahead: Where they are heading, for whoever knows already; None for finding out.
    """
    now = invoice(
        today,
        session=session,
        today=today,
        zone=zone,
        users_by_month=users_by_month,
        rule=rule,
        services=services,
    )
    billed = [line.service for line in now.lines]
    if ahead is None:
        ahead = forecasts(billed, session=session, today=today, zone=zone, rule=rule)
    lines = [at_its_end(line, ahead.get(line.service.id)) for line in now.lines]
    return _invoice(now.month, lines, expected=True)


def _invoice(month: date, lines: Sequence[ServiceMonth], *, expected: bool) -> Invoice:
    billed = by_vendor(
        line for line in lines if line.included is not None and (line.used or not line.service.gone)
    )
    own = next((group for group in billed if not group[0].service.plugin), ())
    return Invoice(
        month=month,
        lines=own,
        total=_sum(own),
        currency=next((line.currency for line in own), ""),
        expected=expected,
        vendors=tuple(
            VendorInvoice(
                plugin=group[0].service.plugin,
                vendor=group[0].service.vendor or Plain(group[0].service.plugin),
                lines=group,
                total=_sum(group),
                currency=group[0].currency,
            )
            for group in billed
            if group[0].service.plugin
        ),
    )


def _sum(lines: Sequence[ServiceMonth]) -> Decimal:
    return sum((line.price for line in lines), Decimal(0))
