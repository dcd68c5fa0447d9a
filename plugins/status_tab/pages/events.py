"""System notifications: the list that updates by itself, and the dialogs Add, Edit and End."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from host.api import N_, ConflictError, InputError, NotAllowedError, current_host, requires
from status_tab.circumstances import event_types, startable
from status_tab.domain.cancelling import verdict
from status_tab.domain.events import EventChange, Status
from status_tab.schemas.event_forms import BY_HAND, SCOPES, AddForm, EditForm, shown
from status_tab.services import cancelling, editing
from status_tab.services.events import get_event, start_event
from status_tab.services.list_state import list_state

from .blueprint import pages
from .event_words import ONLY_SEEN, WHILE_IT_LASTS, ending_does
from .form_parser import FormError, read_form
from .notices import SCOPES as SCOPE_WORDS
from .notices import Look, look_of, notice_rows, read_notices
from .status import status_page

VIEW, MANAGE = "status.view", "status.manage"
EVENT = "/status/events/<int:number>"
CHANGED = N_("Somebody else changed it in the meantime. The fields show what it says now.")
Answer = str | AnyResponse | tuple[str, int]


@pages.get("/status/events")
@requires(VIEW)
def show_events() -> Answer:
    """The list alone, for whoever looks at it already: 304 where nothing in it has changed."""
    look, now = look_of(request.args), current_host.clock()
    if request.headers.get("HX-Request") != "true":
        return redirect(current_host.url("status", "", **look.query()), 303)
    state = list_state(look, session=current_host.session, now=now, zone=_zone())
    if request.if_none_match.contains_weak(state):
        answer = Response(status=304)
    else:
        answer = Response(current_host.render("status/notifications.html", notices=read_notices(look)))
    answer.set_etag(state)
    return answer


@pages.get("/status/events/add")
@requires(MANAGE)
def show_add() -> Answer:
    """The dialog *Add event*."""
    return _add({"key": BY_HAND[0], "scope": SCOPES[0].value, "ends_itself": "yes"})


@pages.post("/status/events/add")
@requires(MANAGE)
def add() -> Answer:
    """Start an event, or announce it; or show what is wrong beside the fields."""
    try:
        types = startable(None).by_hand
        new = read_form(AddForm(zone=_zone(), now=current_host.clock(), types=types))
    except FormError as error:
        return _add(request.form, error.errors), 422
    work, actor, clock = current_host.work, current_host.actor, current_host.clock
    title = current_host.translate(types[new.key].title)
    try:
        number = start_event(new, work=work, actor=actor, clock=clock, types=types)
    except ConflictError:
        taken = N_("%(title)s is open already. Nothing was added. Edit or end that one.", title=title)
        return _add(request.form, problem=current_host.translate(taken)), 409
    current_host.toast(N_("%(title)s was added.", title=title))
    return redirect(current_host.url("status", event=number), 303)


@pages.get(f"{EVENT}/edit")
@requires(MANAGE)
def show_edit(number: int) -> Answer:
    """The dialog *Edit*; back to the list where the event has ended."""
    event = get_event(number, session=current_host.session)
    if event.status(current_host.clock()) is Status.FINISHED:
        return _back(number)
    return _edit(number, _values(editing.as_change(event)))


@pages.post(f"{EVENT}/edit")
@requires(MANAGE)
def edit(number: int) -> Answer:
    """Keep what was changed; or show what is wrong beside the fields."""
    there = editing.as_change(get_event(number, session=current_host.session))
    if request.form.get("seen") != _print(there):
        return _edit(number, _values(there), problem=current_host.translate(CHANGED)), 409
    clock = current_host.clock
    try:
        change = read_form(EditForm(there, zone=_zone(), now=clock()))
        editing.edit_event(number, change, seen=there, work=current_host.work, clock=clock)
    except FormError as error:
        return _edit(number, request.form, error.errors), 422
    except InputError as error:
        return _edit(number, request.form, problem=error.in_words(current_host.translate)), 422
    current_host.toast(N_("The event was changed."))
    return _back(number)


@pages.get(f"{EVENT}/end")
@requires(VIEW)  # whoever started an event may end it: the service asks
def show_end(number: int) -> Answer:
    """The dialog that asks before an event is ended; it says why where that cannot be."""
    return _end(number)


@pages.post(f"{EVENT}/end")
@requires(VIEW)
def end(number: int) -> Answer:
    """End an event, or say why not."""
    emergency = request.form.get("emergency") == "yes"
    work, actor, clock = current_host.work, current_host.actor, current_host.clock
    try:
        cancelling.cancel_event(
            number, emergency=emergency, work=work, actor=actor, clock=clock, types=event_types()
        )
    except (ConflictError, NotAllowedError) as error:
        status = 403 if isinstance(error, NotAllowedError) else 409
        return _end(number, cancelling.in_words(error, current_host.translate)), status
    current_host.toast(N_("The event was ended."))
    return _back(number)


def _zone() -> ZoneInfo:
    return ZoneInfo(current_host.timezone)


def _look(number: int | None = None) -> Look:
    asked = look_of(request.args)
    return Look(show=asked.show, event=number or asked.event)


def _back(number: int) -> AnyResponse:
    return redirect(current_host.url("status", "", **_look(number).query()), 303)


def _add(values: Mapping[str, str], errors: Mapping[str, str] | None = None, problem: str = "") -> str:
    look = _look()
    return status_page(look) + current_host.render(
        "events/add.html",
        query=look.query(),
        types=[
            (key, each.title, WHILE_IT_LASTS.get(key, ONLY_SEEN))
            for key, each in startable(None).by_hand.items()
        ],
        scopes=[(each.value, SCOPE_WORDS[each]) for each in SCOPES],
        values=values,
        errors=errors or {},
        problem=problem,
    )


def _edit(
    number: int, values: Mapping[str, str], errors: Mapping[str, str] | None = None, problem: str = ""
) -> str:
    look, now = _look(number), current_host.clock()
    event = get_event(number, session=current_host.session)
    (row,) = notice_rows([event], now, event_types())
    return status_page(look) + current_host.render(
        "events/edit.html",
        query=look.query(),
        row=row,
        started=row.state is not Status.SCHEDULED,
        seen=_print(editing.as_change(event)),
        values=values,
        errors=errors or {},
        problem=problem,
    )


def _end(number: int, problem: str = "") -> str:
    look, now = _look(number), current_host.clock()
    event = get_event(number, session=current_host.session)
    types = event_types()
    (row,) = notice_rows([event], now, types)
    return status_page(look) + current_host.render(
        "events/end.html",
        query=look.query(),
        row=row,
        scheduled=row.state is Status.SCHEDULED,
        does=ending_does(event, row.state),
        ending=verdict(event, current_host.actor, now, types),
        problem=problem,
    )


def _values(change: EventChange) -> dict[str, Any]:
    """What the fields of *Edit* hold."""
    return {
        "message": change.message,
        "description": change.description,
        "starts": shown(change.starts, _zone()),
        "eta": shown(change.eta, _zone()),
        "ends_itself": "yes" if change.ends_itself else "",
    }


def _print(change: EventChange) -> str:
    """Tells whether an event still says what somebody saw."""
    return hashlib.sha256(repr(change).encode("utf-8", "surrogatepass")).hexdigest()[:16]
