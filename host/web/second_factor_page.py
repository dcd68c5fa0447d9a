"""Setting a second factor up with an app, recovery codes, and taking it away."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, g, redirect
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, TabhostError
from host.api.values import N_, Text
from host.domain.errors import SignInError
from host.services import factor_setup, second_factor
from host.services.signing_in import show_once, who

from .cookies import with_session
from .doors import with_account
from .fresh_proof import SETUP_PAGE, ask_for_proof, fresh
from .profile import PLACE, here
from .second_page import CodeForm
from .shell import draw, page, say
from .visitor import household

second_factor_page = Blueprint("second_factor", __name__)

TITLE = N_("Second factor")


@second_factor_page.get(SETUP_PAGE)
@with_account
def show() -> AnyResponse:
    """How it stands; while it is set up, the secret, which asks for a fresh proof."""
    waiting = factor_setup.waiting_setup(household().house, here().account)
    if waiting is not None:
        asked = ask_for_proof()
        if asked is not None:
            return asked
    return _page(waiting)


@second_factor_page.post(SETUP_PAGE)
@with_account
@fresh
def begin() -> AnyResponse:
    """Make a secret, and show it."""
    return _tried(lambda: factor_setup.begin_setup(household().house, here().account))


@second_factor_page.get(f"{SETUP_PAGE}/qr.svg")
@with_account
@fresh
def qr() -> Response:
    """The secret as an app scans it: black on white in both themes."""
    import segno  # noqa: PLC0415 - only this picture has use for it

    waiting = factor_setup.waiting_setup(household().house, here().account)
    if waiting is None:
        abort(404)
    drawn = io.BytesIO()
    segno.make(waiting.uri, error="m", micro=False).save(
        drawn, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})


@second_factor_page.post(f"{SETUP_PAGE}/confirm")
@with_account
@fresh
@use_args(CodeForm, location="form")
def confirm(form: dict[str, Any]) -> AnyResponse:
    """Take the first code; shows the recovery codes, which stand nowhere else."""
    house, person = household().house, here()
    try:
        token, codes = factor_setup.confirm(house, person, g.session_token, form["code"])
    except TabhostError as error:
        return _page(factor_setup.waiting_setup(house, person.account), error.in_words(say), _status(error))
    except SignInError:
        return redirect("/login", 303)
    g.session_token, g.signed_in = token, who(house, token)  # what is drawn here belongs to that already
    return with_session(_codes(codes), token)


@second_factor_page.post(f"{SETUP_PAGE}/codes")
@with_account
@fresh
def new_codes() -> AnyResponse:
    """Recovery codes in the place of all before, shown once."""
    try:
        return _codes(factor_setup.new_codes(household().house, here().account))
    except TabhostError as error:
        return _page(None, error.in_words(say), _status(error))


@second_factor_page.get(f"{SETUP_PAGE}/remove")
@with_account
@fresh
def ask_before_removing() -> AnyResponse:
    """Say what goes away, and ask."""
    return _page(None, question=True)


@second_factor_page.post(f"{SETUP_PAGE}/remove")
@with_account
@fresh
def remove() -> AnyResponse:
    """Take it away."""
    said = N_("Your second factor is removed. Your other sessions have ended.")
    return _tried(lambda: factor_setup.remove(household().house, here(), g.session_token), said)


def _tried(work: Callable[[], object], said: Text | None = None) -> AnyResponse:
    try:
        token = work()
    except TabhostError as error:
        return _page(None, error.in_words(say), _status(error))
    except SignInError:
        return redirect("/login", 303)
    response = redirect(SETUP_PAGE, 303)
    if not isinstance(token, str):
        return response
    if said is not None:
        show_once(household().house, token, (say(said),))
    return with_session(response, token)


def _status(error: TabhostError) -> int:
    return 409 if isinstance(error, ConflictError) else 422


def _page(
    waiting: factor_setup.Setup | None,
    error: str | None = None,
    status: int = 200,
    *,
    question: bool = False,
) -> Response:
    house, person = household().house, here()
    stands = second_factor.view(house, person.account)
    body = draw(
        "pages/second_factor.html",
        factor=stands,
        secret=" ".join(_fours(waiting.secret)) if waiting else "",
        account=person.account.user_id,
        error=error,
        required=house.second_factor.concerns(person.account.roles),
        question=question and stands.since is not None,
    )
    return page(body, say(TITLE), status, current=PLACE)


def _codes(codes: list[str]) -> Response:
    return page(draw("pages/recovery_codes.html", codes=codes), say(N_("Recovery codes")), current=PLACE)


def _fours(secret: str) -> list[str]:
    return [secret[at : at + 4] for at in range(0, len(secret), 4)]
