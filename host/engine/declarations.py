"""Everything a plugin says about itself, gathered where it lives, in a form that crosses the border."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from host.api.schemas import PermissionSchema, RouteSchema, SettingSchema, TabSchema, ValueSchema
from host.api.settings import Setting
from host.api.values import Permission, Route, Tab
from host.domain.errors import RejectedError

from .description import check_bounds

MANY = 500
"""How many of one kind a plugin may declare."""
COMMAND = re.compile(r"\A[a-z][a-z0-9-]{0,39}\Z")
"""What a group of commands may be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A group of commands that a plugin brings.

    Args:
        name: Its name below ``tabhost``.
        help: Its first line of help.
    """

    name: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What a plugin says about itself.

    Args:
        package: Import name of the package it lives in.
        folder: Where its templates, catalogues and static files stand; None where it has none.
        hooks: Names of the hooks it implements.
        tabs: Its tabs.
        permissions: Its permissions.
        settings: Its settings.
        routes: Its addresses.
        stores: Whether it has tables of its own.
        commands: Its groups of commands.
        trouble: Why its commands are missing; "" if they are not.
        answers: What it answers to hooks that built-in plugins publish, by name, as JSON.
        description: Its part of the OpenAPI description: ``paths`` and ``components``.
    """

    package: str = ""
    folder: str | None = None
    hooks: tuple[str, ...] = ()
    tabs: tuple[Tab, ...] = ()
    permissions: tuple[Permission, ...] = ()
    settings: tuple[Setting, ...] = ()
    routes: tuple[Route, ...] = ()
    stores: bool = False
    commands: tuple[Command, ...] = ()
    trouble: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    description: Mapping[str, Any] = field(default_factory=dict)


class CommandSchema(ValueSchema):
    """Wire form of `Command`."""

    value = Command
    name = fields.String(required=True, validate=validate.Regexp(COMMAND))
    help = fields.String(validate=validate.Length(max=1000))


def _several(schema: type[Schema]) -> Any:
    return fields.List(fields.Nested(schema), validate=validate.Length(max=MANY))


class DeclarationsSchema(ValueSchema):
    """Wire form of `Declarations`."""

    value = Declarations

    class Meta:
        unknown = RAISE

    package = fields.String(required=True, validate=validate.Length(max=200))
    folder = fields.String(allow_none=True, validate=validate.Length(max=4096))
    hooks = fields.List(fields.String(validate=validate.Length(max=100)), validate=validate.Length(max=MANY))
    tabs = _several(TabSchema)
    permissions = _several(PermissionSchema)
    settings = _several(SettingSchema)
    routes = _several(RouteSchema)
    stores = fields.Boolean(truthy={True}, falsy={False})
    commands = _several(CommandSchema)
    trouble = fields.String()
    answers = fields.Dict(keys=fields.String())
    description = fields.Dict(keys=fields.String(), validate=check_bounds)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Declarations:
        """Build the value; a tuple has no JSON form of its own."""
        values: dict[str, Any] = {
            key: tuple(each) if isinstance(each, list) else each for key, each in data.items()
        }
        return Declarations(**values)


_SCHEMA = DeclarationsSchema()


def packed(declarations: Declarations) -> dict[str, Any]:
    """*declarations* as JSON."""
    return dict(_SCHEMA.dump(declarations))


def unpacked(document: Any) -> Declarations:
    """*document* as declarations: whatever came out of a runner is checked like anything from outside.

    Raises:
        RejectedError: It is something else.
    """
    try:
        found: Declarations = _SCHEMA.load(document)
    except (ValidationError, TypeError, ValueError, RecursionError) as error:
        raise RejectedError(f"What it declares cannot be read: {error}") from None
    return found


def read(text: bytes) -> Declarations:
    """Declarations from the bytes that a process reported.

    Raises:
        RejectedError: They are no JSON, or no declarations.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise RejectedError("What it declares cannot be read: no JSON came out of its process.") from None
    return unpacked(document)
