"""Usage as JSON: months, days, the next invoice, alerts."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError

from host.api import InputError, NotFoundError, requires
from status_tab.circumstances import reading, users_of
from status_tab.domain.alerts import Alert
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.months import first_of, up_to
from status_tab.schemas.usage_api import (
    AlertSchema,
    DaySchema,
    InvoiceQuerySchema,
    InvoiceSchema,
    MonthQuerySchema,
    MonthsQuerySchema,
    ServiceMonthSchema,
    month_of,
)
from status_tab.services import alerts, months
from status_tab.services.invoice import Invoice, expected_invoice, invoice

from .blueprint import rest

VIEW = "status.view"


@rest.get("/usage")
@requires(VIEW)
@rest.arguments(MonthQuerySchema, location="query")
@rest.response(200, ServiceMonthSchema(many=True))
def list_usage(query: dict[str, Any]) -> list[ServiceMonth]:
    """List what every metered service was used for in a month, and what that costs."""
    common = reading()
    month = query["month"] or first_of(common["today"])
    return months.lines(month, users=users_of([month], common["today"])[month], **common)


@rest.get("/usage/<service>")
@requires(VIEW)
@rest.arguments(MonthsQuerySchema, location="query")
@rest.response(200, ServiceMonthSchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def show_usage(query: dict[str, int], service: str) -> list[ServiceMonth]:
    """Show one metered service over the last months, oldest first."""
    common = reading()
    last = common["today"]
    return months.service_months(
        service,
        last=last,
        number=query["months"],
        users_by_month=users_of(up_to(last, query["months"]), last),
        **common,
    )


@rest.get("/usage/<service>/<month>/days")
@requires(VIEW)
@rest.response(200, DaySchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def list_days(service: str, month: str) -> list[dict[str, Any]]:
    """List the days of a month that have usage events of one service."""
    common = reading()
    try:
        first = month_of(month)
    except ValidationError:
        raise NotFoundError(f"There is no month {month}; expected one such as 2026-10.") from None
    days = months.day_totals(service, first, common["session"], common["services"])
    return [{"day": day, "total": total, "events": events} for day, total, events in days]


@rest.get("/invoice")
@requires(VIEW)
@rest.arguments(InvoiceQuerySchema, location="query")
@rest.response(200, InvoiceSchema)
def show_invoice(query: dict[str, Any]) -> Invoice:
    """Show the lines that a month puts on the next invoice."""
    common = reading()
    this = first_of(common["today"])
    month: date = query["month"] or this
    users = users_of([month], common["today"])
    if not query["expected"]:
        return invoice(month, users_by_month=users, **common)
    if month != this:
        raise InputError(f"only {this:%Y-%m} is still heading anywhere", place="month")
    return expected_invoice(users_by_month=users, **common)


@rest.get("/alerts")
@requires(VIEW)
@rest.response(200, AlertSchema(many=True))
def list_alerts() -> list[Alert]:
    """List the alerts that stand in this month, one for each service: the most pressing."""
    common = reading()
    return alerts.open_alerts(common["session"], common["today"])
