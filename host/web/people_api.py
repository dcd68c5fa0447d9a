"""The host's JSON API for people: who has an account, and everything that can be done to one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, abort, url_for
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from host.api.errors import TabhostError
from host.api.runtime import requires
from host.engine.plugin_app import json_error
from host.engine.prefixes import API
from host.services import looking_after
from host.services.people import LONGEST_NAME, add_account
from host.storage.granting import Listed

from .fresh_proof import fresh
from .plugin_api import NO
from .visitor import actor, household

people_api = Blueprint("people_api", __name__, url_prefix=API, description="People who may sign in")

VIEW, MANAGE = "host.people.view", "host.people.manage"
ONE = "/people/<int(max=2147483647):number>"


def said_no(error: TabhostError) -> Response:
    """The sentence of a rule of the host, with the status of its kind."""
    for kind, status in NO.items():
        if isinstance(error, kind):
            return json_error(status(str(error)))
    raise error


def check_sees_people() -> None:
    """Who may not see people may not change them either, whatever they may: for a whole blueprint."""
    if not actor().may(VIEW):
        abort(HTTPStatus.FORBIDDEN)


people_api.register_error_handler(TabhostError, said_no)
people_api.before_request(check_sees_people)


class PersonSchema(Schema):
    """Somebody who has an account."""

    number = fields.Integer(
        attribute="account.number", metadata={"description": "Names the account in addresses"}
    )
    user_id = fields.String(attribute="account.user_id", metadata={"description": "What they sign in with"})
    full_name = fields.String(attribute="account.full_name")
    roles = fields.List(
        fields.String(), attribute="account.roles", metadata={"description": "Names of roles"}
    )
    language = fields.String(
        attribute="account.language", allow_none=True, metadata={"description": "null to follow the browser"}
    )
    timezone = fields.String(
        attribute="account.timezone", allow_none=True, metadata={"description": "null for the installation's"}
    )
    has_portrait = fields.Boolean(attribute="account.has_portrait")
    disabled_at = fields.AwareDateTime(
        attribute="account.disabled_at",
        allow_none=True,
        metadata={"description": "null while they may sign in"},
    )
    created_at = fields.AwareDateTime()
    signed_in_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "The last time; null for never"}
    )
    sessions = fields.Integer(metadata={"description": "With how many browsers they are signed in"})
    has_password = fields.Boolean(metadata={"description": "Whether a password can sign them in"})


class LookSchema(Schema):
    """Whom to list."""

    q = fields.String(
        load_default="", validate=validate.Length(max=254), metadata={"description": "Part of id or name"}
    )
    state = fields.String(load_default="all", validate=validate.OneOf(list(looking_after.STATES)))
    role = fields.String(
        load_default="", validate=validate.Length(max=40), metadata={"description": "Who has it"}
    )


class SomethingSchema(Schema):
    """A change that says at least something."""

    @validates_schema
    def says_something(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a body that is missing or empty: whoever sends one meant something else."""
        if not data:
            raise ValidationError("Name at least one thing to change.")


class WordsSchema(SomethingSchema):
    """What can be changed without changing what somebody may do; what is left out stays."""

    full_name = fields.String(validate=validate.Length(max=LONGEST_NAME))
    language = fields.String(allow_none=True, validate=validate.Length(max=16))
    timezone = fields.String(allow_none=True, validate=validate.Length(max=64))


class NewPersonSchema(WordsSchema):
    """Somebody new."""

    user_id = fields.String(required=True, validate=validate.Length(min=1, max=239))
    roles = fields.List(fields.String(validate=validate.Length(max=40)), validate=validate.Length(max=200))
    password = fields.String(
        allow_none=True,
        validate=validate.Length(max=1024),
        metadata={"description": "Without one, the answer has a link that signs them in once"},
    )


class RolesSchema(Schema):
    """The roles that somebody is to have, and no others."""

    roles = fields.List(
        fields.String(validate=validate.Length(max=40)), required=True, validate=validate.Length(max=200)
    )


