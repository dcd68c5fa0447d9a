"""Module owners as JSON: whose licences are in force, how they stand, and what came since."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from host.api import current_host, requires
from superoffice_tab.circumstances import trusted
from superoffice_tab.domain.expiry import licence_state, today
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.schemas.api_owners import OwnerSchema
from superoffice_tab.services import verifying
from superoffice_tab.services.owner_page import OwnerPage, owner_page
from superoffice_tab.services.owners import owner_names

from .blueprint import rest


@rest.get("/owners")
@requires(VIEW)
@rest.response(200, OwnerSchema(many=True))
def list_owners() -> list[dict[str, Any]]:
    """List the module owners: SUPEROFFICE, then by name whose licences are in force, wait, or can be had."""
    session = current_host.session
    return [_told(owner_page(name, session, named=None)) for name in owner_names(session)]


@rest.get("/owners/<owner>")
@requires(VIEW)
@rest.response(200, OwnerSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_owner(owner: str) -> dict[str, Any]:
    """Show one module owner, in any case."""
    return _told(owner_page(owner, current_host.session, named=None))


@rest.post("/owners/<owner>/restore")
@requires(MANAGE)
@rest.response(200, OwnerSchema)
@rest.alt_response(404, "NOT_FOUND")
@rest.alt_response(409, "CONFLICT")
@rest.alt_response(422, "UNPROCESSABLE_ENTITY")
def restore(owner: str) -> dict[str, Any]:
    """Write the owner's altered rows from the signed file again.

    Whoever holds a licence that was never signed, or less than one, loses it. 409 where the file itself no
    longer verifies: then it has to be loaded again.
    """
    name = verifying.restore(owner, roots=trusted(), work=current_host.work, clock=current_host.clock)
    current_host.tabs_changed()  # an owner that was renamed has the tab again
    mark_tabs(name)
    return _told(owner_page(name, current_host.session, named=None))


def _told(page: OwnerPage) -> dict[str, Any]:
    told = {"name": page.name, "title": page.title, "check": page.news, **_in_force(page)}
    news = page.news
    return {**told, "pending_seq": news.waiting, "altered": news.altered, "altered_rows": news.rows}


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
