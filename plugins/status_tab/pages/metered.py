"""The pages of metered services: one service over twelve months, one month by day, closed months."""

from __future__ import annotations

from flask import request

from host.api import current_host, requires
from status_tab.circumstances import reading
from status_tab.domain.months import length
from status_tab.services.month_events import first_counted
from status_tab.services.months import known_service

from .blueprint import pages
from .metered_view import dashboard
from .usage_figures import bars, percent
from .usage_words import part


@pages.get("/status/metered/")
@requires("status.view")
def show_first_service() -> str:
    """The first of the services."""
    return _page(None)


@pages.get("/status/metered/<service>/")
@requires("status.view")
def show_service(service: str) -> str:
    """One service over twelve months. ``users`` asks what another number of users would mean."""
    return _page(service)


def _page(name: str | None) -> str:
    common = reading()
    today = common["today"]
    service = common["services"][0].id if name is None else known_service(name, common["services"]).id
    if first_counted(common["session"]) is None:
        return current_host.render("metered/nothing.html", today=today, days=length(today))
    return current_host.render(
        "metered/page.html",
        board=dashboard(service, request.args, common),
        days=length(today),
        percent=percent,
        bars=bars,
        part=part,
    )
