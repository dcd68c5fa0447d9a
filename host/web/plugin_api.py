"""The way from an address to a plugin's JSON API: check who may, call the plugin, pass JSON on."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import (
    BadGateway,
    Conflict,
    Forbidden,
    GatewayTimeout,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
    UnprocessableEntity,
)
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TabhostError
from host.domain.errors import PluginFault
from host.engine.discovery import PLUGIN_ID, RESERVED_IDS
from host.engine.guard import new_error_id
from host.engine.plugin import Plugin
from host.engine.plugin_app import json_error
from host.engine.prefixes import API
from host.engine.runner.wire import BusyError, DeadlinePassedError

from .answers import accepted_json, passed_json
from .bringing import METHODS, brought, led_elsewhere, scope_here
from .doors import with_account
from .transport import Visit
from .visitor import household, switched_off

plugin_api = Blueprint("plugin_api", __name__)
logger = logging.getLogger(__name__)

NO = {
    InputError: UnprocessableEntity,
    NotFoundError: NotFound,
    ConflictError: Conflict,
    NotAllowedError: Forbidden,
}
"""What a plugin's own no is in HTTP."""


class PluginIdConverter(BaseConverter):
    """A plugin id in an address, never one of the host's own names: its own API goes first."""

    regex = rf"(?!(?:{'|'.join(sorted(RESERVED_IDS))})(?:/|\Z)){PLUGIN_ID.pattern}"


@plugin_api.route(f"{API}/<plugin_id:plugin>/", defaults={"rest": ""}, strict_slashes=False, methods=METHODS)
@plugin_api.route(f"{API}/<plugin_id:plugin>/<path:rest>", methods=METHODS)
@with_account  # what the plugin's own route asks for is checked below, before the plugin is called
def call(plugin: str, rest: str) -> AnyResponse:  # noqa: ARG001 - the plugin looks at the address itself
    """Any call of any plugin's API."""
    found = household().house.registry.get(plugin)
    if found is None or not found.has_api or plugin in switched_off():
        abort(404)
    return led_elsewhere(found) or _answer(found)


def _answer(plugin: Plugin) -> Response:
    environ, body = request.environ, request.get_data()
    visit = Visit(plugin=plugin, tab=None, scope=scope_here(), environ=environ, body=body)
    try:
        answer = brought(visit, lambda answer: accepted_json(plugin, answer))
    except TabhostError as error:
        return _said_no(error, plugin)
    except (PluginFault, BusyError) as fault:
        return _failed(fault, plugin)
    return passed_json(answer)  # toasts are for people, who see no JSON


def _said_no(error: TabhostError, plugin: Plugin) -> Response:
    """The plugin's own sentence; only an error without a kind gets an id to look up."""
    kind = next((each for known, each in NO.items() if isinstance(error, known)), None)
    if kind is not None:
        return json_error(kind(str(error)))
    error_id = new_error_id()
    logger.error("%s: the plugin %s raised without a kind", error_id, plugin.id, exc_info=error)
    return json_error(InternalServerError(str(error)), error_id=error_id)


def _failed(fault: PluginFault | BusyError, plugin: Plugin) -> Response:
    if isinstance(fault, BusyError):
        sentence = f"The plugin {plugin.id} is busy with other calls. Nothing was changed. Try again."
        return json_error(ServiceUnavailable(sentence), error_id="")
    if isinstance(fault.__cause__, DeadlinePassedError):
        sentence = f"The plugin {plugin.id} did not answer in time. It is started again."
        return json_error(GatewayTimeout(sentence), error_id=fault.error_id)
    sentence = f"The plugin {plugin.id} failed. Nothing was half-written."
    return json_error(BadGateway(sentence), error_id=fault.error_id)
