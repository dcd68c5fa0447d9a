"""The ways by which a new licence arrives: a file that somebody chose, or the owner's licence server."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from host.api import N_, ConflictError, current_host, requires
from superoffice_tab.circumstances import asking, circumstances, trusted
from superoffice_tab.domain.envelope import LARGEST_FILE
from superoffice_tab.domain.licences import owner_of, tab_of
from superoffice_tab.domain.permissions import MANAGE
from superoffice_tab.domain.status import LicenseStatus
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.services import refused_files
from superoffice_tab.services.checking import check
from superoffice_tab.services.receiving import Received, Reception, receive
from superoffice_tab.services.verifying import restore

from .blueprint import pages
from .licences import show_licences
from .telling import in_words

_NEWS = {
    LicenseStatus.OK: N_("Your licence is up to date."),
    LicenseStatus.ACTIVATED: N_("New licence activated"),
}


@pages.get("/<tab>/load")
@requires(MANAGE)
def ask_for_file(tab: str) -> str:
    """Ask for a licence file."""
    return _dialog(tab)


@pages.post("/<tab>/load")
@requires(MANAGE)
def load(tab: str) -> str | Response | tuple[str, int]:
    """Take a licence file in. It may be another owner's: then that one's tab shows what it changes."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _dialog(tab, current_host.translate(N_("Choose a licence file first."))), 422
    content = file.stream.read(LARGEST_FILE + 1)
    try:
        received = receive(
            content,
            source=file.filename[: refused_files.LONGEST_NAME],
            roots=trusted(),
            automatic=bool(current_host.settings["automatic_updates"]),
            **circumstances(),
        )
    except VerdictError as error:
        refused_files.write_down(content, file.filename, error, work=current_host.work)
        return _dialog(tab, in_words(error), error.verdict.value, error.technical), 422
    return redirect(_after(received), 303)


@pages.post("/<tab>/fetch")
@requires(MANAGE)
def fetch(tab: str) -> Response:
    """Ask the owner's licence server for news, within a few seconds. The page then says what came of it."""
    found = check(
        owner_of(tab), settings=current_host.settings, roots=trusted(), get=asking(), **circumstances()
    )
    mark_tabs(found.owner)
    said = _NEWS.get(found.status)
    if said is not None:
        current_host.toast(said)
    waits = found.status in (LicenseStatus.NEW_LICENCE, LicenseStatus.NEW_COMPANY, LicenseStatus.NEW_SERIAL)
    return redirect(current_host.url(tab, "activate" if waits else ""), 303)


@pages.post("/<tab>/restore")
@requires(MANAGE)
def restore_rows(tab: str) -> Response:
    """Write altered rows from the signed file again."""
    try:
        owner = restore(owner_of(tab), roots=trusted(), work=current_host.work, clock=current_host.clock)
    except ConflictError as error:
        raise ConflictError(in_words(error)) from error
    current_host.tabs_changed()  # an owner that was renamed has the tab again
    mark_tabs(owner)
    current_host.toast(N_("The licences say again what was signed."))
    return redirect(current_host.url(tab_of(owner)), 303)


def _after(received: Received) -> str:
    """Where to go on, with a word on what became of the file."""
    tab = tab_of(received.owner)
    mark_tabs(received.owner)
    match received.outcome:
        case Reception.PENDING:
            current_host.tabs_changed()  # a new owner's set brings a tab
            return current_host.url(tab, "activate")
        case Reception.ACTIVATED:
            current_host.toast(
                N_("Set %(number)s changes nothing for anybody and is in force now.", number=received.seq)
            )
        case Reception.UP_TO_DATE:
            current_host.toast(N_("This is the licence that is known already. Nothing was changed."))
    return current_host.url(tab)


def _dialog(tab: str, problem: str = "", code: str = "", detail: str = "") -> str:
    dialog = current_host.render("activate/load.html", tab=tab, problem=problem, code=code, detail=detail)
    return show_licences(tab) + dialog
