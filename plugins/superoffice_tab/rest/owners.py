"""Module owners as JSON: whose licences are in force, how they stand, and what came since."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from host.api import current_host, requires
from superoffice_tab.domain.expiry import licence_state, today
from superoffice_tab.domain.permissions import VIEW
from superoffice_tab.schemas.api_owners import OwnerSchema
from superoffice_tab.services.owner_page import OwnerPage, owner_page
from superoffice_tab.services.owners import owner_names

from .blueprint import rest


@rest.get("/owners")
@requires(VIEW)
@rest.response(200, OwnerSchema(many=True))
def list_owners() -> list[dict[str, Any]]:
    """List the module owners: SUPEROFFICE, then by name whose licences are in force, wait, or can be had."""
    session = current_host.session
    return [_told(owner_page(name, session)) for name in owner_names(session)]


@rest.get("/owners/<owner>")
@requires(VIEW)
@rest.response(200, OwnerSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_owner(owner: str) -> dict[str, Any]:
    """Show one module owner, in any case."""
    return _told(owner_page(owner, current_host.session))


def _told(page: OwnerPage) -> dict[str, Any]:
    told = {"name": page.name, "title": page.title, "check": page.news, **_in_force(page)}
    return {**told, "pending_seq": page.news.waiting, "altered": page.news.altered}


def _in_force(page: OwnerPage) -> dict[str, Any]:
    """What the set in force says, and what that means today; everything None without one."""
    if page.owner is None:
        return dict.fromkeys(OwnerSchema().fields.keys() - {"name", "title", "check", "altered"})
    state = licence_state(page.owner.dates, today(current_host.clock(), current_host.installation_timezone))
    return {
        **asdict(page.owner),
        "name": page.name,
        "days_left": state.days_left,
        "licence_state": state.standing,
        "upgrades_covered": state.upgrades_covered,
    }
