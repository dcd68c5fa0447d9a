"""The dialog Remove superfluous licences: who holds a licence, and what activating will do with them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response

from host.api import ConflictError, current_host, requires
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import owner_of
from superoffice_tab.services import planning

from .activation import current_pending
from .blueprint import pages
from .circumstances import in_words
from .licences import show_licences

FEW, MANY = 10, 500


class PlanSchema(Schema):
    """What was pressed, for whom, and what the dialog showed."""

    action = fields.String(
        required=True, validate=validate.OneOf(["remove", "reassign", "undo", "longest", "clear"])
    )
    user_id = fields.String(load_default="")
    to = fields.String(load_default="")
    holder = fields.String(load_default="")
    rows = fields.String(load_default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What of the holders is shown.

    Args:
        search: Only those with this in their user id or name.
        all: All of them, not only the first few.
        picking: User id of whose new licence is being chosen; "" for nobody's.
    """

    search: str = ""
    all: bool = False
    picking: str = ""


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
@requires("licence.manage")
def show_holders(tab: str, code: str) -> str | Response:
    """The holders of a licence that has fewer places in the set that waits."""
    look = Look(
        search=request.args.get("holder", "").strip()[:100],
        all=request.args.get("rows") == "all",
        picking=request.args.get("reassign", ""),
    )
    return _dialog(tab, code, look) or redirect(current_host.url(tab), 303)


@pages.post("/<tab>/plan/<code>")
@requires("licence.manage")
@use_args(PlanSchema(), location="form")
def change_plan(chosen: dict[str, str], tab: str, code: str) -> str | Response | tuple[str, int]:
    """Choose for one holder, or for as many as are to be removed. Nothing takes effect before Activate."""
    owner, work, actor, clock = (
        owner_of(tab),
        current_host.work,
        current_host.actor,
        current_host.clock,
    )
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
        shown = _dialog(
            tab, code, Look(search=chosen["holder"], all=chosen["rows"] == "all"), in_words(error)
        )
        if shown is None:
            raise ConflictError(in_words(error)) from error
        return shown, 409
    back = current_host.url(tab, f"activate/{code}", holder=chosen["holder"], rows=chosen["rows"])
    return redirect(back, 303)


def _dialog(tab: str, code: str, look: Look, problem: str = "") -> str | None:
    session, owner = current_host.session, owner_of(tab)
    waiting = current_pending(tab)
    if waiting is None:
        return None
    licence = next((each for each in waiting.changes if each.name == code), None)
    if licence is None:
        abort(404)
    page = planning.holders(owner, code, session=session, search=look.search, limit=MANY if look.all else FEW)
    titles = {each.name: each.title for each in waiting.changes}
    targets = planning.targets(owner, code, look.picking, session=session) if look.picking else []
    dialog = current_host.render(
        "activate/holders.html",
        tab=tab,
        page=page,
        rows=[_line(row, titles) for row in page.rows],
        licence=licence,
        look=look,
        targets=targets,
        problem=problem,
    )
    return show_licences(tab, waiting) + dialog


def _line(row: planning.HolderRow, titles: dict[str, str]) -> Line:
    zone = current_host.installation_timezone
    day = today(current_host.clock(), zone)
    since = None if row.last_login is None else (day - today(row.last_login, zone)).days
    instead = "" if row.planned in (None, planning.REMOVE) else titles.get(row.planned, row.planned)
    return Line(holder=row, days=since, instead=instead)
