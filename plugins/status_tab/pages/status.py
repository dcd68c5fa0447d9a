"""The Status page: database, metered services, system notifications."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, request

from host.api import current_host, requires
from status_tab.api import LicenceSummary
from status_tab.services.events import Show, count_events, list_events
from status_tab.services.installation import read_installation
from status_tab.services.usage import month_use
from status_tab.storage.dialect import server

from .view import days_left, notice_rows, services

pages = Blueprint("status_tab", __name__)


@pages.get("/status/")
@requires("status.view")
def show_status() -> str:
    """The whole page. ``show`` chooses which notifications, ``event`` the one whose description is shown."""
    now, session = current_host.clock(), current_host.session
    today = now.astimezone(ZoneInfo(current_host.installation_timezone)).date()
    show = request.args.get("show", Show.ACTIVE, type=Show)
    rows = notice_rows(list_events(show, session=session, now=now), now)
    chosen = request.args.get("event", type=int)
    month = month_use(session, today=today)
    summary = _licence_summary()
    return current_host.render(
        "status.html",
        summary=summary,
        days_left=days_left(summary, today),
        installation=read_installation(session),
        actor=current_host.actor,
        product=current_host.version,
        server=server(session),
        month=month,
        services=services(month),
        show=show.value,
        counts=count_events(session=session, now=now),
        rows=rows,
        selected=next((row for row in rows if row.id == chosen), rows[0] if rows else None),
    )


def _licence_summary() -> LicenceSummary | None:
    """What the first plugin that knows says of the licence in force."""
    answers = current_host.hooks.status_licence_summary(users_since=None)
    return next((value for _, value in answers if value is not None), None)
