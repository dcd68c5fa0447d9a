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
from host.api.values import Plain, Tab
from host.domain.audit import come_from
from host.engine.declaring import Opening, ask_for_tabs
from host.engine.plugin import Plugin
from host.engine.plugin_app import API_PREFIX
from host.engine.runner.seal import Context, Key, peek
from host.engine.runner.wire import PASS_HEADER, SEAL_HEADER, WireError
from host.services.effects import Effects, packed
from host.services.house import Place
from host.services.scope import Scope

from .answers import accepted, accepted_json, check_headers
from .border import SCHEME_HEADER
from .envelope import fault, no, sealed
from .plugin_host import PluginHost, Renderers, Way
from .visits import answered
from .way_back import actor_in

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
        opening: How to give the plugin `current_host` while it is asked for its tabs.
    """

    def __init__(
        self,
        place: Place,
        plugin: Plugin,
        renderers: Renderers,
        key: Key,
        way: MakeWay,
        opening: Opening,
    ) -> None:
        self._place, self._plugin, self._renderers = place, plugin, renderers
        self._key, self._way, self._opening = key, way, opening

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
        come_from(context.origin)
        scope = self._scope(context)
        self._follow(context)
        try:
            return self._served(environ, body, scope, context, pass_)
        except TabhostError as error:
            return no(error, self._said(error, environ, scope.locale))
        except BaseException as error:
            return fault("".join(_format(error))[-LONGEST_TRACE:])
        finally:
            scope.finish(keep=False)  # nothing is left to undo where the call kept its work

    def _said(self, error: TabhostError, environ: dict[str, Any], language: str) -> str:
        """The sentence of *error* as its reader is told it: a person, or a program."""
        if environ["PATH_INFO"].startswith(API_PREFIX):
            return str(error)
        catalogues = self._renderers[self._plugin.id].catalogues
        return error.in_words(lambda text: catalogues.say(text, language))

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
            check_headers(self._plugin, response)  # before they go over the wire, which has bounds of its own
            # The host looks at every answer; here only those whose work it must not keep if it refuses.
            if scope.writes and environ["PATH_INFO"].startswith(API_PREFIX):
                accepted_json(self._plugin, response)
            elif scope.writes and tab is not None:
                accepted(self._plugin, tab, response, nonce="")
            return response

        response = answered(app, host, scope, environ, body, accept)
        if response.status_code >= 400:
            return sealed(response, "")
        note_tabs(self._plugin, scope.effects, self._opening)
        return sealed(response, packed(scope.effects, self._plugin.id))

    def _follow(self, context: Context) -> None:
        """Know the tabs that the host knows: they may have changed since this runner was started."""
        if context.tabs != tuple((each.id, each.scripts) for each in self._plugin.tabs):
            self._plugin.tabs = tabs_named(context.tabs)

    def _tab(self, environ: dict[str, Any]) -> Tab | None:
        parts = str(environ.get("PATH_INFO", "")).split("/")
        return self._plugin.tab(parts[3]) if len(parts) > 3 else None

    def _scope(self, context: Context) -> Scope:
        return Scope(
            place=self._place,
            actor=actor_in(context),
            locale=context.locale,
            timezone=context.timezone,
            writes=context.writes,
            time=_running_from(context.now),
        )


def note_tabs(plugin: Plugin, effects: Effects, opening: Opening) -> None:
    """Where *plugin* said that its tabs changed, ask for them on the store as it is now.

    What has been written stays written: if asking fails, the host blames the plugin and keeps the old tabs.
    """
    if plugin.id not in effects.changed:
        return
    try:
        effects.tabs = ask_for_tabs(plugin, opening)
    except BaseException as error:
        effects.trouble = "".join(_format(error))[-LONGEST_TRACE:]


def tabs_named(tabs: Iterable[tuple[str, bool]]) -> list[Tab]:
    """Tabs of which only the id is known, and whether they bring scripts: all that a runner needs."""
    return [Tab(id=name, title=Plain(name), view="", scripts=scripts) for name, scripts in tabs]


def _running_from(now: datetime) -> Callable[[], datetime]:
    """The host's clock, as it goes on since it was sent: all processes of an installation have one time."""
    started = _now()
    return lambda: now + timedelta(seconds=_now() - started)
