"""The way from an address to a plugin's page: find the tab, check who may, call the plugin."""

from __future__ import annotations

import io
import logging
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, g, redirect, request
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TabhostError
from host.api.runtime import serving
from host.api.values import Plain, Tab
from host.domain.errors import PluginFault
from host.engine.guard import guarded, new_error_id
from host.engine.plugin import Plugin
from host.services.people import show_once
from host.services.scope import Scope

from .answers import check, is_redirect, passed_on
from .cards import fault_card, status_card
from .doors import SAFE_METHODS, with_account
from .plugin_host import PluginHost
from .shell import (
    actor,
    address,
    draw,
    household,
    language,
    page,
    say,
    signed_in,
    switched_off,
    timezone,
    visible_tabs,
)

tabs = Blueprint("tabs", __name__)
logger = logging.getLogger(__name__)

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
PASSED_VARIABLES = (
    "CONTENT_TYPE",
    "HTTP_ACCEPT",
    "HTTP_HOST",
    "HTTP_IF_NONE_MATCH",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_METHOD",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "wsgi.errors",
    "wsgi.multiprocess",
    "wsgi.multithread",
    "wsgi.run_once",
    "wsgi.url_scheme",
    "wsgi.version",
)
"""What a plugin sees of a request. Neither the session's cookie nor a token is among it."""
STATUS_OF = {InputError: 422, NotFoundError: 404, ConflictError: 409, NotAllowedError: 403}


@tabs.get("/")
@with_account
def first_tab() -> AnyResponse:
    """Go to the first tab that the person may see."""
    seen = visible_tabs()
    if not seen:
        return page(draw("pages/empty.html"), say(Plain("Tabhost")))
    return redirect(address(*seen[0]), 303)


@tabs.route("/tabs/<plugin>/", defaults={"rest": ""}, methods=METHODS)
@tabs.route("/tabs/<plugin>/<path:rest>", methods=METHODS)
@with_account  # what the plugin's own route asks for is checked below, before the plugin is called
def tab_page(plugin: str, rest: str) -> AnyResponse:
    """Any page of any plugin."""
    found = household().house.registry.get(plugin)
    if found is None or found.app is None or plugin in switched_off():
        abort(404)
    tab = found.tab(rest.split("/", maxsplit=1)[0])
    if tab is None:
        abort(404)
    if not actor().may(tab.view):
        abort(403)
    try:
        permission = _permission(found)
    except RequestRedirect as elsewhere:
        # The path alone: behind a proxy, scheme and host are not what this process sees.
        return redirect(urlsplit(elsewhere.new_url)._replace(scheme="", netloc="").geturl(), 308)
    if not actor().may(permission):
        abort(403)
    return _answer(found, found.app, tab)


def _permission(plugin: Plugin) -> str:
    """What the plugin's own route for this address asks for; the plugin itself is not asked."""
    method = "GET" if request.method == "HEAD" else request.method
    addresses = plugin.addresses.bind(request.host, url_scheme=request.scheme)
    query = request.query_string.decode("latin-1")
    permission, _ = addresses.match(request.path, method, query_args=query)
    return str(permission)


def _answer(plugin: Plugin, app: Flask, tab: Tab) -> Response:
    title, current = say(tab.title, plugin.id), (plugin.id, tab.id)
    scope = Scope(
        house=household().house,
        actor=actor(),
        locale=language(),
        timezone=timezone(),
        writes=request.method not in SAFE_METHODS,
    )
    person = signed_in()
    host = PluginHost(scope, plugin, household().renderers, person.csrf_token if person else "")
    ledger = household().house.registry.ledger
    try:
        answer = guarded(ledger, plugin.id, lambda: _call(app, host, scope))
    except TabhostError as error:
        return _said_no(error, plugin, current)
    except PluginFault as fault:
        return fault_card(plugin, title, fault, current)
    finally:
        scope.finish(keep=False)  # nothing is left to undo where the call kept its work
    toasts = scope.toasts if answer.status_code < 400 else []
    if toasts and person and is_redirect(answer):
        show_once(household().house, g.session_token, (*person.toasts, *toasts))
    return passed_on(answer, title, current, toasts)


def _said_no(error: TabhostError, plugin: Plugin, current: tuple[str, str]) -> Response:
    """A card with the plugin's own sentence; only an error without a kind gets an id to look up."""
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)
    error_id = None
    if status == 500:
        error_id = new_error_id()
        logger.error("%s: the plugin %s raised without a kind", error_id, plugin.id, exc_info=error)
    return status_card(status, str(error), error_id, current)


def _call(app: Flask, host: PluginHost, scope: Scope) -> Response:
    """Serve the request in the plugin's own application; take the answer out whole; keep what was written."""
    body = request.get_data()
    environ = {key: value for key, value in request.environ.items() if key in PASSED_VARIABLES}
    environ |= {"SCRIPT_NAME": "", "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    with serving(host), app.request_context(environ):
        response = app.full_dispatch_request()
        response.direct_passthrough = False  # a file is taken out whole like everything else
        response.get_data()
        response.close()
    check(host.plugin, response)
    scope.finish(keep=response.status_code < 400)
    return response
