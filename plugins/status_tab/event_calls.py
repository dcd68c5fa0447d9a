"""What plugins may do with system events, wherever they run: start, advance and finish one."""

from __future__ import annotations

from datetime import datetime

from marshmallow import fields

from host.api import NotFoundError, current_host, published

from .domain.events import Scope, behind
from .domain.startable import Startable
from .schemas.events import FinishSchema, NewEventFields, SignSchema, new_event

NOTHING = fields.Raw(allow_none=True)
"""What a function without a result returns."""


def _of_caller() -> Startable:
    from .circumstances import startable

    return startable(current_host.caller)


def _of_the_caller(number: int) -> None:
    """Refuse an event that the plugin did not start: a number that it guessed ends nobody else's work.

    Raises:
        NotFoundError: It is one, or there is no such event.
    """
    from .services import events

    event, plugin = events.get_event(number, session=current_host.work.session), current_host.caller
    if event.of_plugin(plugin):
        return
    declarer, dot, _ = event.key.partition(".")
    owner = event.starter or (declarer if dot else None)
    whose = f"is for {owner} alone" if owner else f"was not started by {plugin}, so it is not for {plugin}"
    raise NotFoundError(f"Event {number} {whose} to advance and end. Nothing was changed.")


@published(
    takes=NewEventFields(_of_caller, exclude=("activated_by", "extra_info")),
    returns=fields.Integer(),
    writes=True,
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
        key: Key of its type: one that every installation has, such as ``import-companies``, or one that the
            plugin itself declares (`StatusSpec.status_event_types`).
        message: What stands in the list, up to 254 characters; "" for what its type says.
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
        Its number, for `advance_event` and `finish_event`, which no other plugin may call for it.

    Raises:
        InputError: Something of this is not what it should be.
        ConflictError: Such an event is open already.

    .. versionadded:: 0.1
    """
    from .circumstances import note_declared
    from .declared import event_types
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
    here, work, types = current_host, current_host.work, event_types()
    number = events.start_event(
        new, work=work, actor=here.actor, clock=here.clock, types=types, starter=here.caller
    )
    if types[new.key].plugin:
        note_declared(work)
    return number


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
        NotFoundError: There is no such event, or another plugin, a person or a program started it.
        ConflictError: It has ended, by somebody's hand or by itself: whatever it stands for should stop.
        InputError: Something of this is not what it should be.

    .. versionadded:: 0.1
    """
    from .services import progress

    _of_the_caller(number)
    progress.advance_event(
        number,
        done=done,
        total=total,
        message=message,
        lease_seconds=lease_seconds,
        work=current_host.work,
        clock=current_host.clock,
    )


@published(takes=FinishSchema(), returns=NOTHING, writes=True)
def finish_event(*, number: int, message: str | None = None, error: str | None = None) -> None:
    """End an event; its effects end with it.

    Args:
        number: What `start_event` returned.
        message: What stands in the list from now on, cut to 254 characters; None for what stood there.
        error: Why it failed, in a few words; None if it did not. It goes behind the message and is logged.

    Raises:
        NotFoundError: There is no such event, or another plugin, a person or a program started it.
        ConflictError: It has ended already.

    .. versionadded:: 0.1
    """
    from .services import events

    _of_the_caller(number)
    work, told = current_host.work, {}
    if error is not None:
        said = events.get_event(number, session=work.session).message if message is None else message
        message, told = behind(said, error), {"error": error}
    events.end_event(number, message=message, work=work, clock=current_host.clock, **told)
