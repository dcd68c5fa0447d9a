"""Undoing the last activation, as JSON."""

from __future__ import annotations

from host.api import requires
from superoffice_tab.circumstances import circumstances, trusted
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.lookups import put_back_of
from superoffice_tab.schemas.api_activation import PutBackSchema, PutBackViewSchema, SeenSchema
from superoffice_tab.services import putting_back

from .blueprint import rest
from .refusals import refusals_told


@rest.get("/owners/<owner>/put-back")
@requires(VIEW)
@rest.response(200, PutBackViewSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_put_back(owner: str) -> putting_back.PutBackView:
    """Show what putting the previous set back would do."""
    return put_back_of(owner)


@rest.post("/owners/<owner>/put-back")
@requires(MANAGE)
@rest.arguments(SeenSchema)
@rest.response(200, PutBackSchema)
@rest.alt_response(409, "CONFLICT")
@rest.alt_response(422, "UNPROCESSABLE_ENTITY")
def put_back(seen: dict[str, int], owner: str) -> putting_back.PutBack:
    """Undo the last activation, or nothing. The set that was undone waits afterwards."""
    with refusals_told(owner):
        done = putting_back.put_back(owner, seq=seen["seq"], roots=trusted(), **circumstances())
    mark_tabs(done.owner)
    return done
