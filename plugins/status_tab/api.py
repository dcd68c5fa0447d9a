"""What other plugins may use of the Status tab: the hooks it publishes and their values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from marshmallow import fields, post_load

from host.api import ValueSchema, hookspec

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["LicenceSummary", "LicenceSummarySchema", "StatusSpec", "satellite_licences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSummary:
    """The licence side of the Database section (domain.md 1.6).

    Args:
        company: Company name of the licence in force.
        serial: Serial number.
        subscription: What kind of subscription it is, such as ``SuperOffice Online``; "" if unknown.
        next_expiry: The nearest expiry date over all owners; None for never.
        next_expiry_owner: Name of the owner it belongs to.
    """

    company: str
    serial: str
    subscription: str = ""
    next_expiry: date | None = None
    next_expiry_owner: str = ""


class LicenceSummarySchema(ValueSchema):
    """Wire form of `LicenceSummary`."""

    value = LicenceSummary
    company = fields.String(required=True)
    serial = fields.String(required=True)
    subscription = fields.String()
    next_expiry = fields.Date(allow_none=True)
    next_expiry_owner = fields.String()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LicenceSummary:
        """Build the value."""
        return LicenceSummary(**data)


class StatusSpec:
    """Hooks of the Status tab."""

    @hookspec
    def status_licence_summary(self) -> LicenceSummary | None:
        """Tell the Status tab what licence is in force.

        Called while the Status page is drawn, in the web worker; built-in plugins only. Reads
        through ``current_host.session``.

        Returns:
            The summary, or None while no licence has been loaded.

        If it raises:
            The rows that come from it are missing, and the plugin is blamed in the ledger.

        .. versionadded:: 0.1
        """


def satellite_licences(session: Session) -> dict[str, int]:
    """How many satellite databases occupy each site licence (formats.md 5).

    Args:
        session: A session on the host's store, where built-in plugins live.

    Returns:
        The number of satellites by full module name in lower case (``superoffice.satellite``).

    .. versionadded:: 0.1
    """
    from .services import installation  # noqa: PLC0415 - who wants only the hook needs no database

    return installation.satellite_licences(session)
