"""The JSON API: the services of the page, for programs. The host describes it in its own OpenAPI document."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validates

from host.api import current_host, requires

from .badge import show_open
from .on_status import count_request
from .schemas import RequestForm
from .services import NewRequest, Request, add_request, mark_done, open_requests

rest = Blueprint("acme_requests", __name__, description="Requests for licences")


class RequestSchema(Schema):
    """A request that is open."""

    id = fields.Integer(metadata={"description": "Its number"})
    person = fields.String(metadata={"description": "User id of who needs the licence"})
    licence = fields.String(metadata={"description": "Name of the licence"})
    needed_by = fields.Date(metadata={"description": "The day from which it is needed"})
    reason = fields.String(metadata={"description": "What it is needed for"})


class NewRequestSchema(RequestForm):
    """What is sent to add a request: the form's rules, with the day it is when it comes."""

    def __init__(self) -> None:
        super().__init__(today=date.min)

    @validates("needed_by")
    def not_past(self, value: date, **_: Any) -> None:
        """Refuse a day that is over where the person is."""
        today = current_host.clock().astimezone(ZoneInfo(current_host.timezone)).date()
        RequestForm(today=today).not_past(value)


@rest.get("/requests")
@requires("acme_requests.view")
@rest.response(200, RequestSchema(many=True))
def list_open() -> list[Request]:
    """List the open requests."""
    return open_requests(current_host.session)


@rest.post("/requests")
@requires("acme_requests.manage")
@rest.arguments(NewRequestSchema)
@rest.response(201, RequestSchema)
def add(new: NewRequest) -> Request:
    """Add a request."""
    most = current_host.settings["most_open"]
    number = add_request(new, most_open=most, work=current_host.work, actor=current_host.actor)
    count_request(number)
    show_open()
    return Request(id=number, **asdict(new))


@rest.post("/requests/<int(max=2147483647):number>/done")
@requires("acme_requests.manage")
@rest.response(204)
@rest.alt_response(404, "NOT_FOUND")
@rest.alt_response(409, "CONFLICT")
def done(number: int) -> None:
    """Mark a request as done."""
    mark_done(number, work=current_host.work, actor=current_host.actor)
    show_open()
