"""What the Status tab is told of the licence in force, with its wire form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marshmallow import fields

from host.api import ValueSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSummary:
    """The licence side of the Database section (domain.md 1.6).

    Args:
        company: Company name of the licence in force.
        serial: Serial number.
        subscription: What kind of subscription it is, such as ``SuperOffice Online``; "" if unknown.
        next_expiry: The nearest expiry date over all owners; None for never.
        next_expiry_owner: Name of the owner it belongs to.
        users: How many users there were, by day, as far as that was asked for (formats.md 6).
    """

    company: str
    serial: str
    subscription: str = ""
    next_expiry: date | None = None
    next_expiry_owner: str = ""
    users: Sequence[tuple[date, int]] = ()


class LicenceSummarySchema(ValueSchema):
    """Wire form of `LicenceSummary`."""

    value = LicenceSummary
    company = fields.String(required=True)
    serial = fields.String(required=True)
    subscription = fields.String()
    next_expiry = fields.Date(allow_none=True)
    next_expiry_owner = fields.String()
    users = fields.List(fields.Tuple((fields.Date(), fields.Integer())))
