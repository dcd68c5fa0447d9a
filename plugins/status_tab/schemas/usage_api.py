"""Usage, invoices and alerts in the JSON API and on the command line."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from host.api import current_host
from status_tab.domain.alerts import AlertKind
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.months import Rule

MOST_MONTHS = 120
MONTH_PATTERN = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"
"""The same for the description of the API."""
_MONTH = re.compile(r"(\d{4})-(\d\d)")


def about(text: str) -> dict[str, Any]:
    """What a field is, for the description of the API."""
    return {"metadata": {"description": text}}


class Month(fields.Field[date]):
    """A month such as ``2026-10``; inside, its first day."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%Y-%m}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        return month_of(value)


def month_of(text: Any) -> date:
    """The first day of the month that *text* names.

    Raises:
        ValidationError: It names none.
    """
    found = _MONTH.fullmatch(text) if isinstance(text, str) else None
    try:
        if found:
            return date(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass  # month 13, or the year 0
    raise ValidationError("must be a month such as 2026-10")


class MonthQuerySchema(Schema):
    """Which month is wanted."""

    month = Month(
        load_default=None,
        metadata={
            "description": "Such as 2026-10; this month if left out",
            "type": "string",
            "pattern": MONTH_PATTERN,
        },
    )


class MonthsQuerySchema(Schema):
    """How far to look back."""

    months = fields.Integer(
        load_default=12, validate=validate.Range(1, MOST_MONTHS), **about("How many months")
    )


class PartSchema(Schema):
    """One measure of a service."""

    measure = fields.String(**about("As in data.service of usage events"))
    used = fields.Integer(**about("Its part of the figure"))


class ServiceMonthSchema(Schema):
    """One metered service in one month."""

    service = fields.Function(lambda line: line.service.id, **about("Id of the service"))
    plugin = fields.Function(
        lambda line: line.service.plugin, **about("The plugin that declares it, or empty")
    )
    active = fields.Function(
        lambda line: not line.service.gone, **about("False once that plugin is off or gone")
    )
    month = Month(**about("The month"))
    used = fields.Integer(**about("What was used; storage in bytes. Of a closed month what was closed"))
    parts = fields.Method("make_parts", **about("What that is made of"))
    included = fields.Integer(allow_none=True, **about("What is included; null where no tariff says"))
    overage = fields.Integer(**about("What lies above"))
    packages = fields.Integer(**about("Extra packages that it takes"))
    unit_price = fields.Decimal(as_string=True, **about("Price of one, a decimal text"))
    price = fields.Decimal(as_string=True, **about("Price of all, a decimal text"))
    currency = fields.String(**about("ISO 4217 code"))
    users = fields.Integer(
        allow_none=True, **about("Users of the month, rounded up; null where nobody counted them")
    )
    share = fields.Integer(**about("Percent of what is included, rounded down"))
    state = fields.Function(lambda line: line.kind.value, **about("Empty, warn from 85 %, stop from 100 %"))
    rule = fields.Enum(Rule, by_value=True, **about("How the figure is made"))
    closed = fields.AwareDateTime(allow_none=True, **about("When the month was closed; null while open"))
    late = fields.Integer(**about("Events that came after that"))
    late_total = fields.Integer(**about("What those come to; they change no figure"))

    def make_parts(self, line: ServiceMonth) -> list[dict[str, Any]]:
        """The parts as objects."""
        return [{"measure": measure, "used": used} for measure, used in line.parts]


class DaySchema(Schema):
    """One day of a service."""

    day = fields.Date(**about("In the installation's time zone"))
    total = fields.Integer(**about("Counter: the sum; storage: its last value"))
    events = fields.Integer(**about("Events of the day, late ones included"))


class VendorInvoiceSchema(Schema):
    """What a month puts on the invoice of a vendor."""

    plugin = fields.String(**about("Id of the plugin that declares the services"))
    vendor = fields.Function(
        lambda found: current_host.translate(found.vendor), **about("Who sends the invoice")
    )
    lines = fields.List(fields.Nested(ServiceMonthSchema), **about("A line for each service"))
    total = fields.Decimal(as_string=True, **about("The sum, a decimal text"))
    currency = fields.String(**about("ISO 4217 code"))


class InvoiceSchema(Schema):
    """What a month puts on the next invoice, in the customer's own view."""

    month = Month(**about("The month"))
    expected = fields.Boolean(**about("Whether it is what the month is heading for"))
    lines = fields.List(fields.Nested(ServiceMonthSchema), **about("A line for each of the five services"))
    total = fields.Decimal(as_string=True, **about("The sum, a decimal text"))
    currency = fields.String(**about("ISO 4217 code"))
    vendors = fields.List(
        fields.Nested(VendorInvoiceSchema),
        **about("What is on the invoices of others, by vendor and currency"),
    )


class InvoiceQuerySchema(MonthQuerySchema):
    """Which invoice is wanted."""

    expected = fields.Boolean(
        load_default=False, **about("This month as it is heading, rather than as far as it was used")
    )


class AlertSchema(Schema):
    """An alert that stands."""

    service = fields.String(**about("Id of the service"))
    month = Month(**about("The month"))
    kind = fields.Enum(AlertKind, by_value=True, **about("85 % used, all used, or heading above it"))
    threshold = fields.Integer(**about("What was included when it was raised"))
    used = fields.Integer(**about("What was used then; for pace what was expected"))
    raised = fields.AwareDateTime(**about("When"))
