"""The application inside a runner: it opens a sealed call, serves the plugin, and says how that ended."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from flask import Response
from werkzeug.wrappers import Request

from host.api.errors import TabhostError
from host.api.runtime import serving
from host.api.values import Actor, Tab
from host.engine.declaring import ask_for_tabs
from host.engine.plugin import Plugin
from host.engine.plugin_app import API_PREFIX
from host.engine.runner.seal import Context, Key, peek
from host.engine.runner.wire import PASS_HEADER, SEAL_HEADER, WireError
from host.services.effects import packed
from host.services.house import Place
from host.services.scope import Scope

from .answers import accepted, accepted_json
from .border import EFFECTS_HEADER, FAULT_HEADER, KINDS, SAID_HEADER, SCHEME_HEADER
from .plugin_host import PluginHost, Renderers, Way
from .visits import answered

LONGEST_TRACE = 8_000
SCHEMES = frozenset({"http", "https"})
MakeWay = Callable[[Context, str], Way]
"""The way back for one call, with the pass that came with it."""

# Bound now: the plugin, which is imported later, may put something else in their place.
_format, _now = traceback.format_exception, monotonic


class RunnerApp:
    """A WSGI application that serves one plugin to the host, and to nobody else.

    Args:
        place: This process.
        plugin: The plugin, admitted here.
        renderers: Its own renderer.
        key: What the host's calls are signed with.
        way: Makes the way back.
    """

    def __init__(self, place: Place, plugin: Plugin, renderers: Renderers, key: Key, way: MakeWay) -> None:
        self._place, self._plugin, self._renderers = place, plugin, renderers
        self._key, self._way = key, way

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one call."""
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: dict[str, Any]) -> Response:
        request = Request(environ)
        body = request.get_data()
        pass_ = request.headers.get(PASS_HEADER, "")
        target = environ.get("REQUEST_URI") or request.full_path.rstrip("?")
        try:
            self._key.verify(request.headers.get(SEAL_HEADER, ""), pass_, request.method, target, body)
            context = peek(pass_)
        except WireError as error:
            return Response(str(error), 403)
        if request.headers.get(SCHEME_HEADER) in SCHEMES:
            environ["wsgi.url_scheme"] = request.headers[SCHEME_HEADER]
        scope = self._scope(context)
        try:
            return self._served(environ, body, scope, context, pass_)
        except TabhostError as error:
            kind = next(name for name, each in KINDS.items() if isinstance(error, each))
            return Response(str(error), 200, headers={SAID_HEADER: kind})
        except BaseException as error:
            trace = "".join(_format(error))[-LONGEST_TRACE:]
            return Response(trace.encode("utf-8", "replace"), 500, headers={FAULT_HEADER: "1"})
        finally:
            scope.finish(keep=False)  # nothing is left to undo where the call kept its work

    def _served(
        self, environ: dict[str, Any], body: bytes, scope: Scope, context: Context, pass_: str
    ) -> Response:
        app = self._plugin.app
        if app is None:
            raise LookupError(f"{self._plugin.id} serves no pages")
        way = self._way(context, pass_)
        host = PluginHost(scope, self._plugin, self._renderers, way, context.csrf_token)
        tab = self._tab(environ)

        def accept(response: Response) -> Response:
            # The host looks at every answer; here only those whose work it must not keep if it refuses.
            if scope.writes and environ["PATH_INFO"].startswith(API_PREFIX):
                accepted_json(self._plugin, response)
            elif scope.writes and tab is not None:
                accepted(self._plugin, tab, response, nonce="")
            return response

        response = answered(app, host, scope, environ, body, accept)
        if response.status_code < 400:
            self._note_tabs(scope, way)
            line = packed(scope.effects, self._plugin.id)
            if line:
                response.headers[EFFECTS_HEADER] = line
        return response

    def _tab(self, environ: dict[str, Any]) -> Tab | None:
        parts = str(environ.get("PATH_INFO", "")).split("/")
        return self._plugin.tab(parts[3]) if len(parts) > 3 else None

    def _note_tabs(self, scope: Scope, way: Way) -> None:
        """Ask for the tabs again, on the store as it is now."""
        if self._plugin.id not in scope.effects.changed:
            return
        again = Scope(
            place=self._place,
            actor=scope.actor,
            locale=scope.locale,
            timezone=scope.timezone,
            writes=False,
            time=scope.time,
        )
        try:
            tabs = ask_for_tabs(
                self._plugin, lambda plugin: serving(PluginHost(again, plugin, self._renderers, way))
            )
        finally:
            again.finish(keep=False)
        self._plugin.tabs = tabs
        scope.effects.tabs = tabs

    def _scope(self, context: Context) -> Scope:
        actor = Actor(
            user_id=context.user_id,
            full_name=context.full_name,
            permissions=frozenset(context.permissions),
            roles=context.roles,
        )
        return Scope(
            place=self._place,
            actor=actor,
            locale=context.locale,
            timezone=context.timezone,
            writes=context.writes,
            time=_running_from(context.now),
        )


def _running_from(now: datetime) -> Callable[[], datetime]:
    """The host's clock, as it goes on since it was sent: all processes of an installation have one time."""
    started = _now()
    return lambda: now + timedelta(seconds=_now() - started)
