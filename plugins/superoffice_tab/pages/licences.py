"""The page of a module owner: who owns the licences, and the list of them."""

from __future__ import annotations

from flask import Blueprint, request

from host.api import current_host, requires
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import SUPEROFFICE
from superoffice_tab.services import reading

from .view import Choice, Show, facts, groups

pages = Blueprint("superoffice_tab", __name__)

TAB = "superoffice"


@pages.get("/superoffice/")
@requires("superoffice.view")
def show_licences() -> str:
    """The whole page. ``show`` chooses a group, ``hidden`` adds hidden licences, ``q`` looks for a name."""
    session = current_host.session
    owner = reading.owner(SUPEROFFICE, session)
    if owner is None:
        return current_host.render("nothing_loaded.html", owner_name=SUPEROFFICE)
    choice = Choice(
        show=request.args.get("show", Show.ALL, type=Show),
        hidden=request.args.get("hidden") == "yes",
        search=request.args.get("q", "").strip()[:100],
    )
    found = reading.licences(
        owner, session, hidden=choice.hidden, kind=choice.show.kind, search=choice.search
    )
    return current_host.render(
        "licences.html",
        tab=TAB,
        owner=owner,
        facts=facts(owner, today(current_host.clock(), current_host.installation_timezone)),
        choice=choice,
        counts=reading.licence_counts(owner, session, hidden=choice.hidden),
        groups=groups(found),
    )
