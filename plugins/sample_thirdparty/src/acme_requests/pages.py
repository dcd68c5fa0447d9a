"""The page: translate in, call one service, translate out. The first path segment is the tab's id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, request
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.wrappers import Response

from host.api import N_, NotFoundError, current_host, requires
from superoffice_tab.api import Holder, holders, licences

from .badge import show_open
from .export import as_csv
from .on_status import count_request
from .review import review
from .schemas import RequestForm
from .services import add_request, mark_done, open_requests

pages = Blueprint("acme_requests", __name__)

COLUMNS = (N_("Who"), N_("Licence"), N_("Needed by"), N_("Reason"))


class FormParser(FlaskParser):
    """Hands faults to the view, which draws the form again, instead of answering with a bare 422."""

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Raise the fault as it is."""
        raise error


@pages.get("/requests/")
@requires("acme_requests.view")
def show_requests() -> str:
    """The open requests, and the form for a new one."""
    return _draw(values={"person": current_host.actor.user_id}, errors={})


@pages.post("/requests/")
@requires("acme_requests.manage")
def add() -> Response | tuple[str, int]:
    """Keep a request, or show what is wrong with it beside the fields."""
    try:
        new = FormParser().parse(RequestForm(today=_today()), request, location="form")
    except ValidationError as error:
        return _draw(values=request.form, errors=error.messages_dict["form"]), 422
    most = current_host.settings["most_open"]
    count_request(add_request(new, most_open=most, work=current_host.work, actor=current_host.actor))
    show_open()
    current_host.toast(N_("The request was added."))
    return redirect(current_host.url("requests"), 303)


@pages.post("/requests/<int(max=2147483647):number>/done")
@requires("acme_requests.manage")
def done(number: int) -> Response:
    """Close a request."""
    mark_done(number, work=current_host.work, actor=current_host.actor)
    show_open()
    current_host.toast(N_("The request was marked as done."))
    return redirect(current_host.url("requests"), 303)


@pages.post("/requests/review")
@requires("acme_requests.manage")
def review_all() -> Response:
    """Mark what people have by now as done; while that lasts, it stands among the system notifications."""
    current_host.toast(N_("Marked as done: %(number)s", number=review()))
    return redirect(current_host.url("requests"), 303)


@pages.get("/requests/licences")
@requires("acme_requests.manage")
def licence_names() -> str:
    """Names to choose from, fetched when somebody is about to write one: what people hold of SUPEROFFICE.

    That tab is part of Tabhost, so its `api` can always be imported; but it may be switched off, or no
    licence may be loaded yet. Both are a `NotFoundError`, and the field is a plain one then.
    """
    try:
        names = [each.title for each in licences(owner="SUPEROFFICE") if each.kind == "user"]
    except NotFoundError:
        names = []
    return current_host.render("licences.html", names=names)


@pages.get("/requests/holders")
@requires("acme_requests.view")
def our_holders() -> str:
    """Who holds the licences that we sell, asked of the tab that keeps them: each call goes to the host."""
    return current_host.render("holders.html", held=_held())


@pages.get("/requests/export.csv")
@requires("acme_requests.view")
def export() -> Response:
    """The open requests as a file. A download passes the host as it is, if its type is allowed."""
    header = [current_host.translate(each) for each in COLUMNS]
    answer = Response(
        as_csv(open_requests(current_host.session), header), content_type="text/csv; charset=utf-8"
    )
    answer.headers.set("Content-Disposition", "attachment", filename="requests.csv")
    return answer


def _draw(*, values: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    requests, may_manage = open_requests(current_host.session), current_host.can("acme_requests.manage")
    most = current_host.settings["most_open"]
    return current_host.render(
        "requests.html",
        requests=requests,
        today=_today(),
        may_manage=may_manage,
        may_add=may_manage and len(requests) < most,
        most=most,
        values=values,
        errors=errors,
    )


def _held() -> list[tuple[str, list[Holder]]]:
    """Display name and holders of each licence of ours that people hold; empty until one is loaded."""
    try:
        ours = [each for each in licences(owner="ACME") if each.kind == "user"]
    except NotFoundError:
        return []
    return [(each.title, holders(owner="ACME", name=each.name)) for each in ours]


def _today() -> date:
    return current_host.clock().astimezone(ZoneInfo(current_host.timezone)).date()
