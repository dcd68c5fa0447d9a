"""The Status page: database, metered services, system notifications."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import request

from host.api import current_host, requires
from status_tab.api import LicenceSummary
from status_tab.domain.months import moved
from status_tab.facts import read_facts
from status_tab.services.installation import read_installation
from status_tab.services.thresholds import samples_in
from status_tab.storage.dialect import server

from . import metered_summary
from .blueprint import pages
from .notices import Look, look_of, read_notices
from .view import days_left


@pages.get("/status/")
@requires("status.view")
def show_status() -> str:
    """The whole page. ``show`` chooses which notifications, ``event`` the one whose description is shown."""
    return status_page(look_of(request.args))


def status_page(look: Look) -> str:
    """The page as *look* has it; what dialogs are drawn over."""
    now, session = current_host.clock(), current_host.session
    today = now.astimezone(ZoneInfo(current_host.installation_timezone)).date()
    # Asked once, with the users that `users_by_month` would ask for.
    answers = current_host.hooks.status_licence_summary(users_since=moved(today, -1))
    summary: LicenceSummary | None = next((said for _, said in answers if said is not None), None)
    return current_host.render(
        "status.html",
        summary=summary,
        days_left=days_left(summary, today),
        installation=read_installation(session),
        actor=current_host.actor,
        product=current_host.version,
        server=server(session),
        manages=current_host.can("status.manage"),
        upgrade=str(current_host.settings["upgrade_url"] or "") if current_host.can("status.manage") else "",
        facts=read_facts(),
        metered=metered_summary.summary(samples_in(answers)),
        notices=read_notices(look),
    )
