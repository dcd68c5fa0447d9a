"""How fields are described in OpenAPI where apispec's own words would be wrong."""

from __future__ import annotations

from typing import Any

from flask_smorest import Api
from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """What `engine.plugin_app.json_error` answers."""

    code = fields.Integer(metadata={"description": "HTTP status"})
    status = fields.String(metadata={"description": "The same in words"})
    message = fields.String(metadata={"description": "What happened, and what to do"})
    errors = fields.Dict(metadata={"description": "What a schema refused, by place"})
    error_id = fields.String(metadata={"description": "Under which the log has it, where something failed"})


class SilentApi(Api):
    """flask-smorest's API object without its error handlers: the application answers for all it serves."""

    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        """Nothing: see the class."""

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(_decimal_text)


def _decimal_text(_: Any, field: fields.Field[Any], ret: dict[str, Any], **__: Any) -> dict[str, Any]:
    """A decimal that travels as text is no number: a reader would lose cents."""
    if not isinstance(field, fields.Decimal) or not field.as_string:
        return {}
    nullable = isinstance(ret.get("type"), list)
    return {"type": ["string", "null"] if nullable else "string", "format": "decimal"}
