"""The blueprint that all addresses of the JSON API register with, and what they have in common."""

from __future__ import annotations

from flask import abort, request
from flask_smorest import Blueprint
from marshmallow import ValidationError

from superoffice_tab.schemas.fields import storable

rest = Blueprint("superoffice_tab", __name__, description="Licences, and who holds them")


@rest.before_request
def refuse_what_no_name_has() -> None:
    """Answer 404 where an address has a character that no database keeps: nothing is called so."""
    for value in (request.view_args or {}).values():
        try:
            storable(str(value))
        except ValidationError:
            abort(404)
