"""Ending an event as a person does who sees it in the list: not every type may be ended (domain.md 1.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from host.api import N_, Actor, ConflictError, NotAllowedError, TabhostError, Text, Work
from status_tab.domain.cancelling import is_its_own, verdict
from status_tab.domain.events import EVENT_TYPES, EventType, SystemEvent

from .events import end_event, get_event

CONFIRM = N_("It may be ended in an emergency only: confirm that it is one. Nothing was changed.")


class CancelRefusedError(ConflictError):
    """It may not be ended, or not like this. Nothing was changed.

    Args:
        text: Why, to be translated.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text)


def cancel_event(
    number: int,
    *,
    emergency: bool = False,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
    types: Mapping[str, EventType] = EVENT_TYPES,
) -> SystemEvent:
    """End the event *number* for *actor*, a person.

    Args:
        number: Its number.
        emergency: Whether they confirmed that nothing else helps.
        work: The unit of work.
        actor: Who ends it.
        clock: The time now.
        types: Every type by its key.

    Returns:
        The event as it was.

    Raises:
        NotFoundError: There is no such event.
        NotAllowedError: Only others may.
        CancelRefusedError: Its type must not be ended, or only in an emergency.
        ConflictError: It has ended already.
    """
    event = get_event(number, session=work.session)
    found = verdict(event, actor, clock(), types)
    if found.missing:
        raise NotAllowedError(found.why)
    if not found.allowed:
        raise CancelRefusedError(found.why)
    if found.emergency and not emergency:
        raise CancelRefusedError(CONFIRM)
    if found.emergency:
        return end_event(number, work=work, clock=clock, emergency=True)
    return end_event(number, work=work, clock=clock)


def end_for_program(
    number: int,
    *,
    emergency: bool = False,
    message: str | None = None,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
    types: Mapping[str, EventType] = EVENT_TYPES,
) -> SystemEvent:
    """End the event *number* for a program: its own at any time, another's as a person may.

    Args:
        number: Its number.
        emergency: As for `cancel_event`.
        message: What stands in the list from now on, if it is its own; None for what stood there.
        work: The unit of work.
        actor: As whom the program runs.
        clock: The time now.
        types: Every type by its key.

    Raises:
        TabhostError: As for `cancel_event`.
    """
    event = get_event(number, session=work.session)
    if is_its_own(event, actor):
        return end_event(number, message=message, work=work, clock=clock)
    return cancel_event(number, emergency=emergency, work=work, actor=actor, clock=clock, types=types)


def in_words(error: TabhostError, translate: Callable[[Text], str]) -> str:
    """What a person is told, in their language."""
    return error.in_words(translate)
