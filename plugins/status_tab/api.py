"""What other plugins may use of the Status tab: hooks and functions that it publishes, and their values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from marshmallow import Schema, fields, validate

from host.api import current_host, hookspec, published

from .domain.events import Scope
from .domain.usage import Answer, Outcome
from .schemas.events import NewEventFields, SignSchema, event_number, new_event
from .schemas.summary import LicenceSummary, LicenceSummarySchema
from .schemas.usage import AnswerSchema

__all__ = [
    "MOST_RECORDS",
    "Answer",
    "LicenceSummary",
    "LicenceSummarySchema",
    "Outcome",
    "Scope",
    "StatusSpec",
    "advance_event",
    "finish_event",
    "record_usage",
    "satellite_licences",
    "start_event",
]

MOST_RECORDS = 1000
"""Records in one call of `record_usage`: more would keep other writers waiting."""
NOTHING = fields.Raw(allow_none=True)
"""What a function without a result returns."""


class StatusSpec:
    """Hooks of the Status tab."""

    @hookspec
    def status_licence_summary(self, users_since: date | None) -> LicenceSummary | None:
        """Tell the Status tab what licence is in force.

        Called while the Status page is drawn, in the web worker; built-in plugins only. Reads
        through ``current_host.session``.

        Args:
            users_since: From which day on the daily count of users is wanted; None for not at all.

        Returns:
            The summary, or None while no licence has been loaded.

        If it raises:
            The rows that come from it are missing, and the plugin is blamed in the ledger.

        .. versionadded:: 0.1
        """


class _Records(Schema):
    records = fields.List(
        fields.Raw(allow_none=True), required=True, validate=validate.Length(max=MOST_RECORDS)
    )


@published(takes=_Records(), returns=fields.List(fields.Nested(AnswerSchema)), writes=True)
def record_usage(*, records: list[dict[str, Any]]) -> list[Answer]:
    """Take usage in. Sending a record again is harmless: its ``source`` and ``id`` are counted once.

    What one record has wrong leaves the others as they are. If something was accepted, one audit row
    says so: better many records in one call than many calls.

    Args:
        records: CloudEvents as dicts, with the time as text (formats.md 3); at most `MOST_RECORDS`.

    Returns:
        An answer for each record, in order: what became of it, and why if it does not count.

    Raises:
        InputError: There are too many.

    .. versionadded:: 0.1
    """
    from .circumstances import taking
    from .services import ingest
    from .services.files import numbered

    return ingest.record(numbered(records), **taking())


@published(
    takes=NewEventFields(exclude=("activated_by", "extra_info")), returns=fields.Integer(), writes=True
)
def start_event(
    *,
    key: str,
    message: str = "",
    description: str = "",
    scope: Scope | None = None,
    owner: str = "",
    starts: datetime | None = None,
    eta: datetime | None = None,
    ends_itself: bool = False,
    done: int | None = None,
    total: int | None = None,
    lease_seconds: int | None = None,
) -> int:
    """Start a system event, or announce one that starts later; activated by whoever acts.

    There is one open event for each type, scope and owner. Give it a lease if a program is behind it:
    then everybody sees when that has died, and the next one can start.

    Args:
        key: Key of its type, such as ``import-companies``.
        message: What stands in the list, up to 254 characters.
        description: More on it, shown when the row is chosen.
        scope: Whom it concerns; None for what its type says.
        owner: The group or person for those scopes, otherwise "".
        starts: When it starts; None for now.
        eta: Expected end; None if unknown.
        ends_itself: Whether it is over at *eta* without anybody ending it.
        done: How far it is, in steps; None where it shows no progress.
        total: Number of steps in all.
        lease_seconds: How long it counts as alive after a sign of life; None for ever.

    Returns:
        Its number, for `advance_event` and `finish_event`.

    Raises:
        InputError: Something of this is not what it should be.
        ConflictError: Such an event is open already.

    .. versionadded:: 0.1
    """
    from .services import events

    new = new_event(
        key=key,
        message=message,
        description=description,
        scope=scope,
        owner=owner,
        starts=starts,
        eta=eta,
        ends_itself=ends_itself,
        done=done,
        total=total,
        lease_seconds=lease_seconds,
    )
    return events.start_event(new, work=current_host.work, actor=current_host.actor, clock=current_host.clock)


@published(takes=SignSchema(), returns=NOTHING, writes=True)
def advance_event(
    *,
    number: int,
    done: int | None = None,
    total: int | None = None,
    message: str | None = None,
    lease_seconds: int | None = None,
) -> None:
    """Give a sign of life for an event, and say how far it is. No audit row is written.

    Args:
        number: What `start_event` returned.
        done: How far it is, in steps; None if that has not changed.
        total: Number of steps in all; None if that has not changed.
        message: What stands in the list now; None for what stood there.
        lease_seconds: How long it counts as alive from now on; None for as long as before.

    Raises:
        NotFoundError: There is no such event.
        ConflictError: It has ended, by somebody's hand or by itself: whatever it stands for should stop.
        InputError: Something of this is not what it should be.

    .. versionadded:: 0.1
    """
    from .services import progress

    progress.advance_event(
        number,
        done=done,
        total=total,
        message=message,
        lease_seconds=lease_seconds,
        work=current_host.work,
        clock=current_host.clock,
    )


@published(takes=Schema.from_dict({"number": event_number()})(), returns=NOTHING, writes=True)
def finish_event(*, number: int) -> None:
    """End an event; its effects end with it.

    Raises:
        NotFoundError: There is no such event.
        ConflictError: It has ended already.

    .. versionadded:: 0.1
    """
    from .services import events

    events.end_event(number, work=current_host.work, clock=current_host.clock)


@published(takes=Schema(), returns=fields.Dict(keys=fields.String(), values=fields.Integer()))
def satellite_licences() -> dict[str, int]:
    """How many satellite databases occupy each site licence (formats.md 5).

    Returns:
        The number of satellites by full module name in lower case (``superoffice.satellite``).

    .. versionadded:: 0.1
    .. versionchanged:: 0.2
        A published function: it takes no session, and third parties can call it too.
    """
    from .services import installation

    return installation.satellite_licences(current_host.session)
