"""Errors become answers here and nowhere else: a card in the shell, JSON for the API."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from host.engine.guard import new_error_id

from .cards import expired_card, status_card
from .doors import API_PREFIX

logger = logging.getLogger(__name__)


def handle_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _own_error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return error.response  # type: ignore[return-value] # made by us, with Flask's class
    if request.path.startswith(API_PREFIX):
        return _as_json(status, error.name, error.description, getattr(error, "data", None))
    if status == 403 and error.description in {"csrf", "origin"}:
        return expired_card()
    return status_card(status)


def _own_error(error: Exception) -> Response:
    error_id = new_error_id()
    logger.error("%s while serving %s %s", error_id, request.method, request.path, exc_info=error)
    if request.path.startswith(API_PREFIX):
        return _as_json(500, "Internal Server Error", f"An error of the host itself, {error_id}.")
    return status_card(500, error_id=error_id)


def _as_json(status: int, name: str, message: str | None, data: dict[str, Any] | None = None) -> Response:
    body: dict[str, Any] = {"code": status, "status": name, "message": message}
    if data and "messages" in data:
        body["errors"] = data["messages"]
    response = jsonify(body)
    response.status_code = status
    return response
