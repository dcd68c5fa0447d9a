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

from host.api import N_, current_host, requires

from .schemas import RequestForm
from .services import add_request, mark_done, open_requests

pages = Blueprint("acme_requests", __name__)


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
    add_request(new, work=current_host.work, actor=current_host.actor)
    current_host.toast(N_("The request was added."))
    return redirect(current_host.url("requests"), 303)


@pages.post("/requests/<int(max=2147483647):number>/done")
@requires("acme_requests.manage")
def done(number: int) -> Response:
    """Close a request."""
    mark_done(number, work=current_host.work, actor=current_host.actor)
    current_host.toast(N_("The request was marked as done."))
    return redirect(current_host.url("requests"), 303)


def _draw(*, values: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    return current_host.render(
        "requests.html",
        requests=open_requests(current_host.session),
        today=_today(),
        may_manage=current_host.can("acme_requests.manage"),
        values=values,
        errors=errors,
    )


def _today() -> date:
    return current_host.clock().astimezone(ZoneInfo(current_host.timezone)).date()
