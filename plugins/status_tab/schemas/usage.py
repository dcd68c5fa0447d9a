"""Usage events as CloudEvents 1.0 in JSON (formats.md 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from host.api import ValueSchema
from status_tab.domain.usage import Answer, Outcome, UsageEvent

from .parts import Rfc3339, first_fault, rfc_3339, storable

USAGE_TYPE = "tabhost.usage.recorded"
LONGEST = 254
"""Characters of what an event is called by."""


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
    id = fields.String(required=True, validate=[validate.Length(1, LONGEST), storable])
    source = fields.String(required=True, validate=[validate.Length(1, LONGEST), storable])
    type = fields.String(required=True, validate=validate.Equal(USAGE_TYPE))
    time = Rfc3339(required=True)
    subject = fields.String(validate=[validate.Length(max=LONGEST), storable])
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
    found = [plain_event(item) for item in items]
    others = _load([item for item, event in zip(items, found, strict=True) if event is None])
    for event in found:
        yield event if event is not None else next(others)


def plain_event(item: Any) -> UsageEvent | None:
    """The event *item*, where everything about it is as usual; None where the schema has to tell.

    The schema says the same, in ten times the time: most of what a large batch would cost. Whatever is out of
    the ordinary is left to it.
    """
    try:
        data, time, source, id_ = item["data"], item["time"], item["source"], item["id"]
        service, value, subject = data["service"], data["value"], item.get("subject", "-")
        together = "".join((source, id_, service, subject))  # a TypeError where one is no text
        usual = (
            item["specversion"] == "1.0"
            and item["type"] == USAGE_TYPE
            and len(data) == 2
            and type(value) is int
            and together.isascii()
            and "\x00" not in together
            and 0 < len(source) <= LONGEST
            and 0 < len(id_) <= LONGEST
            and 0 < len(service) <= LONGEST
            and 0 < len(subject) <= LONGEST
            and rfc_3339(time)
        )
        if not usual:
            return None
        moment = datetime.fromisoformat(time.upper())
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (TypeError, KeyError, AttributeError, ValueError, OverflowError):
        return None
    return UsageEvent(
        source=source,
        id=id_,
        time=moment,
        service=service.lower(),
        value=value,
        subject=item.get("subject", ""),
    )


def _load(items: Sequence[Any]) -> Iterator[UsageEvent | str]:
    """What the schema says of *items*."""
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
