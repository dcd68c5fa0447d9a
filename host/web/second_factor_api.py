"""The JSON API of the second factor."""

from __future__ import annotations

from typing import Any

from flask import abort, g
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, InputError
from host.domain.errors import SignInError
from host.engine.prefixes import API
from host.services import factor_setup, second_factor

from .doors import with_account
from .fresh_proof import fresh
from .me_api import CsrfSchema, renewed_answer
from .profile import here
from .visitor import household

second_factor_api = Blueprint(
    "second_factor_api", __name__, url_prefix=f"{API}/me/second-factor", description="One's second factor"
)


class FactorSchema(Schema):
    """How it stands."""

    since = fields.AwareDateTime(allow_none=True, metadata={"description": "Since when; null: there is none"})
    codes_left = fields.Integer(metadata={"description": "Recovery codes that were not used"})


class SetupSchema(Schema):
    """A secret that waits for its first code, for 15 minutes."""

    secret = fields.String(metadata={"description": "In base 32, for an app"})
    uri = fields.String(metadata={"description": "The same as an otpauth address"})


class CodeSchema(Schema):
    """What the app shows."""

    code = fields.String(
        required=True, validate=validate.Length(max=100), metadata={"description": "Six digits"}
    )


class CodesSchema(Schema):
    """Recovery codes. They are said this once."""

    codes = fields.List(fields.String(), metadata={"description": "Each works once"})


class CodesAndCsrfSchema(CodesSchema, CsrfSchema):
    """The same, with what the session sends from now on."""


@second_factor_api.get("")
@with_account
@second_factor_api.response(200, FactorSchema)
def show() -> second_factor.FactorView:
    """Say whether there is one."""
    return second_factor.view(household().house, here().account)


@second_factor_api.post("")
@with_account
@fresh
@second_factor_api.response(200, SetupSchema)
def begin() -> factor_setup.Setup:
    """Make a secret for an app; it counts once a code of it is confirmed. Asks for a fresh proof."""
    try:
        return factor_setup.begin_setup(household().house, here().account)
    except ConflictError as error:
        abort(409, str(error))


@second_factor_api.post("/confirm")
@with_account
@fresh
@second_factor_api.arguments(CodeSchema)
@second_factor_api.response(200, CodesAndCsrfSchema)
def confirm(sent: dict[str, Any]) -> AnyResponse:
    """Have the app count from now on; says the recovery codes. The other sessions end."""
    try:
        token, codes = factor_setup.confirm(household().house, here(), g.session_token, sent["code"])
    except InputError as error:
        abort(422, str(error))
    except ConflictError as error:
        abort(409, str(error))
    except SignInError as error:
        abort(403, str(error))
    return renewed_answer({"codes": codes}, token)


@second_factor_api.post("/recovery-codes")
@with_account
@fresh
@second_factor_api.response(200, CodesSchema)
def new_codes() -> dict[str, list[str]]:
    """Make recovery codes in the place of all before. Asks for a fresh proof."""
    try:
        return {"codes": factor_setup.new_codes(household().house, here().account)}
    except ConflictError as error:
        abort(409, str(error))


@second_factor_api.delete("")
@with_account
@fresh
@second_factor_api.response(200, CsrfSchema)
def remove() -> AnyResponse:
    """Take it away; the other sessions end. Asks for a fresh proof."""
    try:
        token = factor_setup.remove(household().house, here(), g.session_token)
    except ConflictError as error:
        abort(409, str(error))
    except SignInError as error:
        abort(403, str(error))
    return renewed_answer({}, token)
