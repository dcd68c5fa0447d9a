"""The host's own JSON API, described at ``/api/v1/openapi.json``."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from host.api.runtime import requires
from host.engine.plugin import State
from host.services.plugins import PluginView, list_plugins

from .visitor import household

plugins_api = Blueprint("plugins_api", __name__, url_prefix="/api/v1", description="Installed plugins")


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
    last_trace = fields.String(metadata={"description": "End of its traceback, else empty"})
    last_fault_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When it happened, in UTC"}
    )


@plugins_api.get("/plugins")
@requires("host.plugins.view")
@plugins_api.response(200, PluginSchema(many=True))
def plugins() -> list[PluginView]:
    """List all installed plugins with their state and how they behave."""
    return list_plugins(household().house)


class HostApi(Api):
    """The library's API object, without its error handlers: `web.errors` answers for pages and API alike."""

    def _register_error_handlers(self) -> None:
        """Nothing: see the class."""


def mount_api(app: Flask, version: str) -> None:
    """Register the JSON API and its description."""
    options: dict[str, Any] = {
        "API_TITLE": "Tabhost",
        "API_VERSION": version,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    app.config.update(options)
    HostApi(app).register_blueprint(plugins_api)
