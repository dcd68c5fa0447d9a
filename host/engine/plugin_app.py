"""The Flask application of one plugin: its blueprint and nothing else.

Each plugin has an application of its own, so that it can neither shadow a template nor hang an error
handler on somebody else's pages, and so that the way from the host to it is the same whether it
stands in this process or in another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from host.api.runtime import PERMISSION_MARK
from host.api.values import Route
from host.domain.errors import RejectedError

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


def make_plugin_app(plugin: str, blueprint: Blueprint, package: str) -> Flask:
    """An application that serves *blueprint* under ``/tabs/<plugin>``.

    Raises:
        RejectedError: `host_pages` did not return a blueprint.
    """
    if not isinstance(blueprint, Blueprint):
        raise RejectedError(f"host_pages() returned {type(blueprint).__name__}, expected a flask.Blueprint.")
    app = Flask(package, static_folder=None, template_folder=None)
    app.request_class = PluginRequest
    app.session_interface = _ClosedSessions()
    app.register_blueprint(blueprint, name=plugin, url_prefix=f"/tabs/{plugin}")
    app.register_error_handler(HTTPException, _explain)
    return app


def _explain(error: HTTPException) -> Response:
    """Hand an HTTP error on as a sentence, or as none if the plugin has no words of its own."""
    words = "" if error.description == type(error).description else error.description or ""
    response = Response(words, error.code or 500, mimetype="text/plain")
    response.headers[EXPLAINED] = "1"
    return response


def routes_of(plugin: str, app: Flask) -> list[Route]:
    """The addresses of a plugin, each with its permission.

    Raises:
        RejectedError: A route declares no permission, or stands outside the plugin's prefix.
    """
    found: list[Route] = []
    prefix = f"/tabs/{plugin}/"
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(prefix):
            raise RejectedError(f"The route {rule.rule} stands outside {prefix}.")
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
