"""The licence list as a file."""

from __future__ import annotations

from flask import Response, request

from host.api import N_, current_host, requires
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import owner_of
from superoffice_tab.domain.permissions import VIEW
from superoffice_tab.services import exporting, ordering, reading

from .blueprint import pages
from .choice import choice_of
from .site_use import site_use

HEADS = (
    N_("Owner"), N_("Full name"), N_("Licence"), N_("Type"), N_("In use"), N_("Total"), N_("Free"),
    N_("Unrestricted"), N_("Hidden"), N_("Altered"), N_("Description"), N_("Version"), N_("Prerequisite"),
    N_("Who may hold it"), N_("Quantity"),
)  # fmt: skip


@pages.get("/<tab>/licences.csv")
@requires(VIEW)
def export_licences(tab: str) -> Response:
    """What the list shows, with the same choice in the address, in every column there is."""
    session, choice = current_host.session, choice_of(request.args)
    owner = reading.known_owner(owner_of(tab), session)
    found = reading.licences(
        owner, session, hidden=choice.hidden, kind=choice.show.kind, search=choice.search
    )
    content = exporting.licences_csv(
        owner,
        ordering.ordered(found, choice.sort, descending=choice.descending),
        session=session,
        heads=[current_host.translate(each) for each in HEADS],
        words={True: current_host.translate(N_("yes")), False: current_host.translate(N_("no"))},
        site_use=site_use(),
    )
    day = today(current_host.clock(), current_host.installation_timezone)
    name = f"{owner.name.lower()}-licences-{day.isoformat()}.csv"
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
