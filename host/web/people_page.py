"""The People page: who may sign in here, and adding somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import TabhostError
from host.api.runtime import requires
from host.api.values import N_, Text
from host.domain.languages import LANGUAGES
from host.domain.people import VIEWER
from host.engine.plugin_app import CSRF_FIELD
from host.services import looking_after
from host.services.passwords import ADVISED, LONGEST, SHORTEST
from host.services.people import add_account
from host.services.roles import list_roles

from .fresh_proof import fresh
from .people_api import MANAGE, VIEW, check_sees_people, link_of
from .people_words import role_boxes, row_of, told
from .person_page import person_body
from .row import PEOPLE_PAGE
from .shell import draw, page, say
from .visitor import actor, household

people_page = Blueprint("people_page", __name__)
people_page.before_request(check_sees_people)

ADDRESS = PEOPLE_PAGE.address
STATES: dict[str, Text] = {"all": N_("All"), "active": N_("May sign in"), "disabled": N_("Disabled")}


class LookQuery(Schema):
    """Whom to list."""

    class Meta:
        """Other words in an address mean nothing here."""

        unknown = "exclude"

    q = fields.String(load_default="", validate=validate.Length(max=254))
    state = fields.String(load_default="all", validate=validate.OneOf(list(STATES)))
    role = fields.String(load_default="", validate=validate.Length(max=40))


class NewForm(Schema):
    """Somebody new."""

    user_id = fields.String(load_default="", validate=validate.Length(max=1000))
    full_name = fields.String(load_default="", validate=validate.Length(max=1000))
    language = fields.String(load_default="", validate=validate.Length(max=16))
    timezone = fields.String(load_default="", validate=validate.Length(max=64))
    password = fields.String(load_default="", validate=validate.Length(max=1024))
    role = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChoice:
    """One choice above the list."""

    key: str
    label: str
    count: int
    href: str


@people_page.get(ADDRESS)
@requires(VIEW)
@use_args(LookQuery, location="query")
def show_people(look: dict[str, Any]) -> Response:
    """All people, or some of them."""
    return page(_list(look), say(PEOPLE_PAGE.title), current=PEOPLE_PAGE.place)


@people_page.get(f"{ADDRESS}/add")
@requires(MANAGE)
@fresh
def ask_for_new() -> Response:
    """The form for somebody new, above the list."""
    return _form({"role": [VIEWER]})


@people_page.post(f"{ADDRESS}/add")
@requires(MANAGE)
@fresh
@use_args(NewForm, location="form")
def add(form: dict[str, Any]) -> AnyResponse:
    """Add somebody; without a password, with a link that is shown once."""
    house = household().house
    try:
        number = add_account(
            house,
            user_id=form["user_id"],
            full_name=form["full_name"].strip(),
            password=form["password"] or None,
            roles=tuple(form["role"]),
            language=form["language"] or None,
            timezone=form["timezone"].strip() or None,
            actor=actor(),
        )
        link = "" if form["password"] else link_of(looking_after.give_link(house, number, actor()))
    except TabhostError as error:
        sentence, status = told(error)
        return _form(form, sentence, status)
    person = looking_after.one_of(house, number)
    added = say(N_("%(user_id)s is added.", user_id=person.account.user_id))
    body = person_body(person, link=link)
    return page(body, person.account.user_id, current=PEOPLE_PAGE.place, toasts=[added])


def _form(typed: dict[str, Any], problem: str = "", status: int = 200) -> Response:
    new = {
        "typed": typed,
        "problem": problem,
        "roles": role_boxes(typed.get("role", ())),
        "languages": LANGUAGES,
        "installation_zone": household().house.timezone,
        "lengths": (SHORTEST, LONGEST, ADVISED),
    }
    body = _list({"q": "", "state": "all", "role": ""}, new)
    return page(body, say(PEOPLE_PAGE.title), status, current=PEOPLE_PAGE.place)


def _list(look: dict[str, Any], new: dict[str, Any] | None = None) -> str:
    everybody = looking_after.list_people(household().house)
    found = looking_after.chosen(everybody, look["q"], "all", look["role"])
    people = looking_after.chosen(found, state=look["state"])
    return draw(
        "pages/people.html",
        rows=[row_of(each) for each in people],
        states=[
            StateChoice(
                key=key,
                label=say(label),
                count=len(looking_after.chosen(found, state=key)),
                href=_address({**look, "state": key}),
            )
            for key, label in STATES.items()
        ],
        look=look,
        roles=[(each.name, say(each.title)) for each in list_roles(household().house)],
        manages=actor().may(MANAGE),
        new=new,
    )


def _address(look: dict[str, Any]) -> str:
    words = {key: value for key, value in look.items() if value and (key, value) != ("state", "all")}
    return f"{ADDRESS}?{urlencode(words)}" if words else ADDRESS
