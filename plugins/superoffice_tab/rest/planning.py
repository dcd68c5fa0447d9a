"""What activating will do with holders, as JSON. Nothing takes effect before that."""

from __future__ import annotations

from typing import Any

from host.api import current_host, requires
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.lookups import code_of
from superoffice_tab.schemas.api_parts import PartSchema
from superoffice_tab.schemas.api_planning import ChosenSchema, InsteadSchema, PlanSchema, TargetSchema
from superoffice_tab.services import planning

from .blueprint import rest
from .refusals import refusals_told


@rest.get("/owners/<owner>/pending/plan/<code>")
@requires(VIEW)
@rest.arguments(PartSchema, location="query")
@rest.response(200, PlanSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_plan(part: dict[str, Any], owner: str, code: str) -> planning.HolderPage:
    """List the holders of a licence, and what is planned for them; of a hidden one, those it comes to."""
    return planning.holders(owner, code_of(owner, code), session=current_host.session, **part)


@rest.post("/owners/<owner>/pending/plan/<code>")
@requires(MANAGE)
@rest.response(200, ChosenSchema)
@rest.alt_response(404, "NOT_FOUND")
def choose_longest_unused(owner: str, code: str) -> dict[str, list[str]]:
    """Plan to take back from as many as still have to go: who signed in longest ago first."""
    chosen = planning.plan_longest_unused(
        owner,
        code_of(owner, code),
        work=current_host.work,
        actor=current_host.actor,
        clock=current_host.clock,
    )
    return {"user_ids": chosen}


@rest.delete("/owners/<owner>/pending/plan/<code>")
@requires(MANAGE)
@rest.response(204)
@rest.alt_response(404, "NOT_FOUND")
def clear(owner: str, code: str) -> None:
    """Forget what is planned for all holders of a licence."""
    planning.clear(owner, code_of(owner, code), work=current_host.work)


@rest.get("/owners/<owner>/pending/plan/<code>/<path:user_id>")
@requires(VIEW)
@rest.response(200, TargetSchema(many=True))
@rest.alt_response(404, "NOT_FOUND")
def list_targets(owner: str, code: str, user_id: str) -> list[planning.Target]:
    """List what a holder might get instead, by display name."""
    return planning.targets(owner, code_of(owner, code), user_id, session=current_host.session)


@rest.put("/owners/<owner>/pending/plan/<code>/<path:user_id>")
@requires(MANAGE)
@rest.arguments(InsteadSchema)
@rest.response(204)
@rest.alt_response(404, "NOT_FOUND")
@rest.alt_response(409, "CONFLICT")
def plan(wanted: dict[str, str | None], owner: str, code: str, user_id: str) -> None:
    """Plan to take the licence back from a holder, or to give them another one instead."""
    to = wanted["to"]
    with refusals_told(owner):
        planning.plan(
            *(owner, code_of(owner, code), user_id, None if to is None else code_of(owner, to)),
            work=current_host.work,
            actor=current_host.actor,
            clock=current_host.clock,
        )


@rest.delete("/owners/<owner>/pending/plan/<code>/<path:user_id>")
@requires(MANAGE)
@rest.response(204)
@rest.alt_response(404, "NOT_FOUND")
@rest.alt_response(409, "CONFLICT")
def unplan(owner: str, code: str, user_id: str) -> None:
    """Let a holder keep the licence."""
    with refusals_told(owner):
        planning.unplan(owner, code_of(owner, code), user_id, work=current_host.work)
