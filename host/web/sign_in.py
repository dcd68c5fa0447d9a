"""Signing in and out, and what people choose for themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.values import N_
from host.domain.errors import ClosedError, SignInError, ThrottledError
from host.domain.languages import LANGUAGES
from host.engine.plugin_app import CSRF_FIELD
from host.services import people, signing_in
from host.services.portraits import portrait_of

from .addresses import netloc, path_here
from .announcing import Said
from .cards import Action, Card, show
from .closed import closed_card
from .cookies import caller, drop_session_cookie, started
from .doors import anyone, with_account
from .errors import too_often
from .known_browsers import known_browser, remember_browser
from .openid import leave
from .shell import draw, make_shell, say
from .visitor import actor, household, signed_in

sign_in = Blueprint("sign_in", __name__)

WRONG = N_("User ID and password do not match. Check both and try again.")
USED_UP = N_("A sign-in link works once and for one hour. Sign in with your password, or ask for a new link.")


class SignInForm(Schema):
    """What the sign-in form sends; the host takes its own field out first."""

    user_id = fields.String(load_default="", validate=validate.Length(max=239))
    password = fields.String(load_default="", validate=validate.Length(max=1024))
    next = fields.String(load_default="/")
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


class LanguageForm(Schema):
    """What the language menu sends."""

    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@sign_in.get("/login")
@anyone
def login() -> AnyResponse:
    """The sign-in form."""
    if signed_in():
        return redirect(path_here(request.args.get("next", "/")), 303)
    return _form(next_=path_here(request.args.get("next", "/")))


@sign_in.post("/login")
@anyone
@use_args(SignInForm, location="form")
def check(form: dict[str, Any]) -> AnyResponse:
    """Sign in with user id and password."""
    target = path_here(form["next"])
    try:
        begun = signing_in.sign_in(
            household().house,
            form["user_id"],
            form["password"],
            household().announcements.admit,
            target=target,
            known=known_browser(form["user_id"]),
            **caller(),
        )
    except ThrottledError as error:
        waits = _form(user_id=form["user_id"], error=say(too_often(error)), next_=target, status=429)
        waits.headers["Retry-After"] = str(error.seconds)
        return waits
    except SignInError:
        return _form(user_id=form["user_id"], error=say(WRONG), next_=target, status=401)
    except ClosedError as closed:
        return closed_card(Said(closed.plugin, closed.banner))
    response = started(begun, target)
    if not begun.waiting:
        remember_browser(response, form["user_id"])
    return response


@sign_in.get("/login/once/<token>")
@anyone
def once(token: str) -> AnyResponse:
    """Sign in with a one-time link."""
    if request.method == "HEAD":
        return Response()  # mail scanners and previews look at a link; that must not use it up
    try:
        begun = signing_in.sign_in_once(household().house, token, household().announcements.admit, **caller())
    except ClosedError as closed:
        return closed_card(Said(closed.plugin, closed.banner))
    except SignInError:
        if signed_in():
            return redirect("/", 303)
        card = Card(
            kind="warn",
            icon="clock",
            title=say(N_("This link has been used, or its time is over")),
            text=say(USED_UP),
            actions=[Action(label=say(N_("Sign in")), href="/login", primary=True)],
        )
        return show(card, 410)
    return started(begun, "/")


@sign_in.post("/logout")
@with_account
def logout() -> AnyResponse:
    """End this session."""
    person = signed_in()
    signing_in.sign_out(household().house, g.session_token, actor())
    response = (leave(person) if person else None) or redirect("/login", 303)
    drop_session_cookie(response)
    return response


@sign_in.post("/me/language")
@with_account
@use_args(LanguageForm, location="form")
def choose_language(form: dict[str, Any]) -> AnyResponse:
    """Read everything in another language from now on."""
    person = signed_in()
    if person is None:
        abort(403)
    people.choose_language(household().house, person.account, form["language"])
    return redirect(_back(), 303)


@sign_in.get("/portraits/<user_id>")
@with_account
def portrait(user_id: str) -> AnyResponse:
    """Somebody's picture; the browser keeps it and asks whether it is still the same."""
    found = portrait_of(household().house, user_id)
    if found is None:
        abort(404)
    response = Response(found[0], mimetype=found[1])
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _form(*, user_id: str = "", error: str | None = None, next_: str = "/", status: int = 200) -> Response:
    provider = household().house.provider
    body = draw(
        "pages/login.html",
        shell=make_shell(say(N_("Sign in"))),
        user_id=user_id,
        error=error,
        next=next_,
        has_accounts=(provider and provider.settings.create) or people.anybody(household().house),
        provider=provider.settings.name if provider else None,
    )
    return Response(body, status, mimetype="text/html")


def _back() -> str:
    """Where the person came from, if that was here."""
    came_from = request.referrer or ""
    if netloc(came_from) != request.host:
        return "/"
    return path_here(came_from.partition(request.host)[2] or "/")
