"""The JSON API for API tokens: one's own, and everybody's for who looks after them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from host.api.errors import TabhostError
from host.domain.access_tokens import LONGEST_LIFE, LONGEST_NAME, USUAL_LIFE, AccessToken
from host.domain.roles import MOST_PERMISSIONS
from host.engine.prefixes import API
from host.services import access_tokens as service

from .doors import with_account
from .fresh_proof import fresh
from .people_api import said_no
from .visitor import actor, household

access_tokens_api = Blueprint(
    "access_tokens_api", __name__, url_prefix=f"{API}/tokens", description="API tokens"
)
access_tokens_api.register_error_handler(TabhostError, said_no)


class TokenSchema(Schema):
    """A token; nobody can act with what stands here."""

    id = fields.String(metadata={"description": "Id to revoke it by: the middle part of the token"})
    user_id = fields.String(metadata={"description": "Whose it is"})
    name = fields.String(metadata={"description": "What it is for"})
    permissions = fields.Function(
        lambda token: sorted(token.permissions),
        metadata={
            "description": "What it may do, as far as its owner may",
            "type": "array",
            "items": {"type": "string"},
        },
    )
    created_at = fields.AwareDateTime(metadata={"description": "Since when, in UTC"})
    expires_at = fields.AwareDateTime(metadata={"description": "When it is over in any case, in UTC"})
    used_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Its last use to the minute; null for never"}
    )
    address = fields.String(metadata={"description": "From where it was used then; empty for never"})
    revoked_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Since when it is worth nothing; null while it counts"}
    )


class NewTokenSchema(Schema):
    """A new token of one's own."""

    name = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_NAME),
        metadata={"description": "What it is for"},
    )
    permissions = fields.List(
        fields.String(validate=validate.Length(max=200)),
        required=True,
        validate=validate.Length(min=1, max=MOST_PERMISSIONS),
        metadata={"description": "What it may do: some of one's own permissions"},
    )
    days = fields.Integer(
        strict=True,
        load_default=USUAL_LIFE,
        validate=validate.Range(1, LONGEST_LIFE),
        metadata={"description": "For how many days it counts"},
    )


class MadeTokenSchema(Schema):
    """A token that was just made."""

    token = fields.Nested(TokenSchema)
    secret = fields.String(
        metadata={"description": "For Authorization: Bearer; it is not kept and not shown again"}
    )


@access_tokens_api.get("")
@with_account
@access_tokens_api.response(200, TokenSchema(many=True))
def tokens() -> list[AccessToken]:
    """List one's own tokens; everybody's with the permission host.tokens.manage."""
    return service.visible(household().house, actor())


@access_tokens_api.post("")
@with_account
@fresh
@access_tokens_api.arguments(NewTokenSchema)
@access_tokens_api.response(201, MadeTokenSchema)
def add(new: dict[str, Any]) -> dict[str, Any]:
    """Make a token of one's own; asks for a fresh proof, and shows the token this once."""
    token, secret = service.add_token(household().house, actor().user_id, **new, actor=actor())
    return {"token": token, "secret": secret}


@access_tokens_api.delete("/<string:token_id>")
@with_account
@access_tokens_api.response(HTTPStatus.NO_CONTENT)
def revoke(token_id: str) -> None:
    """Revoke a token: at once, and for good."""
    service.revoke_token(household().house, token_id, actor())
