"""The dialogs Activate new licence and Put back: drawn over the list, and pages of their own too."""

from __future__ import annotations

from dataclasses import asdict

from flask import redirect
from marshmallow import Schema, fields
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response

from host.api import N_, ConflictError, TabhostError, current_host, requires
from superoffice_tab.circumstances import circumstances, trusted
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.licences import SUPEROFFICE, owner_of, tab_of
from superoffice_tab.domain.permissions import MANAGE
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.services import activating, putting_back
from superoffice_tab.services.owners import owner_names
from superoffice_tab.services.pending import PendingView, discard, pending
from superoffice_tab.services.refusals import CompanyNotConfirmedError, RefusedError

from .blueprint import pages
from .licences import show_licences
from .telling import in_words

Answer = str | Response | tuple[str, int]


class SeenSchema(Schema):
    """Which set the person saw: another may wait by now."""

    seq = fields.Integer(required=True)


class ActivationSchema(SeenSchema):
    """The same, with what was typed to confirm a new identity of the installation."""

    serial = fields.String(load_default="")
    company = fields.String(load_default="")


@pages.get("/<tab>/activate")
@requires(MANAGE)
def show_activation(tab: str) -> Answer:
    """What the set that waits changes; back to the list where none does."""
    return _activation(tab) or redirect(current_host.url(tab), 303)


@pages.post("/<tab>/activate")
@requires(MANAGE)
@use_args(ActivationSchema(), location="form")
def activate(seen: dict[str, str | int], tab: str) -> Answer:
    """Put the set in force that the person saw, with everything that was planned, or nothing."""
    typed = Confirmation(serial=str(seen["serial"]).strip(), company=str(seen["company"]).strip())
    try:
        done = activating.activate(
            owner_of(tab), seq=int(seen["seq"]), confirmed=typed, roots=trusted(), **circumstances()
        )
    except (ConflictError, VerdictError) as error:
        shown = _activation(tab, error, typed)
        if shown is None:
            # Somebody else was faster: there is nothing left to show it beside.
            raise ConflictError(in_words(error)) from error
        return shown, 422 if isinstance(error, VerdictError) else 409
    current_host.toast(N_("Set %(number)s of %(owner)s is in force.", number=done.seq, owner=done.owner))
    current_host.tabs_changed()
    mark_tabs(done.owner)
    return redirect(current_host.url(tab), 303)


@pages.post("/<tab>/discard")
@requires(MANAGE)
@use_args(SeenSchema(), location="form")
def discard_set(seen: dict[str, int], tab: str) -> Answer:
    """Forget the set that was seen, and its plan; the tab of an owner who has nothing else goes with it."""
    owner = owner_of(tab)
    try:
        discard(owner, seq=seen["seq"], work=current_host.work)
    except RefusedError as error:
        return _activation(tab, error) or "", 409
    current_host.tabs_changed()
    mark_tabs(owner)
    current_host.toast(N_("The new licence was discarded. What is in force has not changed."))
    stays = owner in owner_names(current_host.session)
    return redirect(current_host.url(tab if stays else tab_of(SUPEROFFICE)), 303)


@pages.get("/<tab>/put-back")
@requires(MANAGE)
def show_put_back(tab: str) -> Answer:
    """What undoing the last activation does; back to the list where there is nothing to undo."""
    return _put_back(tab) or redirect(current_host.url(tab), 303)


@pages.post("/<tab>/put-back")
@requires(MANAGE)
@use_args(SeenSchema(), location="form")
def put_back(seen: dict[str, int], tab: str) -> Answer:
    """Undo the last activation, or nothing."""
    try:
        done = putting_back.put_back(owner_of(tab), seq=seen["seq"], roots=trusted(), **circumstances())
    except (ConflictError, VerdictError) as error:
        shown = _put_back(tab, in_words(error))
        if shown is None:
            raise ConflictError(in_words(error)) from error
        return shown, 422 if isinstance(error, VerdictError) else 409
    mark_tabs(done.owner)
    current_host.toast(
        N_("Set %(number)s of %(owner)s is in force again.", number=done.seq, owner=done.owner)
    )
    return redirect(current_host.url(tab), 303)


def current_pending(tab: str) -> PendingView | None:
    """The set that waits for the owner of *tab*, judged as things are now."""
    return pending(
        owner_of(tab),
        session=current_host.session,
        roots=trusted(),
        timezone=current_host.installation_timezone,
        clock=current_host.clock,
    )


def _activation(tab: str, error: TabhostError | None = None, typed: Confirmation | None = None) -> str | None:
    waiting = current_pending(tab)
    if waiting is None:
        return None
    wrong = _not_typed(waiting, typed) if typed and waiting.verdict is None and _asks(error) else []
    dialog = current_host.render(
        "activate/dialog.html",
        tab=tab,
        waiting=waiting,
        problem=_problem(error, waiting, wrong),
        typed=asdict(typed) if typed else {},
        wrong=wrong,
    )
    return show_licences(tab, waiting) + dialog


def _asks(error: TabhostError | None) -> bool:
    """Whether it wants something typed."""
    return isinstance(error, CompanyNotConfirmedError) or (
        isinstance(error, VerdictError) and error.verdict is Verdict.SERIAL
    )


def _not_typed(waiting: PendingView, typed: Confirmation) -> list[str]:
    asked = {"serial": waiting.new_serial, "company": waiting.new_company}
    given = asdict(typed)
    return [name for name, value in asked.items() if value is not None and given[name] != value.strip()]


def _problem(error: TabhostError | None, waiting: PendingView, wrong: list[str]) -> str:
    """What is said of *error*: of a new serial number not whom to ask, for here it can be typed."""
    if error is None:
        return ""
    if isinstance(error, VerdictError) and "serial" in wrong:
        return current_host.translate(
            N_(
                "This file is for the serial number %(serial)s, which is not this installation's. Nothing "
                "was changed.",
                serial=waiting.serial,
            )
        )
    return in_words(error)


def _put_back(tab: str, problem: str = "") -> str | None:
    former = putting_back.preview(
        owner_of(tab),
        session=current_host.session,
        roots=trusted(),
        timezone=current_host.installation_timezone,
        clock=current_host.clock,
    )
    if former is None:
        return None
    dialog = current_host.render("activate/put_back.html", tab=tab, former=former, problem=problem)
    return show_licences(tab) + dialog
