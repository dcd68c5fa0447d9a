"""Usage events as CloudEvents 1.0 in JSON (formats.md 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from host.api import ValueSchema
from status_tab.domain.usage import Answer, Outcome, UsageEvent

from .parts import Rfc3339, first_fault, storable

USAGE_TYPE = "tabhost.usage.recorded"


class UsageDataSchema(Schema):
    """The ``data`` of a usage event."""

    error_messages = {"type": "must be a JSON object with service and value"}  # noqa: RUF012 - so declared by marshmallow

    class Meta:
        unknown = RAISE

    service = fields.String(required=True)
    value = fields.Integer(
        required=True,
        strict=True,
        error_messages={"invalid": "must be a whole number, not text or a fraction"},
    )


class CloudEventSchema(Schema):
    """A usage event. Attributes that CloudEvents allows beside its own are passed over."""

    error_messages = {"type": "must be a CloudEvent, a JSON object"}  # noqa: RUF012 - so declared by marshmallow

    class Meta:
        unknown = EXCLUDE

    specversion = fields.String(required=True, validate=validate.Equal("1.0"))
    id = fields.String(required=True, validate=[validate.Length(1, 254), storable])
    source = fields.String(required=True, validate=[validate.Length(1, 254), storable])
    type = fields.String(required=True, validate=validate.Equal(USAGE_TYPE))
    time = Rfc3339(required=True)
    subject = fields.String(validate=[validate.Length(max=254), storable])
    data = fields.Nested(UsageDataSchema, required=True)


class AnswerSchema(ValueSchema):
    """Wire form of `Answer`."""

    value = Answer
    place = fields.String(required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    id = fields.String()
    reason = fields.String()


_BATCH = CloudEventSchema(many=True)


def parse_batch(items: Sequence[Any]) -> Iterator[UsageEvent | str]:
    """Check *items* in one go.

    Args:
        items: What JSON held, one entry for each event.

    Yields:
        For each item, in order, the event, or what is wrong with it and what was expected.
    """
    try:
        loaded, faults = _BATCH.load(items), {}
    except ValidationError as error:
        loaded, faults = error.valid_data, error.normalized_messages()  # type: ignore[no-untyped-call]
    for index, fields_ in enumerate(loaded):
        if index in faults:
            yield ": ".join(part for part in first_fault(faults[index]) if part)
        else:
            yield _event(fields_)


def _event(fields_: dict[str, Any]) -> UsageEvent:
    return UsageEvent(
        source=fields_["source"],
        id=fields_["id"],
        time=fields_["time"],
        service=fields_["data"]["service"].lower(),
        value=fields_["data"]["value"],
        subject=fields_.get("subject", ""),
    )
