"""The page of a module owner: whose licences they are, what is new, the list, and one of them opened."""

from __future__ import annotations

from typing import Any

from flask import request

from host.api import current_host, requires
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import owner_of
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.services import reading
from superoffice_tab.services.owner_page import OwnerPage, owner_page
from superoffice_tab.services.owners import shop_url
from superoffice_tab.services.pending import PendingView
from superoffice_tab.services.reading import LicenceCounts, OwnerView

from .blueprint import pages
from .choice import Choice, choice_of, links_of
from .last_change import last_change
from .new_set import NewSet, new_set
from .panel import panel_of
from .rows import rows_of
from .site_use import site_use
from .view import Groups, facts, groups

__all__ = ["pages", "show_licences"]


@pages.get("/<tab>/")
@requires(VIEW)
def show_licences(tab: str, found: PendingView | None = None) -> str:
    """The whole page. The address says what is listed, in which order, and what is opened beside the list.

    Args:
        found: The set that waits, where a dialog over the list has looked at it already.
    """
    page = owner_page(owner_of(tab), current_host.session)
    day = today(current_host.clock(), current_host.installation_timezone)
    waiting = new_set(page, found)
    values = {
        "tab": tab,
        "address": current_host.url(tab),
        "page": page,
        "waiting": waiting,
        **_for_managers(page),
    }
    if page.owner is None:
        return current_host.render("nothing_loaded.html", **values)
    choice = choice_of(request.args)
    return current_host.render(
        "licences.html",
        **values,
        **_list(page, page.owner, choice, values["address"], waiting),
        owner=page.owner,
        facts=facts(page.owner, day),
        panel=panel_of(page.owner, choice, tab=tab, today=day, site_use=site_use),
        last=last_change(page.owner) if choice.changes else None,
    )


def _for_managers(page: OwnerPage) -> dict[str, Any]:
    """Whether the reader may manage licences, and for them the address of the owner's shop."""
    if not current_host.can(MANAGE):
        return {"may_manage": False, "shop": ""}
    shop = shop_url(page.name, current_host.session, current_host.settings)
    return {"may_manage": True, "shop": shop}


def _list(
    page: OwnerPage, owner: OwnerView, choice: Choice, address: str, waiting: NewSet | None
) -> dict[str, Any]:
    """The list that *choice* shows."""
    links = links_of(choice, address)
    found = reading.licences(
        owner, current_host.session, hidden=choice.hidden, kind=choice.show.kind, search=choice.search
    )
    grouped = groups(found, choice, site_use)
    return {
        "choice": choice,
        "links": links,
        "counts": _counts(page, owner, choice, grouped),
        "rows": rows_of(
            grouped, opens=links.opens, opened=choice.licence, totals=waiting.totals if waiting else {}
        ),
    }


def _counts(page: OwnerPage, owner: OwnerView, choice: Choice, listed: Groups) -> LicenceCounts:
    """How many licences there are of each type; asked only where the list does not have them all."""
    if choice.filters:
        return reading.licence_counts(owner, current_host.session, hidden=choice.hidden)
    return LicenceCounts(
        user=len(listed.user),
        system=len(listed.system),
        satellite=len(listed.satellite),
        hidden=page.hidden,
    )
