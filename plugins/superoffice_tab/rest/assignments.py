"""Who holds what, as JSON: listed, given and taken back."""

from __future__ import annotations

from typing import Any

from host.api import current_host, requires
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.lookups import code_of, licence_of
from superoffice_tab.schemas.api_parts import PartSchema
from superoffice_tab.schemas.api_people import (
    AssignmentSchema,
    AssociatesSchema,
    HoldersSchema,
    OutcomeSchema,
    WhichAssociatesSchema,
    WhomSchema,
)
from superoffice_tab.services import assigning, people_list
from superoffice_tab.services.assigning import Outcome
from superoffice_tab.services.people_list import PersonRow

from .blueprint import rest


@rest.get("/associates")
@requires(VIEW)
@rest.arguments(WhichAssociatesSchema, location="query")
@rest.response(200, AssociatesSchema)
def list_associates(wanted: dict[str, Any]) -> dict[str, Any]:
    """List associates with the licences they were given."""
    page = people_list.people(current_host.session, **wanted)
    return {"total": page.total, "associates": page.rows}


@rest.get("/owners/<owner>/licences/<code>/holders")
@requires(VIEW)
@rest.arguments(PartSchema, location="query")
@rest.response(200, HoldersSchema)
@rest.alt_response(404, "NOT_FOUND")
def list_holders(part: dict[str, Any], owner: str, code: str) -> dict[str, Any]:
    """List who holds a licence, or a plan that it comes with; retired people are left out."""
    found, opened = licence_of(owner, code)
    page = people_list.people(current_host.session, owner=found.name, code=opened.licence.code, **part)
    holders = [_holder(each, each.weight(found.name, opened.carriers)) for each in page.rows]
    return {"total": page.total, "holders": holders}


@rest.put("/owners/<owner>/licences/<code>/holders")
@requires(MANAGE)
@rest.arguments(AssignmentSchema)
@rest.response(200, OutcomeSchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def assign(wanted: dict[str, Any], owner: str, code: str) -> list[Outcome]:
    """Give a licence to people in turn: the last free one goes to the first of them.

    Each has an outcome; whoever is refused does not keep the others from getting it.
    """
    return assigning.assign(
        *(owner, code_of(owner, code), wanted["user_ids"]),
        weight=wanted["weight"],
        instead_of_plan=wanted["instead_of_plan"],
        work=current_host.work,
        clock=current_host.clock,
        timezone=current_host.installation_timezone,
    )


@rest.delete("/owners/<owner>/licences/<code>/holders")
@requires(MANAGE)
@rest.arguments(WhomSchema)
@rest.response(200, OutcomeSchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def release(wanted: dict[str, Any], owner: str, code: str) -> list[Outcome]:
    """Take a licence back from people; each has an outcome."""
    return assigning.release(
        *(owner, code_of(owner, code), wanted["user_ids"]),
        work=current_host.work,
        clock=current_host.clock,
        timezone=current_host.installation_timezone,
    )


def _holder(person: PersonRow, weight: int) -> dict[str, Any]:
    told = {name: getattr(person, name) for name in PersonRow.__dataclass_fields__}
    return {**told, "weight": weight}
