"""The second page of signing in: asks for a code of whoever gave the first factor and has a second."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.values import N_, Text
from host.domain.errors import ClosedError, PendingOverError, SignInError
from host.domain.sessions import CODE
from host.engine.plugin_app import CSRF_FIELD
from host.services import proof
from host.services.throttling import attempt

from .announcing import Said
from .cards import Action, Card, show
from .closed import closed_card
from .cookies import SECOND_PAGE, caller, drop_pending_cookie, pending_name, signed_in_as
from .doors import anyone
from .known_browsers import known_browser, remember_browser
from .shell import draw, make_shell, say
from .visitor import household, signed_in

second_page = Blueprint("second_page", __name__)

WRONG = N_("This code is wrong, or was used before. Wait for the next one, or take a recovery code.")


class CodeForm(Schema):
    """What the second page sends."""

    code = fields.String(load_default="", validate=validate.Length(max=100))
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@second_page.get(SECOND_PAGE)
@anyone
def ask() -> AnyResponse:
    """The form, for whoever gave the first factor with this browser a moment ago."""
    if proof.waiting(household().house, request.cookies.get(pending_name(), "")) is None:
        return redirect("/" if signed_in() else "/login", 303)
    return _form()


@second_page.post(SECOND_PAGE)
@anyone
@use_args(CodeForm, location="form")
def check(form: dict[str, Any]) -> AnyResponse:
    """Take the code, and start the session."""
    house, token = household().house, request.cookies.get(pending_name(), "")
    name = proof.waiting(house, token) or ""
    try:
        with attempt(house, name, kind=CODE, address=caller()["address"], known=known_browser(name)) as tried:
            started, target = proof.finish(
                house, token, form["code"], household().announcements.admit, **caller()
            )
            tried.succeeded()
    except PendingOverError:
        return _over()
    except SignInError:
        return _form(WRONG, 401)
    except ClosedError as closed:
        return closed_card(Said(closed.plugin, closed.banner))
    response = signed_in_as(redirect(target, 303), started)
    remember_browser(response, name)
    return response


def _form(error: Text | None = None, status: int = 200) -> Response:
    body = draw(
        "pages/second.html", shell=make_shell(say(N_("Second factor"))), error=say(error) if error else None
    )
    return Response(body, status, mimetype="text/html")


def _over() -> AnyResponse:
    card = Card(
        kind="warn",
        icon="clock",
        title=say(N_("Sign in once more")),
        text=say(
            N_("It took too long, or too many codes were wrong. Begin again with your password or link.")
        ),
        actions=[Action(label=say(N_("Sign in")), href="/login", primary=True)],
    )
    response = show(card, 401)
    drop_pending_cookie(response)
    return response
