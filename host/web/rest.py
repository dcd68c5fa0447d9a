"""The host's own JSON API, and the description of all there is at ``/api/v1/openapi.json``."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from host.api.runtime import requires
from host.engine.api_words import SilentApi
from host.engine.description import merged
from host.engine.plugin import State
from host.engine.plugin_app import OPENAPI_VERSION
from host.engine.prefixes import API
from host.services.plugins import PluginView, list_plugins

from .audit_api import audit_api
from .described import asked_by_host, asked_by_plugin, secured
from .own_account import OWN_APIS
from .people_api import people_api
from .plugin_api import PluginIdConverter, plugin_api
from .roles_api import roles_api
from .visitor import actor, household, switched_off

plugins_api = Blueprint("plugins_api", __name__, url_prefix=API, description="Installed plugins")


class PluginSchema(Schema):
    """One installed plugin."""

    id = fields.String(metadata={"description": "Plugin id, the name of its entry point"})
    distribution = fields.String(metadata={"description": "Package that ships it"})
    version = fields.String(metadata={"description": "Version of that package"})
    builtin = fields.Boolean(metadata={"description": "Whether it comes with the product"})
    remote = fields.Boolean(metadata={"description": "Whether it runs in a process of its own"})
    pid = fields.Integer(allow_none=True, metadata={"description": "Its process, where that is running now"})
    memory = fields.Integer(
        allow_none=True, metadata={"description": "Memory of that process in bytes, where it can be read"}
    )
    state = fields.Enum(State, by_value=True, metadata={"description": "Where it stands"})
    reason = fields.String(metadata={"description": "Why it is rejected, else empty"})
    tabs = fields.List(fields.String(), metadata={"description": "Ids of its tabs"})
    calls = fields.Integer(metadata={"description": "Guarded calls since the host started"})
    faults = fields.Integer(metadata={"description": "How many of them failed"})
    p50 = fields.Float(allow_none=True, metadata={"description": "Median duration in milliseconds"})
    p95 = fields.Float(allow_none=True, metadata={"description": "95th percentile in milliseconds"})
    last_error_id = fields.String(metadata={"description": "Id of the newest fault, else empty"})
    last_trace = fields.String(
        metadata={"description": "End of its traceback for those who may see it, else empty"}
    )
    last_fault_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When it happened, in UTC"}
    )


@plugins_api.get("/plugins")
@requires("host.plugins.view")
@plugins_api.response(200, PluginSchema(many=True))
def plugins() -> list[PluginView]:
    """List all installed plugins with their state and how they behave."""
    return list_plugins(household().house, actor())


class HostApi(SilentApi):
    """The host's API: whoever is signed in may read what it and the plugins that are on can do."""

    def _openapi_json(self) -> Response:
        """The host's own description with those of plugins. Calling is another matter: default deny."""
        serving = [each for each in household().house.registry.admitted() if each.id not in switched_off()]
        document = merged(self.spec.to_dict(), [(each.id, each.description) for each in serving])
        asked = dict(asked_by_host(current_app))
        for each in serving:
            asked |= asked_by_plugin(each)
        return jsonify(secured(document, asked))


def mount_api(app: Flask, version: str) -> None:
    """Register the JSON API, the way to those of plugins, and the description of both."""
    options: dict[str, Any] = {
        "API_TITLE": "Tabhost",
        "API_VERSION": version,
        "OPENAPI_VERSION": OPENAPI_VERSION,
        "OPENAPI_URL_PREFIX": API,
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    app.config.update(options)
    api = HostApi(app)
    for each in (plugins_api, people_api, roles_api, audit_api, *OWN_APIS):
        api.register_blueprint(each)
    app.url_map.converters["plugin_id"] = PluginIdConverter
    app.register_blueprint(plugin_api)
