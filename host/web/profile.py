"""The profile page: what people choose and see of themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, NotFoundError, TabhostError
from host.api.values import N_, Text
from host.domain import browsers
from host.domain.errors import SignInError
from host.domain.languages import LANGUAGES
from host.domain.people import SignedIn
from host.engine.plugin_app import CSRF_FIELD
from host.services import portraits, profile, proof, second_factor, sessions
from host.services.passwords import ADVISED, LONGEST, SHORTEST
from host.services.pictures import LARGEST
from host.services.signing_in import show_once

from .cookies import with_session
from .doors import with_account
from .fresh_proof import fresh
from .shell import draw, page, role_name, say
from .visitor import actor, household, signed_in

profile_page = Blueprint("profile", __name__)

PROFILE, PLACE = "/profile", ("host", "profile")
TITLE = N_("Profile")
DIFFERENT = N_("The two new passwords are not the same. Type both again. Nothing was changed.")
PROVED_BY = {
    "password": N_("password"),
    "link": N_("one-time link"),
    "code": N_("code"),
    "recovery": N_("recovery code"),
    "openid": N_("company account"),
    "second": N_("its second factor"),
}
"""What sessions were proved by, in words."""


class ChoicesForm(Schema):
    """Language and time zone; "" for none of one's own."""

    language = fields.String(load_default="", validate=validate.Length(max=16))
    timezone = fields.String(load_default="", validate=validate.Length(max=64))
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


class PasswordForm(Schema):
    """A new password, twice, and the present one."""

    present = fields.String(load_default="", validate=validate.Length(max=1024))
    new = fields.String(load_default="", validate=validate.Length(max=1024))
    again = fields.String(load_default="", validate=validate.Length(max=1024))
    csrf_token = fields.String(load_only=True, data_key=CSRF_FIELD)


@profile_page.get(PROFILE)
@with_account
def show_profile() -> Response:
    """Everything that stands there."""
    return _page()


@profile_page.post(f"{PROFILE}/choices")
@with_account
@use_args(ChoicesForm, location="form")
def choose(form: dict[str, Any]) -> AnyResponse:
    """Remember language and time zone."""
    return _done(
        "choices",
        lambda: profile.choose(household().house, here().account, form["language"], form["timezone"]),
        N_("Language and time zone are kept."),
    )


@profile_page.post(f"{PROFILE}/portrait")
@with_account
def set_portrait() -> AnyResponse:
    """Keep the picture that was sent."""
    sent = request.files.get("portrait")
    content = sent.stream.read(LARGEST + 1) if sent else b""
    return _done(
        "portrait",
        lambda: portraits.set_portrait(household().house, here().account.user_id, content, actor()),
        N_("Your portrait is kept."),
    )


@profile_page.post(f"{PROFILE}/portrait/remove")
@with_account
def remove_portrait() -> AnyResponse:
    """Go back to the initials."""
    return _done(
        "portrait",
        lambda: portraits.remove_portrait(household().house, here().account.user_id, actor()),
        N_("Your portrait is removed."),
    )


@profile_page.post(f"{PROFILE}/password")
@with_account
@use_args(PasswordForm, location="form")
def change_password(form: dict[str, Any]) -> AnyResponse:
    """Set a new password, and end the other sessions."""
    if form["new"] != form["again"]:
        return _page({"password": say(DIFFERENT)}, 422)
    return _done(
        "password",
        lambda: proof.change_password(
            household().house, here(), g.session_token, form["present"], form["new"]
        ),
        N_("Your password is changed. Your other sessions have ended."),
    )


@profile_page.post(f"{PROFILE}/sessions/<public_id>/end")
@with_account
@fresh
def end_session(public_id: str) -> AnyResponse:
    """End one session (ASVS 7.5.2)."""
    return _done(
        "sessions",
        lambda: sessions.end_session(household().house, here().account, public_id),
        N_("The session has ended."),
    )


@profile_page.post(f"{PROFILE}/sessions/end-others")
@with_account
@fresh
def end_others() -> AnyResponse:
    """End all sessions but this one."""
    return _done(
        "sessions",
        lambda: sessions.end_other_sessions(household().house, here()),
        N_("Your other sessions have ended."),
    )


def here() -> SignedIn:
    """Whoever is signed in; the doors let nobody else in."""
    person = signed_in()
    if person is None:
        abort(403)
    return person


def _done(section: str, work: Callable[[], object], said: Text) -> AnyResponse:
    """Do it, and show the page anew; or say in its section why it was not done."""
    try:
        token = work()
    except TabhostError as error:
        status = 404 if isinstance(error, NotFoundError) else 409 if isinstance(error, ConflictError) else 422
        return _page({section: error.in_words(say)}, status)
    except SignInError:
        return redirect("/login", 303)  # the session was ended meanwhile
    response = redirect(f"{PROFILE}#{section}", 303)
    renewed = isinstance(token, str)
    show_once(household().house, token if isinstance(token, str) else g.session_token, (say(said),))
    return with_session(response, str(token)) if renewed else response


def _page(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    house, person = household().house, here()
    account = person.account
    listed = sessions.list_sessions(house, account, person.public_id)
    body = draw(
        "pages/profile.html",
        person=person,
        roles=[say(role_name(each)) for each in account.roles],
        portrait=f"/portraits/{account.user_id}" if account.has_portrait else None,
        errors=errors or {},
        languages=LANGUAGES,
        zones=profile.zones(),
        installation_zone=house.timezone,
        lengths=(SHORTEST, LONGEST, ADVISED),
        factor=second_factor.view(house, account),
        sessions=[(each, browsers.in_words(each.agent), _proved(each.proved)) for each in listed],
    )
    return page(body, say(TITLE), status, current=PLACE)


def _proved(proved: tuple[str, ...]) -> str:
    return ", ".join(say(PROVED_BY[each]) if each in PROVED_BY else each for each in proved)
