"""The dialogs of system events: what people fill in, with times in their own time zone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, post_load, validate

from host.api import N_
from status_tab.domain.events import (
    EVENT_TYPES,
    LONGEST_MESSAGE,
    MESSAGE_OF_THE_DAY,
    EventChange,
    NewEvent,
    Scope,
)

from .events import LAST_YEAR
from .parts import storable

MINUTE = "%Y-%m-%dT%H:%M"
LONGEST_DESCRIPTION = 10_000
BY_HAND = [each.key for each in EVENT_TYPES.values() if each.by_hand]
SCOPES = [Scope.SYSTEM_WIDE, Scope.DATABASE, Scope.USER]
"""Those that can take effect: accounts of this host belong to no groups."""

_NO_TIME = N_("Give a day and a time.").id
_SKIPPED = N_("There is no such time on that day: the clocks are put forward.").id
_TOO_FAR = N_("This is too far away.").id
_BEFORE = N_("It must be later than the start.").id
_PAST = N_("It must lie ahead, if the event ends by itself at that time.").id
_LONG_MESSAGE = N_("The message may have 254 characters.").id
_LONG_TEXT = N_("The description may have 10,000 characters.").id
_WHO = N_("Say whom it is for.").id
_ONLY_MESSAGES = N_("Only a message of the day can be for one person.").id
_CHOOSE = N_("Choose one of them.").id


class LocalTime(fields.Field[datetime]):
    """What ``<input type="datetime-local">`` sends: a time without a zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            local = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError(_NO_TIME) from None
        if local.tzinfo is not None:
            raise ValidationError(_NO_TIME)
        return local


def shown(moment: datetime | None, zone: ZoneInfo) -> str:
    """*moment* as such a field shows it; "" for none."""
    return moment.astimezone(zone).strftime(MINUTE) if moment else ""


class _EventForm(Schema):
    """What both dialogs ask for.

    Args:
        zone: The person's time zone.
        now: The time now.
    """

    def __init__(self, *, zone: ZoneInfo, now: datetime) -> None:
        self._zone, self._now = zone, now
        super().__init__()

    starts = LocalTime(load_default=None)
    eta = LocalTime(load_default=None)
    ends_itself = fields.Boolean(load_default=False)
    message = fields.String(
        load_default="", validate=[validate.Length(max=LONGEST_MESSAGE, error=_LONG_MESSAGE), storable]
    )
    description = fields.String(
        load_default="", validate=[validate.Length(max=LONGEST_DESCRIPTION, error=_LONG_TEXT), storable]
    )

    def moment(self, data: dict[str, Any], name: str, old: datetime | None = None) -> datetime | None:
        """The moment that was meant; *old*, seconds and all, where the field shows it unchanged.

        Raises:
            ValidationError: There is no such time, or it is too far away.
        """
        local: datetime | None = data[name]
        if local is None or (old is not None and local.strftime(MINUTE) == shown(old, self._zone)):
            return None if local is None else old
        if not self._now.year - 100 <= local.year <= LAST_YEAR:
            raise ValidationError(_TOO_FAR, name)
        moment = local.replace(tzinfo=self._zone).astimezone(UTC)
        if moment.astimezone(self._zone).replace(tzinfo=None) != local:
            raise ValidationError(_SKIPPED, name)
        return moment

    def check_end(self, starts: datetime, eta: datetime | None, *, ends_itself: bool) -> None:
        """Refuse an end before the start, and one that has passed where that would be the end at once."""
        if eta is not None and eta <= starts:
            raise ValidationError(_BEFORE, "eta")
        if eta is not None and ends_itself and eta <= self._now:
            raise ValidationError(_PAST, "eta")


class AddForm(_EventForm):
    """The dialog *Add event*; loads into a `NewEvent`. An empty start is now.

    Args:
        zone: The person's time zone.
        now: The time now.
        types: Keys of the types that it offers.
    """

    def __init__(self, *, zone: ZoneInfo, now: datetime, types: Collection[str] = BY_HAND) -> None:
        self._types = types
        super().__init__(zone=zone, now=now)

    key = fields.String(required=True)
    scope = fields.Enum(
        Scope,
        by_value=True,
        load_default=Scope.SYSTEM_WIDE,
        validate=validate.OneOf(SCOPES, error=_CHOOSE),
    )
    owner = fields.String(load_default="", validate=[validate.Length(max=254), storable])

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewEvent:
        """Build the value."""
        if data["key"] not in self._types:
            raise ValidationError(_CHOOSE, "key")
        personal = data["scope"] is Scope.USER
        if personal and data["key"] != MESSAGE_OF_THE_DAY:
            raise ValidationError(_ONLY_MESSAGES, "scope")
        if personal and not data["owner"].strip():
            raise ValidationError(_WHO, "owner")
        starts, eta = self.moment(data, "starts"), self.moment(data, "eta")
        self.check_end(starts or self._now, eta, ends_itself=data["ends_itself"])
        return NewEvent(
            key=data["key"],
            message=data["message"].strip(),
            description=data["description"].strip(),
            scope=data["scope"],
            owner=data["owner"].strip() if personal else "",
            starts=starts,
            eta=eta,
            ends_itself=data["ends_itself"] and eta is not None,
        )


class EditForm(_EventForm):
    """The dialog *Edit*; loads into an `EventChange`.

    Args:
        there: How the event is.
        zone: The person's time zone.
        now: The time now.
    """

    seen = fields.String(load_default="")

    def __init__(self, there: EventChange, *, zone: ZoneInfo, now: datetime) -> None:
        self._there = there
        super().__init__(zone=zone, now=now)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> EventChange:
        """Build the value; the field of a start that cannot be changed is not sent."""
        starts = self.moment(data, "starts", self._there.starts) or self._there.starts
        eta = self.moment(data, "eta", self._there.eta)
        ends_itself = data["ends_itself"] and eta is not None
        if (starts, eta, ends_itself) != (self._there.starts, self._there.eta, self._there.ends_itself):
            self.check_end(starts, eta, ends_itself=ends_itself)
        return EventChange(
            message=data["message"].strip(),
            description=data["description"].strip(),
            starts=starts,
            eta=eta,
            ends_itself=ends_itself,
        )
