"""What the forms on the page of a person send, and the dialogs that they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from host.engine.plugin_app import CSRF_FIELD


class WordsForm(Schema):
    """Name, language and time zone; "" for none of one's own."""

    full_name = fields.String(load_default="", validate=validate.Length(max=1000))
    language = fields.String(load_default="", validate=validate.Length(max=16))
    timezone = fields.String(load_default="", validate=validate.Length(max=64))
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


class RolesForm(Schema):
    """The roles that were ticked."""

    role = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The dialog that stands above the page.

    Args:
        name: Which template draws it: ``fragments/person_<name>.html``; "question" for a `Question`.
        values: What it shows.
        problem: What was wrong with what was sent; "" for nothing.
    """

    name: str
    values: dict[str, Any]
    problem: str = ""
