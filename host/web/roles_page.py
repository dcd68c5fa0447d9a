"""The page of roles: what each allows, and making, changing and removing those that people make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import NotFoundError, TabhostError
from host.api.runtime import requires
from host.api.values import N_
from host.domain.roles import MOST_PERMISSIONS, Origin, Role
from host.engine.plugin_app import CSRF_FIELD
from host.services import roles as service

from .fresh_proof import fresh
from .people_api import MANAGE, VIEW, check_sees_people
from .people_words import ORIGINS, Question, done, told
from .permission_words import groups
from .row import PEOPLE_PAGE
from .shell import draw, page, say
from .visitor import actor, household

roles_page = Blueprint("roles_page", __name__)
roles_page.before_request(check_sees_people)

ADDRESS = f"{PEOPLE_PAGE.address}/roles"
TITLE = N_("Roles")


class RoleForm(Schema):
    """A role as it was typed; the name of one that is there stands in the address."""

    name = fields.String(load_default="", validate=validate.Length(max=1000))
    title = fields.String(load_default="", validate=validate.Length(max=1000))
    permission = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=list,
        validate=validate.Length(max=MOST_PERMISSIONS),
    )
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


class RemovalForm(Schema):
    """Whom the person was told of who removes a role."""

    concerning = fields.String(load_default="", validate=validate.Regexp(r"\A[0-9 ]*\Z"))
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A role as it stands in the matrix.

    Args:
        role: The role.
        title: In words.
        origin: Who brought it, in words.
        people: How many have it.
    """

    role: Role
    title: str
    origin: str
    people: int

    @property
    def own(self) -> bool:
        """Whether it was made here."""
        return self.role.origin == Origin.OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDialog:
    """The form of a role: its address, what stands in it, and what was wrong with it."""

    heading: str
    action: str
    new: bool
    typed: dict[str, Any]
    problem: str = ""


@roles_page.get(ADDRESS)
@requires(VIEW)
def show_roles() -> Response:
    """Which role allows what."""
    return _page()


@roles_page.get(f"{ADDRESS}/add")
@requires(MANAGE)
@fresh
def ask_for_new() -> Response:
    """The form of a new role, above the page."""
    return _page(_new({"name": "", "title": "", "permission": []}))


@roles_page.post(f"{ADDRESS}/add")
@requires(MANAGE)
@fresh
@use_args(RoleForm, location="form")
def add(form: dict[str, Any]) -> AnyResponse:
    """Make a role."""
    house = household().house
    try:
        service.add_role(
            house,
            name=form["name"].strip(),
            title=form["title"],
            permissions=form["permission"],
            actor=actor(),
        )
    except TabhostError as error:
        sentence, status = told(error)
        return _page(_new(form, sentence), status=status)
    return done(N_("The role %(role)s is added.", role=form["title"].strip()), ADDRESS)


@roles_page.get(f"{ADDRESS}/<name>/edit")
@requires(MANAGE)
@fresh
def ask_for_change(name: str) -> Response:
    """The form of a role that people made, above the page."""
    role = _own(name)
    title = say(role.title)
    return _page(_change(name, {"title": title, "permission": sorted(role.permissions)}))


@roles_page.post(f"{ADDRESS}/<name>/edit")
@requires(MANAGE)
@fresh
@use_args(RoleForm, location="form")
def change(form: dict[str, Any], name: str) -> AnyResponse:
    """Change a role that people made."""
    _own(name)
    try:
        service.change_role(
            household().house, name, title=form["title"], permissions=form["permission"], actor=actor()
        )
    except TabhostError as error:
        sentence, status = told(error)
        return _page(_change(name, form, sentence), status=status)
    return done(N_("The role %(role)s is changed.", role=form["title"].strip()), ADDRESS)


@roles_page.get(f"{ADDRESS}/<name>/remove")
@requires(MANAGE)
@fresh
def ask_before_removing(name: str) -> Response:
    """Say whom it concerns that a role goes away, and ask."""
    return _page(question=_removal(_own(name)))


@roles_page.post(f"{ADDRESS}/<name>/remove")
@requires(MANAGE)
@fresh
@use_args(RemovalForm, location="form")
def remove(form: dict[str, Any], name: str) -> AnyResponse:
    """Remove a role, and take it from those whom the question named."""
    role = _own(name)
    told_of = [int(each) for each in form["concerning"].split() if len(each) < 12]
    try:
        service.remove_role(household().house, name, actor=actor(), concerning=told_of)
    except TabhostError as error:
        sentence, status = told(error)
        return _page(problem=sentence, status=status)
    return done(N_("The role %(role)s is removed.", role=say(role.title)), ADDRESS)


def _page(
    dialog: RoleDialog | None = None,
    question: Question | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    counted = service.people_by_role(household().house)
    body = draw(
        "pages/roles.html",
        columns=[
            Column(
                role=each,
                title=say(each.title),
                origin=say(ORIGINS[each.origin]),
                people=counted.get(each.name, 0),
            )
            for each in service.list_roles(household().house)
        ],
        groups=groups(),
        manages=actor().may(MANAGE),
        dialog=dialog,
        question=question,
        problem=problem,
    )
    return page(body, say(TITLE), status, current=PEOPLE_PAGE.place)


def _own(name: str) -> Role:
    """A role that people made; 404 for any other, which has no such page."""
    try:
        role = service.one_role(household().house, name)
    except NotFoundError:
        abort(404)
    if role.origin != Origin.OWN:
        abort(404)
    return role


def _new(typed: dict[str, Any], problem: str = "") -> RoleDialog:
    heading = say(N_("Add a role"))
    return RoleDialog(heading=heading, action=f"{ADDRESS}/add", new=True, typed=typed, problem=problem)


def _change(name: str, typed: dict[str, Any], problem: str = "") -> RoleDialog:
    heading = say(N_("Edit the role %(role)s", role=name))
    action = f"{ADDRESS}/{name}/edit"
    return RoleDialog(heading=heading, action=action, new=False, typed=typed, problem=problem)


def _removal(role: Role) -> Question:
    title = say(role.title)
    having = service.people_of(household().house, role.name)
    effects = [say(N_("Whoever has it can no longer do what only this role allows."))]
    if having:
        concerned = service.named(list(having.values()))
        effects.insert(0, say(N_("It is taken from %(people)s. Their sessions end.", people=concerned)))
    else:
        effects.insert(0, say(N_("Nobody has it.")))
    return Question(
        title=say(N_("Remove the role %(role)s?", role=title)),
        effects=effects,
        action=f"{ADDRESS}/{role.name}/remove",
        back=ADDRESS,
        keep=say(N_("Keep it")),
        go=say(N_("Remove %(role)s", role=title)),
        fields={"concerning": " ".join(map(str, having))},
    )
