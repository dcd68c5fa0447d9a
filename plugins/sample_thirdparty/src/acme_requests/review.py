"""Closing what needs nobody any more: long work that everybody can watch on the Status tab."""

from __future__ import annotations

from host.api import NotFoundError, current_host
from status_tab.api import running_event
from superoffice_tab.api import holders, licences, owners

from .badge import show_open
from .on_status import REVIEW
from .services import Request, mark_done, open_requests


def review() -> int:
    """Mark the requests as done whose people hold by now what they asked for.

    Returns:
        How many.

    Raises:
        ConflictError: Somebody is reviewing them already, or has just ended this review.
    """
    waiting, done = open_requests(current_host.session), 0
    held = _held({each.licence.casefold() for each in waiting})
    with running_event(REVIEW.key, total=len(waiting)) as event:
        for request in event.each(waiting):
            if _fulfilled(request, held):
                mark_done(request.id, work=current_host.work, actor=current_host.actor)
                done += 1
    show_open()
    return done


def _held(asked: set[str]) -> dict[str, set[str]]:
    """Who holds what was *asked* for, as the SUPEROFFICE tab knows it: user ids by display name."""
    found: dict[str, set[str]] = {}
    try:
        for owner in owners():
            for each in licences(owner=owner.name):
                if each.title.casefold() in asked and each.kind == "user":
                    people = holders(owner=owner.name, name=each.name)
                    found[each.title.casefold()] = {person.user_id.casefold() for person in people}
    except NotFoundError:  # the tab is switched off
        return {}
    return found


def _fulfilled(request: Request, held: dict[str, set[str]]) -> bool:
    return request.person.casefold() in held.get(request.licence.casefold(), ())
