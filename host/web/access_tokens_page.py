"""The page of API tokens: one's own, making and revoking them; everybody's for who looks after them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import NotFoundError, TabhostError
from host.api.values import N_
from host.domain.access_tokens import LONGEST_LIFE, LONGEST_NAME, USUAL_LIFE, AccessToken
from host.domain.roles import MOST_PERMISSIONS
from host.engine.plugin_app import CSRF_FIELD
from host.services import access_tokens as service

from .doors import with_account
from .fresh_proof import fresh
from .people_words import Question, done, told
from .permission_words import Group, groups
from .shell import draw, page, say
from .visitor import actor, household

access_tokens_page = Blueprint("access_tokens", __name__)

ADDRESS, PLACE = "/tokens", ("host", "tokens")
TITLE = N_("API tokens")


class TokenForm(Schema):
    """A new token as it was typed."""

    name = fields.String(load_default="", validate=validate.Length(max=1000))
    days = fields.String(load_default="", validate=validate.Length(max=100))
    permission = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=list,
        validate=validate.Length(max=MOST_PERMISSIONS),
    )
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as it stands in the list: what it may do in words, and its badge."""

    token: AccessToken
    permissions: list[str]
    counts: bool
    kind: str
    icon: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """The form of a new token: what can be chosen, what was typed, and what was wrong with it."""

    groups: list[Group]
    typed: dict[str, Any]
    problem: str = ""
    longest_name: int = LONGEST_NAME
    longest_life: int = LONGEST_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What stands above or beside the list."""

    new: NewToken | None = None
    question: Question | None = None
    made: AccessToken | None = None
    secret: str = field(default="", repr=False)
    problem: str = ""


@access_tokens_page.get(ADDRESS)
@with_account
def show_tokens() -> Response:
    """The tokens that the reader may see."""
    return _page()


@access_tokens_page.get(f"{ADDRESS}/add")
@with_account
@fresh
def ask_for_new() -> Response:
    """The form of a new token, above the list."""
    return _form({"name": "", "days": USUAL_LIFE, "permission": []})


@access_tokens_page.post(f"{ADDRESS}/add")
@with_account
@fresh
@use_args(TokenForm, location="form")
def add(form: dict[str, Any]) -> AnyResponse:
    """Make a token of one's own, and show it this once."""
    try:
        token, secret = service.add_token(
            household().house,
            actor().user_id,
            name=form["name"],
            permissions=form["permission"],
            days=_days(form["days"]),
            actor=actor(),
        )
    except TabhostError as error:
        sentence, status = told(error)
        return _form(form, sentence, status)
    return _page(_Shown(made=token, secret=secret))


@access_tokens_page.get(f"{ADDRESS}/<token_id>/revoke")
@with_account
def ask_before_revoking(token_id: str) -> Response:
    """Say what it means that a token is revoked, and ask."""
    return _page(_Shown(question=_revocation(_one(token_id))))


@access_tokens_page.post(f"{ADDRESS}/<token_id>/revoke")
@with_account
def revoke(token_id: str) -> AnyResponse:
    """Revoke a token."""
    token = _one(token_id)
    try:
        service.revoke_token(household().house, token.id, actor())
    except TabhostError as error:
        sentence, status = told(error)
        return _page(_Shown(problem=sentence), status)
    return done(N_("The token %(name)s is revoked.", name=token.name), ADDRESS)


def _days(typed: str) -> int:
    """Days as they were typed; 0, which is no life, for what is no number."""
    text = typed.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("10000") else 0


def _one(token_id: str) -> AccessToken:
    try:
        return service.one_token(household().house, token_id, actor())
    except NotFoundError:
        abort(HTTPStatus.NOT_FOUND)


def _form(typed: dict[str, Any], problem: str = "", status: int = 200) -> Response:
    may = actor().permissions
    choice = [
        Group(owner=each.owner, title=each.title, permissions=held)
        for each in groups()
        if (held := [one for one in each.permissions if one.id in may])
    ]
    return _page(_Shown(new=NewToken(groups=choice, typed=typed, problem=problem)), status)


def _page(shown: _Shown | None = None, status: int = 200) -> Response:
    shown = shown or _Shown()
    house = household().house
    now, titles = house.clock(), {one.id: one.title for each in groups() for one in each.permissions}
    body = draw(
        "pages/access_tokens.html",
        rows=[_row(each, titles, now) for each in service.visible(house, actor())],
        everybody=actor().may(service.MANAGE),
        user_id=actor().user_id,
        may_add=bool(actor().permissions),
        new=shown.new,
        question=shown.question,
        made=shown.made,
        secret=shown.secret,
        problem=shown.problem,
    )
    return page(body, say(TITLE), status, current=PLACE)


def _row(token: AccessToken, titles: dict[str, str], now: datetime) -> TokenRow:
    if token.revoked_at is not None:
        kind, icon, state = "off", "x", N_("Revoked")
    elif not token.counts(now):
        kind, icon, state = "off", "clock", N_("Over")
    else:
        kind, icon, state = "ok", "check", N_("In force")
    return TokenRow(
        token=token,
        permissions=sorted(titles.get(each, each) for each in token.permissions),
        counts=token.counts(now),
        kind=kind,
        icon=icon,
        state=say(state),
    )


def _revocation(token: AccessToken) -> Question:
    return Question(
        title=say(N_("Revoke the token %(name)s?", name=token.name)),
        effects=[
            say(N_("Whatever uses it is refused at once.")),
            say(N_("It cannot be put in force again; a new one can be made.")),
        ],
        action=f"{ADDRESS}/{token.id}/revoke",
        back=ADDRESS,
        keep=say(N_("Keep the token")),
        go=say(N_("Revoke it")),
        fields={},
    )
