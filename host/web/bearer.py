"""Whoever shows an API token instead of a session: below ``/api/v1/`` alone, and never both at once."""

from __future__ import annotations

from typing import NoReturn

from flask import Response, abort, g, request
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from host.domain.access_tokens import Bearer
from host.domain.audit import come_from
from host.domain.errors import SignInError
from host.engine.plugin_app import json_error
from host.engine.prefixes import API
from host.services import access_tokens as service
from host.services.people import actor_of

from .cookies import COOKIE, PENDING, SECURE_COOKIE, SECURE_PENDING
from .visitor import household

SCHEME, REALM = "bearer", 'Bearer realm="tabhost"'
LONGEST = 200
"""Characters of what is looked at; a token has 89."""
COOKIES = (COOKIE, SECURE_COOKIE, PENDING, SECURE_PENDING)
FOR_TOKENS = frozenset({"me_api.me", "plugin_api.call", "api-docs.openapi_json"})
"""What a token opens of what needs no permission, or checks it itself: nothing of its owner's own account."""
BOTH = "Send an API token or the cookie of a session, not both. Nothing was changed."
NOT_FOR_TOKENS = (
    "An API token cannot do this: it is for the owner of the account, signed in with a browser. "
    "Nothing was changed."
)


def bearer() -> Bearer | None:
    """Who shows a token in this request, as `recognise` found out."""
    found: Bearer | None = g.get("bearer")
    return found


def recognise() -> bool:
    """Whether a token is shown here; if so, the request is its owner's from now on.

    Aborts with 400 where a cookie of signing in comes along (a token stolen from elsewhere must not gain by a
    session, nor the other way round), with 401 where the token opens nothing, and with 429 where too many
    wrong ones came from there, or too many calls were made with this one.
    """
    scheme, _, token = request.headers.get("Authorization", "").strip(" ").partition(" ")
    if scheme.lower() != SCHEME or not f"{request.path}/".startswith(f"{API}/"):
        return False  # pages are for people: there it means nothing
    if any(each in request.cookies for each in COOKIES):
        abort(400, BOTH)
    try:
        found = service.recognised(household().house, _readable(token), request.remote_addr or "")
    except SignInError as error:
        _refuse(str(error))
    _take(found)
    return True


def challenged(response: Response) -> Response:
    """*response*, a 401, saying how one signs in to an API (RFC 6750)."""
    response.headers["WWW-Authenticate"] = REALM
    return response


def check_door(endpoint: str) -> None:
    """Refuse a token what needs an account and no permission, and is not said to be for tokens."""
    if bearer() is not None and endpoint not in FOR_TOKENS:
        abort(refusal())


def refusal() -> Response:
    """Says that this is for people alone."""
    return json_error(Forbidden(NOT_FOR_TOKENS))


def count_down(response: Response) -> None:
    """Say in the answer how many calls are left."""
    left = g.get("left")
    if left is not None:
        response.headers.update(left.headers)


def _take(found: Bearer) -> None:
    house, address = household().house, request.remote_addr or ""
    come_from(f"{address} token {found.token.id}")
    g.bearer, g.signed_in = found, found.person
    g.actor, g.everything = service.acting(house, found), actor_of(house, found.account)
    g.left = service.metered(house, found, address)
    if g.left.refused:
        sentence = (
            f"This token may make {g.left.limit} calls in a minute. Nothing was changed. "
            f"Try again in {g.left.seconds} seconds."
        )
        abort(json_error(TooManyRequests(sentence)))


def _readable(token: str) -> str:
    """*token* as text that can be hashed: headers come as Latin-1 and may have anything in them."""
    shown = token.strip(" ")
    return shown if len(shown) <= LONGEST and shown.isascii() else ""


def _refuse(sentence: str) -> NoReturn:
    response = json_error(Unauthorized(f"{sentence} Make a new one on the page API tokens."))
    response.headers["WWW-Authenticate"] = f'{REALM}, error="invalid_token"'
    abort(response)
