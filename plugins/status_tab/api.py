"""What other plugins may use of the Status tab: hooks and functions that it publishes, and their values."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from host.api import current_host, published

from .domain.events import Cancelling, Scope
from .domain.metered import Kind
from .domain.tariff import Tier
from .domain.usage import Answer, Outcome
from .event_calls import NOTHING, advance_event, finish_event, start_event
from .running import RunningEvent, running_event
from .schemas.additions import Allowance, EventType, EventTypeSchema, MeteredService, MeteredServiceSchema
from .schemas.facts import MOST_FACTS, Fact, FactSchema, no_doubles
from .schemas.summary import LicenceSummary, LicenceSummarySchema
from .schemas.usage import AnswerSchema
from .specs import StatusSpec

__all__ = [
    "MOST_FACTS",
    "MOST_RECORDS",
    "Allowance",
    "Answer",
    "Cancelling",
    "EventType",
    "EventTypeSchema",
    "Fact",
    "FactSchema",
    "Kind",
    "LicenceSummary",
    "LicenceSummarySchema",
    "MeteredService",
    "MeteredServiceSchema",
    "Outcome",
    "RunningEvent",
    "Scope",
    "StatusSpec",
    "Tier",
    "advance_event",
    "finish_event",
    "record_usage",
    "running_event",
    "satellite_licences",
    "set_facts",
    "start_event",
]

MOST_RECORDS = 1000
"""Records in one call of `record_usage`: more would keep other writers waiting."""


class _Records(Schema):
    records = fields.List(
        fields.Raw(allow_none=True), required=True, validate=validate.Length(max=MOST_RECORDS)
    )


@published(takes=_Records(), returns=fields.List(fields.Nested(AnswerSchema)), writes=True)
def record_usage(*, records: list[dict[str, Any]]) -> list[Answer]:
    """Take usage in. Sending a record again is harmless: its ``source`` and ``id`` are counted once.

    What one record has wrong leaves the others as they are; one of a service that another plugin declares is
    wrong. If something was accepted, one audit row
    says so: better many records in one call than many calls.

    Args:
        records: CloudEvents as dicts, with the time as text (formats.md 3); at most `MOST_RECORDS`.

    Returns:
        An answer for each record, in order: what became of it, and why if it does not count.

    Raises:
        InputError: There are too many.

    .. versionadded:: 0.1
    """
    from .circumstances import note_used, taking
    from .services import ingest
    from .services.files import numbered

    common, items = taking(), numbered(records)
    answers = ingest.record(items, **common, recorder=current_host.caller)
    note_used(items, answers, common["work"])
    return answers


class _Facts(Schema):
    facts = fields.List(
        fields.Nested(FactSchema), required=True, validate=[validate.Length(max=MOST_FACTS), no_doubles]
    )


@published(takes=_Facts(), returns=NOTHING, writes=True)
def set_facts(*, facts: list[Fact]) -> None:
    """Put *facts* in the place of all that the plugin told before; they stand in the box *Database*.

    They stand there for everybody who sees the Status tab while the plugin is on, below its id, and come back
    when it is switched on again. Nothing is written in the audit log.

    Args:
        facts: At most `MOST_FACTS`, of different keys; none takes all of them away.

    Raises:
        InputError: One of them is not what it should be.

    .. versionadded:: 0.1
    """
    from .services import additions

    additions.set_facts(current_host.caller, facts, work=current_host.work, clock=current_host.clock)


@published(takes=Schema(), returns=fields.Dict(keys=fields.String(), values=fields.Integer()))
def satellite_licences() -> dict[str, int]:
    """How many satellite databases occupy each site licence (formats.md 5).

    Returns:
        The number of satellites by full module name in lower case (``superoffice.satellite``).

    .. versionadded:: 0.1
    """
    from .services import installation

    return installation.satellite_licences(current_host.session)
