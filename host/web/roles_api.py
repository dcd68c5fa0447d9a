"""The host's JSON API for roles, and for the permissions that they are made of."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from host.api.errors import TabhostError
from host.api.runtime import requires
from host.api.texts import english
from host.domain.roles import LONGEST_TITLE, MOST_PERMISSIONS, Origin, Role
from host.engine.prefixes import API
from host.services import roles as service

from .fresh_proof import fresh
from .people_api import MANAGE, VIEW, SomethingSchema, check_sees_people, said_no
from .visitor import actor, household

roles_api = Blueprint("roles_api", __name__, url_prefix=API, description="Roles and what they allow")
roles_api.register_error_handler(TabhostError, said_no)
roles_api.before_request(check_sees_people)


class RoleSchema(Schema):
    """A role."""

    name = fields.String()
    title = fields.String(metadata={"description": "In words"})
    origin = fields.Enum(
        Origin, by_value=True, metadata={"description": "Who brought it; only own ones can be changed"}
    )
    permissions = fields.List(fields.String(), metadata={"description": "What it allows now"})


class PermissionOutSchema(Schema):
    """Something that a role can allow."""

    id = fields.String()
    title = fields.String()
    description = fields.String(metadata={"description": "What it allows; empty where nobody said"})
    plugin = fields.String(metadata={"description": "Who declares it; host for the host's own"})


class ChangeSchema(SomethingSchema):
    """What an own role is to be from now on; what is left out stays."""

    title = fields.String(validate=validate.Length(min=1, max=LONGEST_TITLE))
    permissions = fields.List(
        fields.String(validate=validate.Length(max=200)), validate=validate.Length(max=MOST_PERMISSIONS)
    )


NAME = validate.Regexp(
    r"\A[a-z][a-z0-9_]{1,39}\Z",
    error="Expected 2 to 40 small letters a to z, digits and underscores, and a letter first.",
)


class NewRoleSchema(Schema):
    """A new role."""

    name = fields.String(required=True, validate=NAME)
    title = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_TITLE))
    permissions = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=list,
        validate=validate.Length(max=MOST_PERMISSIONS),
    )


class RemovalSchema(Schema):
    """How to remove a role."""

    from_everybody = fields.Boolean(
        load_default=False,
        metadata={"description": "Take it from those who have it; else it is refused then"},
    )


@roles_api.get("/permissions")
@requires(VIEW)
@roles_api.response(200, PermissionOutSchema(many=True))
def permissions() -> list[dict[str, str]]:
    """List all permissions, the host's own first."""
    return [
        {
            "id": each.id,
            "title": english(each.title),
            "description": english(each.description) if each.description else "",
            "plugin": owner,
        }
        for owner, several in service.permissions_by_owner(household().house)
        for each in several
    ]


@roles_api.get("/roles")
@requires(VIEW)
@roles_api.response(200, RoleSchema(many=True))
def roles() -> list[dict[str, Any]]:
    """List all roles with what they allow."""
    return [_shown(each) for each in service.list_roles(household().house)]


@roles_api.post("/roles")
@requires(MANAGE)
@fresh
@roles_api.arguments(NewRoleSchema)
@roles_api.response(201, RoleSchema)
def add(new: dict[str, Any]) -> dict[str, Any]:
    """Make a role."""
    service.add_role(household().house, **new, actor=actor())
    return _one(new["name"])


@roles_api.get("/roles/<name>")
@requires(VIEW)
@roles_api.response(200, RoleSchema)
def role(name: str) -> dict[str, Any]:
    """Show one role."""
    return _one(name)


@roles_api.patch("/roles/<name>")
@requires(MANAGE)
@fresh
@roles_api.arguments(ChangeSchema, required=False)
@roles_api.response(200, RoleSchema)
def change(wanted: dict[str, Any], name: str) -> dict[str, Any]:
    """Change a role of one's own; if what it allows changes, whoever has it signs in again."""
    service.change_role(household().house, name, **wanted, actor=actor())
    return _one(name)


@roles_api.delete("/roles/<name>")
@requires(MANAGE)
@fresh
@roles_api.arguments(RemovalSchema, location="query")
@roles_api.response(204)
def remove(how: dict[str, Any], name: str) -> None:
    """Remove a role of one's own."""
    concerning = None if how["from_everybody"] else ()
    service.remove_role(household().house, name, actor=actor(), concerning=concerning)


def _one(name: str) -> dict[str, Any]:
    return _shown(service.one_role(household().house, name))


def _shown(role: Role) -> dict[str, Any]:
    return {
        "name": role.name,
        "title": english(role.title),
        "origin": role.origin,
        "permissions": sorted(role.permissions),
    }
