"""Signing in with the company's identity provider: there, and back."""

from __future__ import annotations

import re
import secrets

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from host.api.values import N_
from host.domain.errors import ClosedError, OpenIdError
from host.domain.openid import ATTEMPT_LIFE
from host.domain.people import SignedIn
from host.services import openid as service

from .addresses import path_here
from .announcing import Said
from .cards import Action, Card, show
from .closed import closed_card
from .cookies import caller, started
from .doors import anyone
from .shell import say
from .visitor import household

openid = Blueprint("openid", __name__)

COOKIE, SECURE_COOKIE = "tabhost_openid", "__Host-tabhost_openid"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST = 4_096
"""Characters that one parameter of an answer may have."""


@openid.get("/login/openid")
@anyone
def set_out() -> AnyResponse:
    """Go to the identity provider."""
    _there_is_one()
    if request.method == "HEAD":
        return Response()
    kept = request.cookies.get(_cookie_name(), "")
    browser = kept if _TOKEN.fullmatch(kept) else secrets.token_urlsafe(32)
    target = path_here(request.args.get("next", "/"))
    try:
        address = service.set_out(household().house, browser=browser, back=_back(), target=target)
    except OpenIdError as error:
        service.note_failure(household().house, error)
        return _failed(error)
    response = redirect(address, 303)
    response.set_cookie(
        _cookie_name(),
        browser,
        max_age=int(ATTEMPT_LIFE.total_seconds()),
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",  # the provider leads back from another site
    )
    return response


@openid.get("/login/openid/callback")
@anyone
def come_back() -> AnyResponse:
    """Come back from it, signed in there."""
    _there_is_one()
    if request.method == "HEAD":
        return Response()
    # A parameter that stands there twice could be read in two ways: it counts as none.
    answer = {
        name: values[0]
        for name, values in request.args.lists()
        if len(values) == 1 and len(values[0]) <= LONGEST
    }
    try:
        begun, target = service.come_back(
            household().house,
            answer,
            household().announcements.admit,
            browser=request.cookies.get(_cookie_name(), ""),
            **caller(),
        )
    except ClosedError as closed:
        return closed_card(Said(closed.plugin, closed.banner))
    except OpenIdError as error:
        return _failed(error)
    response = started(begun, target)
    response.delete_cookie(_cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def leave(person: SignedIn) -> Response | None:
    """Lead somebody, who is signed out here by now, to where they sign out there; None for nowhere.

    It is a page that leads on: what a form leads to may only stand on this host (``form-action``).
    """
    address = service.way_out(household().house, person, url_for("sign_in.login", _external=True))
    if not address:
        return None
    g.signed_in = g.actor = None
    card = Card(
        kind="quiet",
        icon="out",
        title=say(N_("You are signed out here")),
        text=say(N_("Now you are led to the identity provider, to be signed out there too.")),
        actions=[Action(label=say(N_("Go on")), href=address, primary=True)],
    )
    response = show(card, 200)
    response.headers["Refresh"] = f"0; url={address}"
    return response


def _failed(error: OpenIdError) -> Response:
    target = "/login/openid" if error.status != 403 else "/login"
    card = Card(
        kind="stop" if error.status >= 500 else "warn",
        icon="stop" if error.status >= 500 else "warn",
        title=say(N_("You are not signed in")),
        text=say(error.text),
        actions=[
            Action(label=say(N_("Start again")), href=target, primary=True),
            Action(label=say(N_("Sign in")), href="/login"),
        ][: 1 if target == "/login" else 2],
    )
    return show(card, error.status)


def _there_is_one() -> None:
    if household().house.provider is None:
        abort(404)


def _back() -> str:
    return url_for("openid.come_back", _external=True)


def _cookie_name() -> str:
    """A cookie that only this host can set, where there is TLS; a plain one on loopback."""
    return SECURE_COOKIE if request.is_secure else COOKIE
