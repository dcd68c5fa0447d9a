"""Errors become answers here and nowhere else: a card in the shell, JSON for the API."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, TooManyRequests

from host.api.texts import english
from host.api.values import N_, Text
from host.domain.errors import ThrottledError
from host.engine.guard import new_error_id
from host.engine.plugin_app import API_PREFIX, json_error
from host.services.limits import MEGABYTE

from .cards import expired_card, status_card
from .shell import say

logger = logging.getLogger(__name__)


def handle_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ThrottledError, _throttled)
    app.register_error_handler(Exception, _own_error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return error.response  # type: ignore[return-value] # made by us, with Flask's class
    if isinstance(error, RequestEntityTooLarge):
        return _too_large(error)
    if request.path.startswith(API_PREFIX):
        return json_error(error)
    if status == 403 and error.description in {"csrf", "origin"}:
        return expired_card()
    return status_card(status)


def _too_large(error: RequestEntityTooLarge) -> Response:
    """It says how large it may be, where that is what was wrong: a form may also have too many fields."""
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if (request.content_length or 0) <= limit:
        return json_error(error) if request.path.startswith(API_PREFIX) else status_card(413)
    too_large = N_(
        "What was sent is larger than this host accepts: at most %(limit)s MB at once. Nothing was changed. "
        "Go back and choose something smaller.",
        limit=limit // MEGABYTE,
    )
    if request.path.startswith(API_PREFIX):
        return json_error(RequestEntityTooLarge(english(too_large)))
    return status_card(413, say(too_large))


def _throttled(error: ThrottledError) -> Response:
    if request.path.startswith(API_PREFIX):
        answer = json_error(TooManyRequests(english(too_often(error))))
    else:
        answer = status_card(429, say(too_often(error)))
    answer.headers["Retry-After"] = str(error.seconds)
    return answer


def too_often(error: ThrottledError) -> Text:
    """What somebody is told who has to wait; it says nothing about whose password was right."""
    return N_(
        "Too many attempts were wrong. This one was not looked at. You can try again in %(seconds)s s.",
        seconds=error.seconds,
    )


def _own_error(error: Exception) -> Response:
    error_id = new_error_id()
    # The rule of the address, never the address: there may be a token in it.
    where = request.url_rule.rule if request.url_rule else "an unknown address"
    logger.error("%s while serving %s %s", error_id, request.method, where, exc_info=error)
    if request.path.startswith(API_PREFIX):
        return json_error(InternalServerError(f"An error of the host itself, {error_id}."))
    return status_card(500, error_id=error_id)
