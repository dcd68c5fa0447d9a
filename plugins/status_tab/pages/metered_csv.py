"""Metered services as files: twelve months of all of them, and one month by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from host.api import N_, Text, csv_file, current_host, requires
from status_tab.circumstances import reading, users_of
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.months import up_to
from status_tab.services.months import service_months

from .blueprint import pages
from .metered_month import counted_month, day_rows
from .metered_view import MONTHS

HEADS = (
    N_("Month"), N_("Service"), N_("Title"), N_("Used"), N_("Unit"), N_("Included"), N_("Above"),
    N_("Extra packages"), N_("Price of one"), N_("Amount"), N_("Currency"), N_("Users"), N_("Closed"),
    N_("Late events"), N_("Late amount"),
)  # fmt: skip
DAY_HEADS = (N_("Day"), N_("Service"), N_("Title"), N_("Used"), N_("Unit"), N_("Events"))


@pages.get("/status/metered/usage.csv")
@requires("status.view")
def export_usage() -> Response:
    """All services in the last twelve months; figures of storage in bytes."""
    common = reading()
    today = common["today"]
    users = users_of(up_to(today, MONTHS), today)
    lines = [
        line
        for service in common["services"]
        for line in service_months(service.id, last=today, number=MONTHS, users_by_month=users, **common)
    ]
    lines.sort(key=lambda line: line.month)
    return _file(f"metered-services-{today.isoformat()}.csv", HEADS, map(_row, lines))


@pages.get("/status/metered/<service>/<month>/days.csv")
@requires("status.view")
def export_days(service: str, month: str) -> Response:
    """One month of a service by day; figures of storage in bytes."""
    common = reading()
    line = counted_month(service, month, common)
    title = current_host.translate(line.service.title)
    unit = _unit(line)
    rows = (
        (row.day.isoformat(), line.service.id, title, row.total, unit, row.events)
        for row in day_rows(line.service, line.month, common)
    )
    return _file(f"{line.service.id}-{line.month:%Y-%m}.csv", DAY_HEADS, rows)


def _row(line: ServiceMonth) -> tuple[object, ...]:
    known = line.included is not None
    return (
        f"{line.month:%Y-%m}",
        line.service.id,
        current_host.translate(line.service.title),
        line.used,
        _unit(line),
        line.included,
        line.overage if known else None,
        line.packages if known else None,
        line.unit_price if known else None,
        line.price if known else None,
        line.currency,
        line.users,
        line.closed.isoformat() if line.closed else None,
        line.late,
        line.late_total,
    )


def _unit(line: ServiceMonth) -> str:
    if line.service.unit:
        return current_host.translate(line.service.unit)
    return "B" if line.service.bytes else ""


def _file(name: str, heads: Sequence[Text], rows: Iterable[Sequence[object]]) -> Response:
    content = csv_file((current_host.translate(each) for each in heads), rows)
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
