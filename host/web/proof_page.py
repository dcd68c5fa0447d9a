"""The page that asks once more for the password or a code, before something dangerous (ASVS 7.5.1)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.values import N_
from host.domain.errors import SignInError
from host.engine.plugin_app import CSRF_FIELD
from host.services import proof

from .addresses import path_here
from .cookies import with_session
from .doors import with_account
from .fresh_proof import PROOF_PAGE
from .shell import draw, page, say
from .visitor import household, signed_in

proof_page = Blueprint("proof", __name__)


class ProofForm(Schema):
    """What the page sends: one of the two is enough."""

    password = fields.String(load_default="", validate=validate.Length(max=1024))
    code = fields.String(load_default="", validate=validate.Length(max=100))
    next = fields.String(load_default="/")
    sent = fields.String(load_default="")
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@proof_page.get(PROOF_PAGE)
@with_account
def ask() -> Response:
    """The form; for those who have neither password nor code, what to do instead."""
    return _form(path_here(request.args.get("next", "/")), request.args.get("sent", ""))


@proof_page.post(PROOF_PAGE)
@with_account
@use_args(ProofForm, location="form")
def check(form: dict[str, Any]) -> AnyResponse:
    """Take the proof, and go on to what was wanted."""
    person, target = signed_in(), path_here(form["next"])
    if person is None:
        abort(403)
    try:
        token = proof.prove(
            household().house, person, g.session_token, password=form["password"], code=form["code"]
        )
    except SignInError:
        return _form(target, form["sent"], error=say(proof.NOT_PROVED), status=401)
    return with_session(redirect(target, 303), token)


def _form(target: str, sent: str, error: str | None = None, status: int = 200) -> Response:
    title = say(N_("Is it still you?"))
    body = draw("pages/proof.html", person=signed_in(), next=target, sent="yes" if sent else "", error=error)
    return page(body, title, status)
