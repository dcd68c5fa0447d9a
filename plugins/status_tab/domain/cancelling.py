"""Who may end an event that they see in the list, and why not (domain.md 1.9).

That is for people. A program ends its own event when it is done, whatever type it is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from host.api import N_, Actor, Text

from .events import EVENT_TYPES, Cancelling, EventType, Status, SystemEvent

MANAGE = "status.manage"
"""Who holds it may end what others started."""
FIELDS = N_(
    "It must not be ended while it runs: fields would be left half published. If its program is "
    "surely dead, an operator ends it with “tabhost status end-event %(number)d --emergency”."
)
HALF_DONE = N_(
    "It must not be ended while it runs: what it does would be left half done. If its program is "
    "surely dead, an operator ends it with “tabhost status end-event %(number)d --emergency”."
)
"""The same of a type that a plugin declares."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may end an event now.

    Args:
        allowed: Whether they may.
        emergency: Whether they must confirm that nothing else helps.
        why: What to tell: why not, why only then, or who may.
        missing: Whether what stands in the way is only who asks.
    """

    allowed: bool
    emergency: bool
    why: Text
    missing: bool = False


def verdict(
    event: SystemEvent, actor: Actor, now: datetime, types: Mapping[str, EventType] = EVENT_TYPES
) -> Verdict:
    """Whether *actor* may end *event* at *now*.

    What has not started yet, and what is stale, has no effects: it can always be ended. So can what belongs
    to a plugin that is gone: no program is behind it.

    Args:
        event: The event.
        actor: Who asks.
        now: The time now.
        types: Every type by its key.
    """
    status = event.status(now)
    if status is Status.FINISHED:
        return Verdict(False, False, N_("It has ended already."))
    known = types.get(event.key)
    rule = Cancelling.ALLOWED
    if known and not known.gone and status is Status.RUNNING:
        rule = known.cancelling
    if rule is Cancelling.NEVER:
        why = HALF_DONE if known and known.plugin else FIELDS
        return Verdict(False, False, replace(why, args={"number": event.id}))
    by_hand = known is not None and known.by_hand
    who = (
        N_("Administrators may end it.")
        if by_hand
        else N_("%(user)s and administrators may end it.", user=event.activated_by)
    )
    if not (actor.may(MANAGE) or is_its_own(event, actor)):
        return Verdict(False, False, who, missing=True)
    if rule is Cancelling.EMERGENCY:
        return Verdict(
            True,
            True,
            N_("End it only in an emergency: what it makes stays unusable until it has run again."),
        )
    return Verdict(True, False, who)


def is_its_own(event: SystemEvent, actor: Actor) -> bool:
    """Whether *actor* started *event*: then it may be the program itself that ends it."""
    return event.activated_by.casefold() == actor.user_id.casefold()


def english(text: Text) -> str:
    """*text*, one of our own without a plural, as it is said in English."""
    return text.id % text.args if text.args else text.id
