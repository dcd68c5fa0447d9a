"""What stands in the place of every page for those who may not be here now."""

from __future__ import annotations

from flask import Response, jsonify, request

from host.api.values import N_
from host.engine.plugin_app import API_PREFIX

from .announcing import Said
from .cards import Action, Card, show
from .notices import notice_of
from .shell import say
from .visitor import household

STATUS = 503
OPEN_AGAIN = N_("Nothing that you did before is lost. Try again later.")


def closed_card(said: Said) -> Response:
    """Why this person may not be here now, and until when; JSON for the API."""
    notice = notice_of(said)
    sentences = [notice.more, f"{notice.until}." if notice.until else "", say(OPEN_AGAIN)]
    text = " ".join(each for each in sentences if each)
    if request.path.startswith(API_PREFIX):
        response = jsonify(code=STATUS, status="Service Unavailable", message=f"{notice.title}: {text}")
        response.status_code = STATUS
    else:
        again = Action(label=say(N_("Try again")), href="/", primary=True, icon="refresh")
        card = Card(kind="warn", icon="lock", title=notice.title, text=text, actions=[again])
        response = show(card, STATUS)
    if said.banner.until is not None:
        wait = said.banner.until - household().house.clock()
        response.headers["Retry-After"] = str(max(1, int(wait.total_seconds())))
    return response
