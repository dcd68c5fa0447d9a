"""The way from an address to a plugin's page: find the tab, check who may, call the plugin."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TabhostError
from host.api.values import Plain, Tab
from host.domain.errors import PluginFault
from host.engine.guard import new_error_id
from host.engine.plugin import Plugin
from host.engine.runner.wire import BusyError
from host.services.signing_in import show_once

from .answers import accepted, is_redirect, passed_on
from .bringing import METHODS, brought, led_elsewhere, scope_here
from .cards import NOT_HERE, fault_card, status_card
from .doors import make_nonce, with_account
from .freshness import plugins_own_tags
from .refusals import wanted
from .shell import address, draw, page, say, visible_tabs
from .texts import SOURCE_LANGUAGE
from .tokens import plugin_token
from .transport import Visit
from .visitor import actor, household, language, signed_in, switched_off

tabs = Blueprint("tabs", __name__)
logger = logging.getLogger(__name__)

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
    if found is None or not found.has_pages or plugin in switched_off():
        abort(404)
    tab = found.tab(rest.split("/", maxsplit=1)[0])
    if tab is None:
        abort(404)
    wanted(tab.view)
    if not actor().may(tab.view):
        abort(403)
    return led_elsewhere(found) or _answer(found, tab)


def _answer(plugin: Plugin, tab: Tab) -> Response:
    title, current = say(tab.title, plugin.id), (plugin.id, tab.id)
    person = signed_in()
    visit = _visit(plugin, tab, title, person.csrf_token if person else "")

    def accept(answer: Response) -> Response:
        return accepted(plugin, tab, answer, nonce=visit.nonce)

    try:
        answer = brought(visit, accept)
    except TabhostError as error:
        return _said_no(error, plugin, current)
    except (PluginFault, BusyError) as fault:
        return fault_card(plugin, title, fault, current)
    toasts = visit.scope.effects.toasts if answer.status_code < 400 else []
    if toasts and person and is_redirect(answer):
        show_once(household().house, g.session_token, (*person.toasts, *toasts))
    return passed_on(answer, title, current, toasts)


def _visit(plugin: Plugin, tab: Tab, title: str, csrf_token: str) -> Visit:
    tags = plugins_own_tags(request.headers.get("If-None-Match", ""), title, (plugin.id, tab.id))
    return Visit(
        plugin=plugin,
        tab=tab,
        scope=scope_here(),
        environ={**request.environ, "HTTP_IF_NONE_MATCH": tags},
        body=request.get_data(),
        csrf_token=csrf_token if plugin.builtin or not csrf_token else plugin_token(csrf_token, plugin.id),
        nonce=make_nonce() if tab.scripts else "",
    )


def _said_no(error: TabhostError, plugin: Plugin, current: tuple[str, str]) -> Response:
    """A card with the plugin's own sentence; only an error without a kind gets an id to look up.

    What was not found is told in English, for programs too; another reader gets the host's sentence.
    """
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)
    error_id = None
    if status == 500:
        error_id = new_error_id()
        logger.error("%s: the plugin %s raised without a kind", error_id, plugin.id, exc_info=error)
    if status == 404 and language() != SOURCE_LANGUAGE:
        return status_card(status, say(NOT_HERE), current=current)
    sentence = error.in_words(lambda text: say(text, plugin.id))
    # What a page cannot carry of its sentence, such as half a character, is a question mark.
    return status_card(status, sentence.encode("utf-8", "replace").decode(), error_id, current)
