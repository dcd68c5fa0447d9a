"""What pages and the JSON API of plugins share: whether one may, and bringing a visit to its plugin."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, redirect, request
from werkzeug.routing import MapAdapter, RequestRedirect

from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.services.scope import Scope
from host.services.settling import settle

from .doors import SAFE_METHODS
from .json_bodies import refuse_unreadable
from .refusals import wanted
from .transport import Accept, Visit
from .visitor import actor, household, language, timezone

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""What a plugin's route may take; HEAD comes with GET, and `led_elsewhere` answers OPTIONS."""


def led_elsewhere(plugin: Plugin) -> Response | None:
    """What is answered to a visit before the plugin is called; None if it may go on.

    That is where it must go instead, whose address lacks the slash of its route, and what OPTIONS asks for.
    Aborts with 404, 405 or 403 where it may not, and with 400 where nobody could read what it brings, before
    the plugin is called.
    """
    if request.method == "OPTIONS":
        return _options(plugin)
    try:
        permission = _permission_asked(plugin)
    except RequestRedirect as elsewhere:
        # The path alone: behind a proxy, scheme and host are not what this process sees.
        target = urlsplit(elsewhere.new_url)._replace(scheme="", netloc="").geturl()
        return redirect(target, 308)  # type: ignore[return-value] # werkzeug's type is the wider one
    wanted(permission)
    if not actor().may(permission):
        abort(403)
    refuse_unreadable()
    return None


def _options(plugin: Plugin) -> Response:
    """Which methods the plugin's own route for this address takes."""
    methods = set(_addresses(plugin).allowed_methods(request.path))
    if not methods:
        abort(404)
    answer = Response()
    answer.allow.update(methods | {"OPTIONS"})
    return answer


def _addresses(plugin: Plugin) -> MapAdapter:
    return plugin.addresses.bind(request.host, url_scheme=request.scheme)


def _permission_asked(plugin: Plugin) -> str:
    """What the plugin's own route for this address asks for; the plugin itself is not asked.

    Raises:
        NotFound: It has no such route.
        MethodNotAllowed: It has, for other methods.
        RequestRedirect: Its route has a slash at the end.
    """
    method = "GET" if request.method == "HEAD" else request.method
    query = request.query_string.decode("latin-1")
    permission, _ = _addresses(plugin).match(request.path, method, query_args=query)
    return str(permission)


def scope_here() -> Scope:
    """What belongs to this request."""
    return Scope(
        place=household().house,
        actor=actor(),
        locale=language(),
        timezone=timezone(),
        writes=request.method not in SAFE_METHODS,
    )


def brought(visit: Visit, accept: Accept) -> Response:
    """The plugin's answer to *visit*; what it did to the screen is done by now, if it succeeded.

    Args:
        visit: The request.
        accept: Looks at the answer before anything is kept.

    Raises:
        TabhostError: The plugin said no.
        PluginFault: It failed.
        BusyError: It was not called.
    """
    house = household().house
    try:
        answer = guarded(house.registry.ledger, visit.plugin.id, lambda: household().bring(visit, accept))
    finally:
        visit.scope.finish(keep=False)  # nothing is left to undo where the call kept its work
    if answer.status_code < 400:
        settle(house, visit.scope.effects, household().opening)
    return answer
