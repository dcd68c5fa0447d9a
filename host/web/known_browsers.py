"""A browser that has signed in as somebody before: what others try in vain does not keep it waiting."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from host.domain.people import folded

from .visitor import household

COOKIE, SECURE_COOKIE = "tabhost_browser", "__Host-tabhost_browser"
LIFE = timedelta(days=365)


def known_browser(user_id: str) -> str:
    """Id of this browser, if it has signed in as *user_id* within the last year; "" for any other.

    It opens nothing: only the attempts of this browser are counted by themselves.
    """
    try:
        name, browser = _signer().loads(request.cookies.get(_name(), ""), max_age=int(LIFE.total_seconds()))
    except (BadSignature, TypeError, ValueError):
        return ""
    return str(browser) if name == _digest(user_id) else ""


def remember_browser(response: Response, user_id: str) -> None:
    """Have *response* tell the browser that it has signed in as *user_id*."""
    if known_browser(user_id):
        return
    response.set_cookie(
        _name(),
        _signer().dumps([_digest(user_id), secrets.token_hex(16)]),
        max_age=int(LIFE.total_seconds()),
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _signer() -> URLSafeTimedSerializer:
    key = household().house.keys.derived("known browsers")
    return URLSafeTimedSerializer(key, signer_kwargs={"digest_method": hashlib.sha256})


def _digest(user_id: str) -> str:
    """Whose it is, for nobody who reads the cookie."""
    return hashlib.sha256(folded(user_id).encode("utf-8", "replace")).hexdigest()[:32]


def _name() -> str:
    return SECURE_COOKIE if request.is_secure else COOKIE
