"""Usage events over HTTP: one CloudEvent, a batch, or one a line; an answer for each (formats.md 3)."""

from __future__ import annotations

import json

from flask import Response, request
from marshmallow import Schema, fields

from host.api import InputError, requires
from status_tab.circumstances import note_used, taking
from status_tab.domain.usage import Answer, Outcome
from status_tab.schemas.usage import AnswerSchema
from status_tab.services.bodies import Broken, items_of
from status_tab.services.files import Item
from status_tab.services.ingest import counts, record

from .blueprint import rest

CLOUD_EVENTS = {
    "requestBody": {
        "description": "A CloudEvent of the type tabhost.usage.recorded, an array of them, or one a line "
        "(formats.md 3). What one has wrong is told in the answer, and leaves the others as they are",
        "required": True,
        "content": {"application/json": {"schema": {}}, "application/x-ndjson": {"schema": {}}},
    }
}

MOST_ITEMS = 10_000
"""Items of one request: more would keep other writers waiting."""


class IngestedSchema(Schema):
    """What became of a request."""

    accepted = fields.Integer(metadata={"description": "Counted, and durable"})
    duplicate = fields.Integer(metadata={"description": "Counted before, with the same content"})
    conflict = fields.Integer(
        metadata={"description": "Sent before with other content; the first one counts"}
    )
    rejected = fields.Integer(metadata={"description": "Not counted; the reason says why"})
    items = fields.List(fields.Nested(AnswerSchema), metadata={"description": "One for each item, in order"})


@rest.post("/usage")
@requires("status.manage")
@rest.response(200, IngestedSchema)
@rest.alt_response(422, "UNPROCESSABLE_ENTITY")
@rest.doc(**CLOUD_EVENTS)
def take_usage_in() -> Response:
    """Take usage in: one CloudEvent, an array of them, or one on each line (application/x-ndjson).

    What one item has wrong leaves the others as they are. Accepted means durable: key, event and sums are
    kept in one transaction before the answer is sent. Sending an event again is harmless.
    """
    found = items_of(request.get_data(), lines=request.mimetype == "application/x-ndjson")
    if len(found) > MOST_ITEMS:
        raise InputError(f"{len(found)} items; at most {MOST_ITEMS} are taken at once. Nothing was counted")
    common, sound = taking(), [each for each in found if isinstance(each, Item)]
    answers = record(sound, **common)
    note_used(sound, answers, common["work"])
    judged = iter(answers)
    items = [_rejected(each) if isinstance(each, Broken) else next(judged) for each in found]
    # Ten thousand answers cost the schema a tenth of a second; tests hold what is written here against it.
    document = {**counts(items), "items": [_written(each) for each in items]}
    return Response(json.dumps(document), mimetype="application/json")


def _written(answer: Answer) -> dict[str, str]:
    return {"place": answer.place, "outcome": answer.outcome, "id": answer.id, "reason": answer.reason}


def _rejected(broken: Broken) -> Answer:
    return Answer(place=broken.place, outcome=Outcome.REJECTED, reason=broken.reason)
