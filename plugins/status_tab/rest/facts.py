"""The rows that plugins add to the box *Database*, as JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from host.api import requires
from status_tab.facts import told

from .blueprint import rest


class FactSchema(Schema):
    """One row."""

    plugin = fields.String(metadata={"description": "Id of the plugin that tells it"})
    key = fields.String(metadata={"description": "Its name among the facts of the plugin"})
    label = fields.String(metadata={"description": "What stands on the left, in the reader's language"})
    value = fields.String(metadata={"description": "What stands on the right"})
    told = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When; null where it is asked each time"}
    )


@rest.get("/facts")
@requires("status.view")
@rest.response(200, FactSchema(many=True))
def list_facts() -> list[dict[str, Any]]:
    """List what plugins that are on add to what is told of the database: built-in ones first."""
    return told()
