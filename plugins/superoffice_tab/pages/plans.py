"""The dialog Remove superfluous licences: who holds a licence, and what activating will do with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from flask import abort, redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response

from host.api import ConflictError, current_host, requires
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import owner_of
from superoffice_tab.domain.permissions import MANAGE
from superoffice_tab.services import planning

from .activation import current_pending
from .blueprint import pages
from .licences import show_licences
from .look import FEW, MANY, Look, look_of, pager_of
from .telling import in_words


class PlanSchema(Schema):
    """What was pressed, for whom, and what the dialog showed."""

    action = fields.String(
        required=True, validate=validate.OneOf(["remove", "reassign", "undo", "longest", "clear"])
    )
    user_id = fields.String(load_default="")
    to = fields.String(load_default="")
    holder = fields.String(load_default="")
    rows = fields.String(load_default="")
    after = fields.String(load_default="")
    before = fields.String(load_default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One holder as the dialog shows them.

    Args:
        days: Days since they last signed in; None where they never did.
        instead: Display name of what they get instead; "" for nothing.
    """

    holder: planning.HolderRow
    days: int | None
    instead: str


@pages.get("/<tab>/activate/<code>")
@requires(MANAGE)
def show_holders(tab: str, code: str) -> str | Response:
    """The holders of a licence that has fewer places in the set that waits."""
    return _dialog(tab, code, look_of(request.args)) or redirect(current_host.url(tab), 303)


@pages.post("/<tab>/plan/<code>")
@requires(MANAGE)
@use_args(PlanSchema(), location="form")
def change_plan(chosen: dict[str, str], tab: str, code: str) -> str | Response | tuple[str, int]:
    """Choose for one holder, or for as many as are to be removed. Nothing takes effect before Activate."""
    owner, work, actor, clock = (
        owner_of(tab),
        current_host.work,
        current_host.actor,
        current_host.clock,
    )
    look = look_of(chosen)
    try:
        match chosen["action"]:
            case "remove" | "reassign":
                to = chosen["to"] if chosen["action"] == "reassign" else None
                planning.plan(owner, code, chosen["user_id"], to, work=work, actor=actor, clock=clock)
            case "undo":
                planning.unplan(owner, code, chosen["user_id"], work=work)
            case "longest":
                planning.plan_longest_unused(owner, code, work=work, actor=actor, clock=clock)
            case _:
                planning.clear(owner, code, work=work)
    except planning.PlanRefusedError as error:
        if chosen["action"] == "reassign":  # still the person for whom something is being chosen
            look = replace(look, picking=error.user_id)
        shown = _dialog(tab, code, look, error)
        if shown is None:
            raise ConflictError(in_words(error)) from error
        return shown, 409
    return redirect(current_host.url(tab, f"activate/{code}", **look.query()), 303)


def _dialog(tab: str, code: str, look: Look, problem: planning.PlanRefusedError | None = None) -> str | None:
    session, owner = current_host.session, owner_of(tab)
    waiting = current_pending(tab)
    if waiting is None:
        return None
    licence = next((each for each in waiting.changes if each.name == code), None)
    if licence is None:
        return None if problem else abort(404)
    look, page = _page(owner, code, look)
    titles = {each.name: each.title for each in waiting.changes}
    targets = planning.targets(owner, code, look.picking, session=session) if look.picking else []
    dialog = current_host.render(
        "activate/holders.html",
        tab=tab,
        page=page,
        rows=[_line(row, titles) for row in page.rows],
        licence=licence,
        look=look,
        pager=pager_of(look, page, partial(current_host.url, tab, f"activate/{code}")),
        targets=targets,
        problem=in_words(problem) if problem else "",
    )
    return show_licences(tab, waiting) + dialog


def _page(owner: str, code: str, look: Look) -> tuple[Look, planning.HolderPage]:
    """What is shown of the holders; from the first on where there is nothing left at that place."""
    ask = partial(planning.holders, owner, code, session=current_host.session, search=look.search)
    page = ask(limit=FEW if look.first is None else MANY, turn=look.turn)
    if not page.rows and page.total:
        look = replace(look, first=0, after="", before="")
        page = ask(limit=MANY)
    return look, page


def _line(row: planning.HolderRow, titles: dict[str, str]) -> Line:
    zone = current_host.installation_timezone
    day = today(current_host.clock(), zone)
    since = None if row.last_login is None else (day - today(row.last_login, zone)).days
    instead = "" if row.planned in (None, planning.REMOVE) else titles.get(row.planned, row.planned)
    return Line(holder=row, days=since, instead=instead)