class LinkSchema(Schema):
    """A link that signs somebody in once."""

    link = fields.String(
        metadata={"description": "Works once, within an hour; it is not kept and not shown again"}
    )


class AddedSchema(Schema):
    """Somebody new, and the way in."""

    person = fields.Nested(PersonSchema)
    link = fields.String(
        allow_none=True, metadata={"description": "Works once, within an hour; null with a password"}
    )


def link_of(token: str) -> str:
    """The whole address of a one-time link."""
    return url_for("sign_in.once", token=token, _external=True)


@people_api.get("/people")
@requires(VIEW)
@people_api.arguments(LookSchema, location="query")
@people_api.response(200, PersonSchema(many=True))
def people(look: dict[str, Any]) -> list[Listed]:
    """List people by user id."""
    return looking_after.chosen(
        looking_after.list_people(household().house), look["q"], look["state"], look["role"]
    )


@people_api.post("/people")
@requires(MANAGE)
@fresh
@people_api.arguments(NewPersonSchema)
@people_api.response(201, AddedSchema)
def add(new: dict[str, Any]) -> dict[str, Any]:
    """Add somebody, with a password or a link that signs them in once."""
    house = household().house
    values = {"full_name": "", "roles": (), "password": None, **new}
    number = add_account(house, **{**values, "roles": tuple(values["roles"])}, actor=actor())
    link = None if values["password"] else link_of(looking_after.give_link(house, number, actor()))
    return {"person": looking_after.one_of(house, number), "link": link}


@people_api.get(ONE)
@requires(VIEW)
@people_api.response(200, PersonSchema)
def person(number: int) -> Listed:
    """Show one person."""
    return looking_after.one_of(household().house, number)


@people_api.patch(ONE)
@requires(MANAGE)
@people_api.arguments(WordsSchema, required=False)
@people_api.response(200, PersonSchema)
def change(words: dict[str, Any], number: int) -> Listed:
    """Change somebody's name, language or time zone."""
    house = household().house
    account = looking_after.one_of(house, number).account
    now = {"full_name": account.full_name, "language": account.language, "timezone": account.timezone}
    looking_after.change_person(house, number, **{**now, **words}, actor=actor())
    return looking_after.one_of(house, number)


@people_api.put(f"{ONE}/roles")
@requires(MANAGE)
@fresh
@people_api.arguments(RolesSchema)
@people_api.response(200, PersonSchema)
def give_roles(wanted: dict[str, Any], number: int) -> Listed:
    """Give somebody these roles and no others; if that changes anything, their sessions end."""
    looking_after.change_roles(household().house, number, wanted["roles"], actor())
    return looking_after.one_of(household().house, number)


@people_api.post(f"{ONE}/disable")
@requires(MANAGE)
@people_api.response(200, PersonSchema)
def disable(number: int) -> Listed:
    """Let somebody no longer sign in, and end their sessions."""
    looking_after.disable(household().house, number, actor())
    return looking_after.one_of(household().house, number)


@people_api.post(f"{ONE}/enable")
@requires(MANAGE)
@fresh
@people_api.response(200, PersonSchema)
def enable(number: int) -> Listed:
    """Let somebody sign in again."""
    looking_after.enable(household().house, number, actor())
    return looking_after.one_of(household().house, number)


@people_api.post(f"{ONE}/reset")
@requires(MANAGE)
@fresh
@people_api.response(200, LinkSchema)
def reset(number: int) -> dict[str, str]:
    """Forget somebody's password, end their sessions, and make a link that signs them in once."""
    return {"link": link_of(looking_after.reset(household().house, number, actor()))}


@people_api.delete(f"{ONE}/sessions")
@requires(MANAGE)
@people_api.response(204)
def end_sessions(number: int) -> None:
    """Sign somebody out everywhere."""
    looking_after.end_sessions(household().house, number, actor())
