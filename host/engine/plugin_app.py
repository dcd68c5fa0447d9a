"""The Flask application of one plugin: its blueprints and nothing else.

Each plugin has an application of its own, so that it can neither shadow a template nor hang an error
handler on somebody else's pages, and so that the way from the host to it is the same whether it
stands in this process or in another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, Request, Response, jsonify, request
from flask.sessions import SessionInterface, SessionMixin
from flask_smorest import Blueprint as ApiBlueprint
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from host.api.runtime import PERMISSION_MARK
from host.api.schemas import first_problem
from host.api.values import Route
from host.domain.errors import RejectedError

from .api_words import SilentApi
from .description import part_of
from .prefixes import api_prefix, check_rule, pages_prefix

API_PREFIX = "/api/"
OPENAPI_VERSION = "3.1.0"
CSRF_FIELD = "csrf_token"
SILENT_METHODS = frozenset({"HEAD", "OPTIONS"})
EXPLAINED = "X-Tabhost-Explained"
"""Marks an answer that is a plain sentence about a failure, which the host draws as a card."""


class PluginRequest(Request):
    """A request without the host's own form fields. A blank field counts as not sent."""

    def _load_form_data(self) -> None:
        super()._load_form_data()
        kept = [
            (key, value)
            for key, value in self.__dict__["form"].items(multi=True)
            if key != CSRF_FIELD and value.strip()
        ]
        self.__dict__["form"] = ImmutableMultiDict(kept)


class _ClosedSession(dict[str, Any], SessionMixin):
    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(
            "flask.session is closed to plugins. Keep what belongs to a person in the plugin's own tables, "
            "under current_host.actor.user_id."
        )

    __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = _refuse
    get = setdefault = pop = update = clear = keys = values = items = popitem = _refuse


class _ClosedSessions(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """A session that refuses everything."""
        return _ClosedSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to keep."""


def make_plugin_app(plugin: str, package: str, blueprints: Mapping[str, object]) -> Flask:
    """An application that serves pages under ``/tabs/<plugin>`` and JSON under ``/api/v1/<plugin>``.

    Args:
        plugin: Plugin id.
        package: Import name of the package it lives in.
        blueprints: What ``host_pages`` and ``host_api`` returned, by the hook's name.

    Raises:
        RejectedError: A hook did not return a blueprint.
    """
    app = Flask(package, static_folder=None, template_folder=None)
    app.config["MAX_FORM_MEMORY_SIZE"] = None  # the host has bounded what is sent
    app.request_class = PluginRequest
    app.session_interface = _ClosedSessions()
    if "host_pages" in blueprints:
        pages = _checked(blueprints["host_pages"], "host_pages", Blueprint, "flask.Blueprint")
        app.register_blueprint(pages, name=plugin, url_prefix=pages_prefix(plugin).rstrip("/"))
    if "host_api" in blueprints:
        api = _checked(blueprints["host_api"], "host_api", ApiBlueprint, "flask_smorest.Blueprint")
        app.config.update(API_TITLE=plugin, API_VERSION="1", OPENAPI_VERSION=OPENAPI_VERSION)
        prefix = api_prefix(plugin).rstrip("/")
        SilentApi(app).register_blueprint(api, name=f"{plugin}_api", url_prefix=prefix)
    app.register_error_handler(HTTPException, _explain)
    return app


def _checked(blueprint: object, hook: str, kind: Any, expected: str) -> Any:
    if not isinstance(blueprint, kind):
        raise RejectedError(f"{hook}() returned {type(blueprint).__name__}, expected a {expected}.")
    return blueprint


def _explain(error: HTTPException) -> Response:
    """Hand an HTTP error on: as JSON in the API, else as a sentence, or none if there are no own words."""
    if request.path.startswith(API_PREFIX):
        return json_error(error)
    words = "" if error.description == type(error).description else error.description or ""
    response = Response(words, error.code or 500, mimetype="text/plain")
    response.headers[EXPLAINED] = "1"
    return response


def json_error(error: HTTPException, **more: str) -> Response:
    """An HTTP error as every API of this host tells it: in JSON, with what was wrong where.

    Args:
        error: The error; webargs and flask-smorest hang messages on it.
        more: What else to say, such as ``error_id``.
    """
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    errors = data.get("errors") or data.get("messages")
    said = data.get("message") or (_first_of(errors) if errors else error.description)
    body = {"code": error.code, "status": error.name, "message": said}
    if errors:
        body["errors"] = errors
    response = jsonify({**body, **more})
    response.status_code = error.code or 500
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _first_of(errors: Any) -> str:
    place, problem = first_problem(errors)
    return f"{place}: {problem}" if place else problem


def description_of(plugin: str, app: Flask) -> dict[str, Any]:
    """The plugin's part of the OpenAPI description; empty where it has no JSON API.

    Raises:
        RejectedError: It may not be shown.
    """
    extension = app.extensions.get("flask-smorest")
    return part_of(plugin, extension["apis"][""]["ext_obj"].spec.to_dict()) if extension else {}


def routes_of(plugin: str, app: Flask) -> list[Route]:
    """The addresses of a plugin, each with its permission.

    Raises:
        RejectedError: A route declares no permission, or stands outside the plugin's prefixes.
    """
    found: list[Route] = []
    for rule in app.url_map.iter_rules():
        check_rule(plugin, rule.rule)
        view = app.view_functions[rule.endpoint]
        by_permission: dict[str, list[str]] = {}
        for method in sorted((rule.methods or set()) - SILENT_METHODS):
            permission = _permission(view, method)
            if not permission:
                raise RejectedError(
                    f"The route {method} {rule.rule} declares no permission: "
                    '@requires("…") must stand directly below its route decorator.'
                )
            by_permission.setdefault(permission, []).append(method)
        found += [
            Route(rule=rule.rule, methods=tuple(methods), permission=permission)
            for permission, methods in by_permission.items()
        ]
    return found


def _permission(view: Callable[..., Any], method: str) -> str | None:
    """The mark on a view function, or on the method of a class-based view."""
    handler = getattr(getattr(view, "view_class", None), method.lower(), view)
    permission: str | None = getattr(handler, PERMISSION_MARK, None) or getattr(view, PERMISSION_MARK, None)
    return permission
