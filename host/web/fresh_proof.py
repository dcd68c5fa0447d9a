"""The doors behind the doors: who must prove once more who they are, or set a second factor up first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, jsonify, redirect, request
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from host.api.texts import english
from host.api.values import N_, Text
from host.engine.plugin_app import API_PREFIX

from .addresses import netloc, path_here
from .bearer import bearer, refusal
from .shell import is_fragment_request
from .visitor import household, signed_in

View = TypeVar("View", bound=Callable[..., Any])

FRESH_MARK = "__tabhost_fresh__"
PROOF_PAGE, SETUP_PAGE = "/proof", "/profile/second-factor"
WITHOUT_SETUP = frozenset({"sign_in", "proof", "proof_api", "second_factor", "second_factor_api"})
"""Blueprints of those, too, who must have a second factor and have none: it is set up there."""
PROVE_FIRST = N_(
    "This needs a fresh proof of who you are. Send your password or a code to POST /api/v1/me/proof, "
    "then ask again. Nothing was changed."
)
SET_UP_FIRST = N_(
    "Your account must have a second factor, and has none yet. Set it up on your profile page, or with "
    "POST /api/v1/me/second-factor. Nothing was changed."
)


def fresh(view: View) -> View:
    """Mark a view that only opens to who proved within the last 10 minutes who they are (ASVS 7.5.1).

    It stands beside the mark of the door, which is passed first, and below the route::

        @people_page.post("/people/<user_id>/roles")
        @requires("host.people.manage")
        @fresh
        def change_roles(user_id: str) -> Response: ...

    Whoever proved it longer ago is led to a page that asks for the password or a code of their app. From
    there they come to what they asked for with GET, or, after a POST, back to the page with the form: what
    they sent was not done. The JSON API answers 403 and says what to send. Signing in is a proof, too. The
    session has another id and another CSRF token afterwards. Works for functions, and for methods of a
    MethodView.

    Inside a view, where only some of what it does is dangerous, call `ask_for_proof`.
    """
    setattr(view, FRESH_MARK, True)
    return view


def ask_for_proof() -> Response | None:
    """None if the person proved within the last 10 minutes who they are, else the answer to give at once."""
    person = signed_in()
    if bearer() is not None:
        return refusal()
    if person is not None and person.is_fresh(household().house.clock()):
        return None
    target = f"{PROOF_PAGE}?next={quote(_wanted(), safe='/')}"
    if request.method not in {"GET", "HEAD"}:
        target += "&sent=yes"
    return _lead(target, PROVE_FIRST)


def beyond_the_door() -> Response | None:
    """What stands between somebody who may pass the door and the view; None for nothing."""
    person = signed_in()
    missing = person is not None and household().house.second_factor.is_missing(person)
    if missing and request.blueprint not in WITHOUT_SETUP:
        return _lead(SETUP_PAGE, SET_UP_FIRST)
    if request.endpoint and _is_marked(current_app, request.endpoint):
        return ask_for_proof()
    return None


def came_from() -> str:
    """The page of this host that a form was sent from; "/" if that cannot be told."""
    page = request.headers.get("HX-Current-URL") or request.referrer or ""
    if netloc(page) != request.host:
        return "/"
    parts = urlsplit(page)
    return path_here(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")


def _wanted() -> str:
    return request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else came_from()


def _lead(target: str, instead: Text) -> Response:
    if request.path.startswith(API_PREFIX):
        answer = jsonify(code=403, status="Forbidden", message=english(instead))
        answer.status_code = 403
        return answer
    if is_fragment_request():
        return Response("", 200, headers=Headers({"HX-Redirect": target}))
    return redirect(target, 303)


def _is_marked(app: Flask, endpoint: str) -> bool:
    view = app.view_functions[endpoint]
    handler = getattr(getattr(view, "view_class", None), request.method.lower(), view)
    return bool(getattr(handler, FRESH_MARK, False))
