"""The way from the host to a plugin: into its application in this process, or over the wire to its runner."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from string import punctuation
from urllib.parse import quote

from flask import Response

from host.domain.audit import origin_here
from host.engine.runner.client import Runners
from host.engine.runner.seal import Context
from host.engine.runner.wire import Call
from host.services.house import House
from host.services.notary import sealed_origin

from .envelope import opened
from .plugin_host import Renderers
from .transport import Accept, Transport, Visit
from .visits import answered
from .ways import host_here

SCHEME_HEADER = "X-Tabhost-Scheme"
PATH_SAFE = "/:@!$&'()*+,;=~-._"
SENT = {
    "CONTENT_TYPE": "Content-Type",
    "HTTP_ACCEPT": "Accept",
    "HTTP_HOST": "Host",
    "HTTP_HX_REQUEST": "HX-Request",
    "HTTP_IF_MATCH": "If-Match",
    "HTTP_IF_NONE_MATCH": "If-None-Match",
    "wsgi.url_scheme": SCHEME_HEADER,
}
"""What travels to a runner of what a plugin sees."""


def in_process(house: House, renderers: Renderers) -> Transport:
    """Into the application of a plugin that lives in this process."""

    def bring(visit: Visit, accept: Accept) -> Response:
        app = visit.plugin.app
        if app is None:
            raise LookupError(f"{visit.plugin.id} serves no pages")
        host = host_here(house, visit.scope, visit.plugin, renderers, visit.csrf_token)
        return answered(app, host, visit.scope, visit.environ, visit.body, accept)

    return bring


def over_the_wire(house: House, runners: Runners) -> Transport:
    """To the runner of a plugin that lives in a process of its own."""

    def bring(visit: Visit, accept: Accept) -> Response:
        answer = runners.call(visit.plugin.id, _call(visit), _context(house, visit))
        response, effects = opened(answer, visit.plugin.id)
        response = accept(response)
        if response.status_code < 400:
            visit.scope.effects = effects
        return response

    return bring


def either(house: House, renderers: Renderers, runners: Runners | None) -> Transport:
    """Wherever the plugin lives."""
    here = in_process(house, renderers)
    there: Callable[[Visit, Accept], Response] = over_the_wire(house, runners) if runners else here
    return lambda visit, accept: (there if visit.plugin.remote else here)(visit, accept)


def _call(visit: Visit) -> Call:
    environ = visit.environ
    path = quote(environ.get("PATH_INFO", "/").encode("latin-1"), safe=PATH_SAFE)
    # Some programs encode nothing in a query; the wire takes no letters beyond ASCII.
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe=punctuation)
    headers = {name: str(environ[key]) for key, name in SENT.items() if environ.get(key)}
    return Call(
        method=environ["REQUEST_METHOD"],
        target=f"{path}?{query}" if query else path,
        headers=headers,
        body=visit.body,
    )


def _context(house: House, visit: Visit) -> Context:
    scope = visit.scope
    return Context(
        plugin=visit.plugin.id,
        user_id=scope.actor.user_id,
        full_name=scope.actor.full_name,
        permissions=tuple(sorted(scope.actor.permissions)),
        roles=scope.actor.roles,
        locale=scope.locale,
        timezone=scope.timezone,
        csrf_token=visit.csrf_token,
        request_id=uuid.uuid4().hex,
        now=scope.clock(),
        generation=house.decisions.now().generation,
        writes=scope.writes,
        tabs=tuple((each.id, each.scripts) for each in visit.plugin.tabs),
        origin=sealed_origin(house.keys, origin_here()),
    )
