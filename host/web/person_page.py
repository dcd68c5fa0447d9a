"""The page of one person: what they may do and through which role, and everything that can be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import NotFoundError, TabhostError
from host.api.runtime import requires
from host.api.values import N_, Text
from host.domain.languages import LANGUAGES
from host.domain.people import folded
from host.services import looking_after
from host.storage.granting import Listed

from .fresh_proof import fresh
from .people_api import MANAGE, ONE, VIEW, check_sees_people, link_of
from .people_words import done, role_boxes, row_of, told
from .permission_words import grants_of
from .person_forms import Open, RolesForm, WordsForm
from .person_questions import question
from .row import PEOPLE_PAGE
from .shell import draw, page
from .visitor import actor, household

person_page = Blueprint("person_page", __name__)
person_page.before_request(check_sees_people)


@person_page.get(ONE)
@requires(VIEW)
def show_person(number: int) -> Response:
    """One person."""
    return _page(_one(number))


@person_page.get(f"{ONE}/edit")
@requires(MANAGE)
def ask_for_words(number: int) -> Response:
    """The form for name, language and time zone, above the page."""
    account = _one(number).account
    typed = {
        "full_name": account.full_name,
        "language": account.language or "",
        "timezone": account.timezone or "",
    }
    return _page(_one(number), _words(typed))


@person_page.post(f"{ONE}/edit")
@requires(MANAGE)
@use_args(WordsForm, location="form")
def change_words(form: dict[str, Any], number: int) -> AnyResponse:
    """Change name, language and time zone."""
    person, house = _one(number), household().house
    try:
        looking_after.change_person(
            house,
            number,
            full_name=form["full_name"].strip(),
            language=form["language"] or None,
            timezone=form["timezone"].strip() or None,
            actor=actor(),
        )
    except TabhostError as error:
        sentence, status = told(error)
        return _page(person, _words(form, sentence), status)
    return _done(person, N_("%(user_id)s is changed.", user_id=person.account.user_id))


@person_page.get(f"{ONE}/roles")
@requires(MANAGE)
@fresh
def ask_for_roles(number: int) -> Response:
    """All roles to tick, above the page."""
    person = _one(number)
    return _page(person, Open(name="roles", values={"boxes": role_boxes(person.account.roles)}))


@person_page.post(f"{ONE}/roles")
@requires(MANAGE)
@fresh
@use_args(RolesForm, location="form")
def change_roles(form: dict[str, Any], number: int) -> AnyResponse:
    """Give somebody the roles that were ticked, and no others."""
    person = _one(number)
    try:
        looking_after.change_roles(household().house, number, form["role"], actor())
    except TabhostError as error:
        sentence, status = told(error)
        return _page(
            person, Open(name="roles", values={"boxes": role_boxes(form["role"])}, problem=sentence), status
        )
    return _done(person, N_("%(user_id)s has other roles.", user_id=person.account.user_id))


@person_page.get(f"{ONE}/disable")
@requires(MANAGE)
def ask_before_disabling(number: int) -> Response:
    """Say what disabling somebody means, and ask."""
    return _asked(number, "disable")


@person_page.post(f"{ONE}/disable")
@requires(MANAGE)
def disable(number: int) -> AnyResponse:
    """Let somebody no longer sign in."""
    return _do(number, looking_after.disable, N_("%(user_id)s is disabled, and signed out everywhere."))


@person_page.get(f"{ONE}/enable")
@requires(MANAGE)
@fresh
def ask_before_enabling(number: int) -> Response:
    """Say what enabling somebody means, and ask."""
    return _asked(number, "enable")


@person_page.post(f"{ONE}/enable")
@requires(MANAGE)
@fresh
def enable(number: int) -> AnyResponse:
    """Let somebody sign in again."""
    return _do(number, looking_after.enable, N_("%(user_id)s may sign in again."))


@person_page.get(f"{ONE}/sessions")
@requires(MANAGE)
def ask_before_signing_out(number: int) -> Response:
    """Say what ending somebody's sessions means, and ask."""
    return _asked(number, "sessions")


@person_page.post(f"{ONE}/sessions")
@requires(MANAGE)
def end_sessions(number: int) -> AnyResponse:
    """Sign somebody out everywhere."""
    return _do(number, looking_after.end_sessions, N_("%(user_id)s is signed out everywhere."))


@person_page.get(f"{ONE}/reset")
@requires(MANAGE)
@fresh
def ask_before_resetting(number: int) -> Response:
    """Say what resetting somebody means, and ask."""
    return _asked(number, "reset")


@person_page.post(f"{ONE}/reset")
@requires(MANAGE)
@fresh
def reset(number: int) -> AnyResponse:
    """Forget somebody's password, and show a link that signs them in once."""
    person = _one(number)
    try:
        token = looking_after.reset(household().house, number, actor())
    except TabhostError as error:
        return _refused(person, error)
    return page(
        person_body(_one(number), link=link_of(token)), person.account.user_id, current=PEOPLE_PAGE.place
    )


def person_body(person: Listed, dialog: Open | None = None, *, link: str = "", problem: str = "") -> str:
    """The page of *person*.

    Args:
        person: Whose.
        dialog: What stands above it.
        link: A one-time link to show.
        problem: Why something could not be done.
    """
    return draw(
        "pages/person.html",
        row=row_of(person),
        grants=grants_of(person.account),
        languages=LANGUAGES,
        manages=actor().may(MANAGE),
        own=folded(actor().user_id) == folded(person.account.user_id),
        dialog=dialog,
        link=link,
        problem=problem,
    )


def _page(person: Listed, dialog: Open | None = None, status: int = 200, problem: str = "") -> Response:
    body = person_body(person, dialog, problem=problem)
    return page(body, person.account.user_id, status, current=PEOPLE_PAGE.place)


def _one(number: int) -> Listed:
    try:
        return looking_after.one_of(household().house, number)
    except NotFoundError:
        abort(404)


def _words(typed: dict[str, Any], problem: str = "") -> Open:
    values = {"typed": typed, "languages": LANGUAGES, "installation_zone": household().house.timezone}
    return Open(name="edit", values=values, problem=problem)


def _asked(number: int, what: str) -> Response:
    person = _one(number)
    return _page(person, Open(name="question", values={"question": question(person, what)}))


def _do(number: int, change: Callable[..., None], sentence: Text) -> AnyResponse:
    person = _one(number)
    try:
        change(household().house, number, actor())
    except TabhostError as error:
        return _refused(person, error)
    return _done(person, Text(id=sentence.id, args={"user_id": person.account.user_id}))


def _refused(person: Listed, error: TabhostError) -> Response:
    sentence, status = told(error)
    return _page(person, status=status, problem=sentence)


def _done(person: Listed, sentence: Text) -> AnyResponse:
    return done(sentence, f"{PEOPLE_PAGE.address}/{person.account.number}")
