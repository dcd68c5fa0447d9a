"""The JSON API of one's own account: who one is, proofs, choices, password, portrait and sessions."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, g, jsonify, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, InputError, NotFoundError
from host.domain.errors import SignInError
from host.domain.languages import LANGUAGES
from host.domain.people import SignedIn
from host.domain.sessions import SessionView
from host.engine.prefixes import API
from host.services import portraits, profile, proof, sessions
from host.services.pictures import KINDS, LARGEST
from host.services.signing_in import who

from .cookies import with_session
from .doors import with_account
from .fresh_proof import fresh
from .visitor import actor, household, signed_in

me_api = Blueprint("me_api", __name__, url_prefix=f"{API}/me", description="One's own account")
proof_api = Blueprint("proof_api", __name__, url_prefix=f"{API}/me", description="Proving who one is")
PICTURES = {kind: {"schema": {"type": "string", "format": "binary"}} for _, kind in KINDS.values()}
"""What a portrait is sent as."""


class MeSchema(Schema):
    """Who asks."""

    user_id = fields.String(attribute="account.user_id", metadata={"description": "User id"})
    full_name = fields.String(attribute="account.full_name", metadata={"description": "Name"})
    roles = fields.List(fields.String(), attribute="account.roles", metadata={"description": "Roles"})
    permissions = fields.Function(
        lambda _: sorted(actor().permissions),
        metadata={"description": "What they allow", "type": "array", "items": {"type": "string"}},
    )
    language = fields.String(
        attribute="account.language", allow_none=True, metadata={"description": "Chosen one, else null"}
    )
    timezone = fields.String(
        attribute="account.timezone", allow_none=True, metadata={"description": "Chosen one, else null"}
    )
    has_portrait = fields.Boolean(
        attribute="account.has_portrait", metadata={"description": "Whether there is a picture"}
    )
    has_password = fields.Boolean(metadata={"description": "Whether a password signs them in"})
    has_second_factor = fields.Boolean(metadata={"description": "Whether signing in asks for a code"})
    session = fields.String(attribute="public_id", metadata={"description": "Id of this session"})
    proved = fields.List(fields.String(), metadata={"description": "What it was proved by"})
    proved_at = fields.AwareDateTime(metadata={"description": "When it was proved last, in UTC"})


class ChoicesSchema(Schema):
    """What one chooses; what is not sent stays as it is."""

    language = fields.String(
        allow_none=True,
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "null follows the browser"},
    )
    timezone = fields.String(
        allow_none=True,
        validate=validate.Length(max=64),
        metadata={"description": "IANA name; null for the installation's"},
    )


class PasswordSchema(Schema):
    """A new password."""

    present = fields.String(
        load_default="", validate=validate.Length(max=1024), metadata={"description": "The one so far"}
    )
    new = fields.String(
        required=True, validate=validate.Length(max=1024), metadata={"description": "The new one"}
    )


class ProofSchema(Schema):
    """One of the two is enough."""

    password = fields.String(
        load_default="", validate=validate.Length(max=1024), metadata={"description": "The password"}
    )
    code = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"description": "A code of the app, or a recovery code"},
    )


class CsrfSchema(Schema):
    """What a session with a new id sends from now on; its cookie comes with it."""

    csrf_token = fields.String(metadata={"description": "For the header X-CSRF-Token from now on"})


class SessionSchema(Schema):
    """One browser that one is signed in with."""

    id = fields.String(metadata={"description": "Id to end it by; nobody can sign in with that"})
    created_at = fields.AwareDateTime(metadata={"description": "Since when, in UTC"})
    seen_at = fields.AwareDateTime(metadata={"description": "When it was last used, in UTC"})
    expires_at = fields.AwareDateTime(metadata={"description": "When it ends in any case, in UTC"})
    address = fields.String(metadata={"description": "Where it was when it signed in"})
    agent = fields.String(metadata={"description": "What the browser called itself"})
    proved = fields.List(fields.String(), metadata={"description": "What it was proved by"})
    current = fields.Boolean(metadata={"description": "Whether it is the one that asks"})


@me_api.get("")
@with_account
@me_api.response(200, MeSchema)
def me() -> SignedIn:
    """Say who one is, and what one may do."""
    return _here()


@me_api.patch("")
@with_account
@me_api.arguments(ChoicesSchema, required=False)
@me_api.response(204)
def choose(sent: dict[str, Any]) -> None:
    """Choose a language and a time zone."""
    account = _here().account
    kept = {"language": account.language, "timezone": account.timezone, **sent}
    try:
        profile.choose(household().house, account, kept["language"] or "", kept["timezone"] or "")
    except InputError as error:
        abort(422, str(error))


@me_api.post("/password")
@with_account
@me_api.arguments(PasswordSchema)
@me_api.response(200, CsrfSchema)
def change_password(sent: dict[str, Any]) -> AnyResponse:
    """Change one's password; the other sessions end, and this one has another id."""
    try:
        token = proof.change_password(
            household().house, _here(), g.session_token, sent["present"], sent["new"]
        )
    except InputError as error:
        abort(422, str(error))
    except ConflictError as error:
        abort(409, str(error))
    except SignInError as error:
        abort(403, str(error))
    return renewed_answer({}, token)


@me_api.put("/portrait")
@with_account
@me_api.doc(requestBody={"required": True, "content": PICTURES})
@me_api.response(204)
def set_portrait() -> None:
    """Keep the PNG or JPEG in the body, up to 200 kB, as one's portrait."""
    try:
        picture = request.get_data()[: LARGEST + 1]
        portraits.set_portrait(household().house, actor().user_id, picture, actor())
    except InputError as error:
        abort(422, str(error))


@me_api.delete("/portrait")
@with_account
@me_api.response(204)
def remove_portrait() -> None:
    """Take one's portrait away."""
    portraits.remove_portrait(household().house, actor().user_id, actor())


@me_api.get("/sessions")
@with_account
@me_api.response(200, SessionSchema(many=True))
def list_sessions() -> list[SessionView]:
    """List where one is signed in, the session used last first."""
    person = _here()
    return sessions.list_sessions(household().house, person.account, person.public_id)


@me_api.delete("/sessions")
@with_account
@fresh
@me_api.response(204)
def end_others() -> None:
    """End all sessions but this one; asks for a fresh proof."""
    sessions.end_other_sessions(household().house, _here())


@me_api.delete("/sessions/<string:public_id>")
@with_account
@fresh
@me_api.response(204)
def end_session(public_id: str) -> None:
    """End one session; asks for a fresh proof."""
    try:
        sessions.end_session(household().house, _here().account, public_id)
    except NotFoundError as error:
        abort(404, str(error))


@proof_api.post("/proof")
@with_account
@proof_api.arguments(ProofSchema)
@proof_api.response(200, CsrfSchema)
def prove(sent: dict[str, Any]) -> AnyResponse:
    """Prove once more who one is; dangerous things can be done for ten minutes then."""
    try:
        token = proof.prove(
            household().house, _here(), g.session_token, password=sent["password"], code=sent["code"]
        )
    except SignInError as error:
        abort(403, str(error))
    return renewed_answer({}, token)


def renewed_answer(body: dict[str, Any], token: str) -> AnyResponse:
    """*body* and the new CSRF token, with the session's new cookie."""
    person = who(household().house, token)
    answer: Response = jsonify({**body, "csrf_token": person.csrf_token if person else ""})
    return with_session(answer, token)


def _here() -> SignedIn:
    person = signed_in()
    if person is None:
        abort(403)
    return person
