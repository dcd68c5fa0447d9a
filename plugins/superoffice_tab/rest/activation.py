"""A set that waits, as JSON: sent, looked at, activated, discarded."""

from __future__ import annotations

from typing import Any

from flask import request

from host.api import current_host, requires
from superoffice_tab.circumstances import circumstances, trusted
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.lookups import pending_of
from superoffice_tab.schemas.api_activation import (
    ActivationSchema,
    ConfirmedSchema,
    FileNameSchema,
    PendingSchema,
    ReceivedSchema,
)
from superoffice_tab.services import activating, pending, receiving, refused_files
from superoffice_tab.services.pending import PendingView

from .blueprint import rest
from .refusals import refusals_told

LICENCE_FILE = {
    "requestBody": {
        "description": "The licence file as it came",
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@rest.get("/owners/<owner>/pending")
@requires(VIEW)
@rest.response(200, PendingSchema)
@rest.alt_response(404, "NOT_FOUND")
def show_pending(owner: str) -> PendingView:
    """Show the set that waits: what it changes, how many holders have to go first, what activating does."""
    return pending_of(owner)


@rest.post("/owners/<owner>/pending")
@requires(MANAGE)
@rest.arguments(FileNameSchema, location="query")
@rest.response(200, ReceivedSchema)
@rest.alt_response(422, "UNPROCESSABLE_ENTITY")
@rest.doc(**LICENCE_FILE)
def send_file(wanted: dict[str, str], owner: str) -> receiving.Received:
    """Send a licence file, which waits then until it is activated.

    One that is not accepted gets 422 with its verdict code in ``errors.verdict``.
    """
    content = request.get_data()
    with refusals_told(owner):
        try:
            received = receiving.receive(
                content,
                source=wanted["name"],
                roots=trusted(),
                automatic=bool(current_host.settings["automatic_updates"]),
                owner=owner.upper(),
                **circumstances(),
            )
        except VerdictError as error:
            refused_files.write_down(content, wanted["name"], error, work=current_host.work)
            raise
    current_host.tabs_changed()  # the set of a new owner brings a tab
    mark_tabs(received.owner)
    return received


@rest.delete("/owners/<owner>/pending")
@requires(MANAGE)
@rest.response(204)
@rest.alt_response(404, "NOT_FOUND")
def discard(owner: str) -> None:
    """Forget the set that waits, and what was planned for it."""
    pending.discard(owner, work=current_host.work)
    current_host.tabs_changed()  # that of an owner with nothing else goes away
    mark_tabs(owner)


@rest.post("/owners/<owner>/pending/activate")
@requires(MANAGE)
@rest.arguments(ConfirmedSchema)
@rest.response(200, ActivationSchema)
@rest.alt_response(409, "CONFLICT")
@rest.alt_response(422, "UNPROCESSABLE_ENTITY")
def activate(seen: dict[str, Any], owner: str) -> activating.Activation:
    """Put the set in force that was looked at, with everything that was planned, or nothing.

    Where more people hold licences than it allows, ``errors.deficits`` of 409 says how many have to go.
    """
    confirmed = Confirmation(serial=seen["confirm_serial"], company=seen["confirm_company"])
    with refusals_told(owner):
        done = activating.activate(
            owner, seq=seen["seq"], confirmed=confirmed, roots=trusted(), **circumstances()
        )
    current_host.tabs_changed()
    mark_tabs(done.owner)
    return done
