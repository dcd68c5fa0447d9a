"""Licences in force as JSON: the list, and one of them opened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from host.api import current_host, requires
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.permissions import VIEW
from superoffice_tab.lookups import licence_of
from superoffice_tab.schemas.api_licences import (
    DetailsSchema,
    HistorySchema,
    HowManySchema,
    LicenceSchema,
    PeriodSchema,
    UseSchema,
    WhichLicencesSchema,
)
from superoffice_tab.services import history, reading, use
from superoffice_tab.services.denials import LOOKED_BACK
from superoffice_tab.services.history import HistoryRow
from superoffice_tab.services.reading import LicenceView

from .blueprint import rest


@rest.get("/owners/<owner>/licences")
@requires(VIEW)
@rest.arguments(WhichLicencesSchema, location="query")
@rest.response(200, LicenceSchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def list_licences(wanted: dict[str, Any], owner: str) -> list[LicenceView]:
    """List the licences of an owner by display name, the unrestricted ones last."""
    session = current_host.session
    return reading.licences(
        reading.known_owner(owner, session),
        session,
        hidden=wanted["hidden"],
        kind=wanted["type"],
        search=wanted["search"],
    )


@rest.get("/owners/<owner>/licences/<code>")
@requires(VIEW)
@rest.response(200, DetailsSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_licence(owner: str, code: str) -> dict[str, Any]:
    """Show one licence, hidden or not; it may be called by its full module name."""
    _, found = licence_of(owner, code)
    denied = None
    if found.licence.in_use is not None:
        denied = use.denied(found.id, current_host.session, _today() - LOOKED_BACK)
    return {"details": found, "denied": denied}


@rest.get("/owners/<owner>/licences/<code>/use")
@requires(VIEW)
@rest.arguments(PeriodSchema, location="query")
@rest.response(200, UseSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_use(period: dict[str, int], owner: str, code: str) -> dict[str, Any]:
    """Show how the use of a licence went."""
    found, opened = licence_of(owner, code)
    session, day, name = current_host.session, _today(), opened.licence.code
    return {
        "months": use.months(found.id, name, session, today=day, months=period["months"]),
        "days": use.daily(found.id, name, session, since=day - timedelta(days=period["days"])),
    }


@rest.get("/owners/<owner>/licences/<code>/history")
@requires(VIEW)
@rest.arguments(HowManySchema, location="query")
@rest.response(200, HistorySchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def show_history(wanted: dict[str, int], owner: str, code: str) -> list[HistoryRow]:
    """List the activations that changed a licence or renewed it, newest first."""
    found, opened = licence_of(owner, code)
    return history.of_licence(found.name, opened.licence.code, current_host.session, limit=wanted["limit"])


def _today() -> date:
    return today(current_host.clock(), current_host.installation_timezone)
