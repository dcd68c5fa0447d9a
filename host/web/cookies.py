"""The two cookies of signing in: of a session, and of somebody who has given one factor so far."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from flask import g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from host.domain.people import SESSION_LIFE
from host.domain.sessions import PENDING_LIFE, Begun
from host.services.signing_in import sign_out

from .visitor import actor, household, signed_in

COOKIE, SECURE_COOKIE = "tabhost_session", "__Host-tabhost_session"
PENDING, SECURE_PENDING = "tabhost_pending", "__Host-tabhost_pending"
SECOND_PAGE = "/login/second"


class Caller(TypedDict):
    """Where a request comes from, as a session remembers it."""

    address: str
    agent: str


def caller() -> Caller:
    """Of this request."""
    return Caller(address=request.remote_addr or "", agent=request.headers.get("User-Agent", ""))


def cookie_name() -> str:
    """A cookie that only this host can set, where there is TLS; a plain one on loopback (ASVS 3.3.1)."""
    return SECURE_COOKIE if request.is_secure else COOKIE


def pending_name() -> str:
    """The same for the one between the two factors."""
    return SECURE_PENDING if request.is_secure else PENDING


def started(begun: Begun, target: str) -> AnyResponse:
    """Lead to *target* with a session, or to the second page."""
    if begun.waiting:
        response = redirect(SECOND_PAGE, 303)
        _set(response, pending_name(), begun.token, PENDING_LIFE)
        return response
    return signed_in_as(redirect(target, 303), begun.token)


def signed_in_as(response: AnyResponse, token: str) -> AnyResponse:
    """*response* that begins a session; the one that the browser had before ends (ASVS 7.2.4)."""
    before = signed_in()
    if before is not None:
        sign_out(household().house, g.session_token, actor())
    return with_session(response, token)


def with_session(response: AnyResponse, token: str) -> AnyResponse:
    """*response* that gives the browser a session's token, in the place of any other."""
    _set(response, cookie_name(), token, SESSION_LIFE)
    if pending_name() in request.cookies:
        _drop(response, pending_name())
    return response


def drop_session_cookie(response: AnyResponse) -> None:
    """Have the browser forget its session."""
    _drop(response, cookie_name())


def drop_pending_cookie(response: AnyResponse) -> None:
    """Have it forget that the first factor was given."""
    _drop(response, pending_name())


def _set(response: AnyResponse, name: str, token: str, life: timedelta) -> None:
    response.set_cookie(
        name,
        token,
        max_age=int(life.total_seconds()),
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _drop(response: AnyResponse, name: str) -> None:
    response.delete_cookie(name, path="/", secure=request.is_secure, httponly=True, samesite="Lax")
