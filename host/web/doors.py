"""Every door of the host: who may pass, where from, and what the answer must carry. Default deny."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, g, jsonify, redirect, request
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as AnyResponse

from host.api.runtime import PERMISSION_MARK
from host.domain.audit import come_from
from host.engine.plugin_app import API_PREFIX, CSRF_FIELD
from host.services.people import actor_of
from host.services.signing_in import who

from .addresses import netloc
from .bearer import challenged, check_door, count_down
from .bearer import recognise as recognise_token
from .closed import closed_card
from .cookies import cookie_name
from .fresh_proof import beyond_the_door
from .headers import dress, never_bare
from .json_bodies import refuse_unreadable
from .refusals import note_refusal, wanted
from .shell import is_fragment_request
from .tokens import is_good
from .visitor import actor, household, signed_in

Function = TypeVar("Function", bound=Callable[..., Any])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
DOOR_MARK = "__tabhost_door__"
ANYONE, SIGNED_IN = "anyone", "signed-in"
SIGNING_IN = "sign_in"
"""Blueprint whose doors are open to those, too, who may not be here now: they may want to leave."""
FOREIGN_ENDPOINTS = {"api-docs.openapi_json": SIGNED_IN}
"""Doors of endpoints that a library registers."""


def anyone(view: Function) -> Function:
    """Mark a view of the host that needs no account."""
    setattr(view, DOOR_MARK, ANYONE)
    return view


def with_account(view: Function) -> Function:
    """Mark a view of the host that whoever is signed in may use, for themselves."""
    setattr(view, DOOR_MARK, SIGNED_IN)
    return view


def hang_doors(app: Flask) -> None:
    """Put the doors in front of every route, and refuse to start with a route that has none."""
    app.before_request(_pass)
    app.after_request(_dress)
    app.teardown_request(_let_go)
    app.wsgi_app = never_bare(app.wsgi_app)  # type: ignore[assignment,method-assign] # as Flask advises
    for rule in app.url_map.iter_rules():
        if not _door(app, rule.endpoint) and not _permission(app, rule.endpoint):
            raise RuntimeError(
                f"{rule.rule} has no door: mark its view with @requires, @with_account or @anyone"
            )


def _door(app: Flask, endpoint: str) -> str | None:
    found: str | None = getattr(app.view_functions[endpoint], DOOR_MARK, None)
    return found or FOREIGN_ENDPOINTS.get(endpoint)


def _permission(app: Flask, endpoint: str) -> str | None:
    view = app.view_functions[endpoint]
    handler = getattr(getattr(view, "view_class", None), request.method.lower() if request else "get", view)
    found: str | None = getattr(handler, PERMISSION_MARK, None)
    return found


def _pass() -> AnyResponse | None:
    """Who is it, is the request their own, and may they?"""
    door = _door(current_app, request.endpoint) if request.endpoint else None
    by_token = _recognise()
    if request.method not in SAFE_METHODS:
        if not by_token:
            _check_origin()
        request.get_data()  # keeps the body whole: reading the form first would leave nothing to pass on
    if door == ANYONE or request.endpoint is None:
        return None  # an unknown address is nobody's: the 404 card says so
    if signed_in() is None:
        return _ask_to_sign_in()
    if request.method not in SAFE_METHODS and not by_token:
        _check_token()  # no browser sends a token by itself, so none can be made to
    closed = household().announcements.for_(g.get("everything") or actor()).closed
    if closed is not None and request.blueprint != SIGNING_IN:
        return closed_card(closed)
    permission = None if door == SIGNED_IN else _permission(current_app, request.endpoint)
    wanted(permission)
    if door != SIGNED_IN and (permission is None or not actor().may(permission)):
        abort(403)
    if door == SIGNED_IN:
        check_door(request.endpoint)
    if request.path.startswith(API_PREFIX) and "plugin" not in (request.view_args or {}):
        refuse_unreadable()  # of what goes to a plugin, whoever brings it there sees to that
    return beyond_the_door()


def _recognise() -> bool:
    """Who asks; whether an API token says so."""
    come_from(request.remote_addr or "")
    g.held = household().house.decisions.hold()
    if recognise_token():
        g.session_token = ""
        return True
    g.session_token = request.cookies.get(cookie_name(), "")
    g.signed_in = who(household().house, g.session_token) if g.session_token else None
    g.actor = actor_of(household().house, g.signed_in.account) if g.signed_in else None
    return False


def _check_origin() -> None:
    """What another site made a browser send is refused, with or without a session."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        abort(403, "origin")
    if origin is not None and netloc(origin) != request.host:
        abort(403, "origin")


def _check_token() -> None:
    person = signed_in()
    sent = request.headers.get("X-CSRF-Token") or request.form.get(CSRF_FIELD, "")
    plugin = (request.view_args or {}).get("plugin")
    if person is None or not is_good(sent, person.csrf_token, request.path, plugin):
        abort(403, "csrf")


def _ask_to_sign_in() -> Response:
    if request.path.startswith(API_PREFIX):
        response = jsonify(code=401, status="Unauthorized", message="Sign in first.")
        response.status_code = 401
        return challenged(response)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    target = f"/login?next={quote(wanted, safe='/')}" if wanted != "/" else "/login"
    if is_fragment_request():
        return Response("", 200, headers=Headers({"HX-Redirect": target}))
    return redirect(target, 303)  # type: ignore[return-value] # werkzeug's type is the wider one


def make_nonce() -> str:
    """A nonce for the scripts of one answer; it will stand in the policy of this answer."""
    g.nonce = secrets.token_urlsafe(16)
    nonce: str = g.nonce
    return nonce


def _let_go(_: BaseException | None) -> None:
    come_from("")
    held = g.pop("held", None)
    if held is not None:
        household().house.decisions.release(held)


def _dress(response: Response) -> Response:
    note_refusal(response)
    if request.method not in SAFE_METHODS:
        household().announcements.forget()  # whoever changed something sees at once what it did
    count_down(response)
    dress(response)
    return response
