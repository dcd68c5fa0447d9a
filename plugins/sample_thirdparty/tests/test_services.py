"""Requests are kept, listed by urgency, and closed once."""

from __future__ import annotations

from datetime import date

import pytest

from acme_requests.services import NewRequest, add_request, mark_done, open_requests
from host.api import Actor, ConflictError, NotFoundError


def wish(licence: str, day: int) -> NewRequest:
    """A request for a day in December."""
    return NewRequest(person="MOBE", licence=licence, needed_by=date(2026, 12, day), reason="New accounts")


def test_the_most_urgent_stands_first_and_what_is_done_is_gone(work, actor):
    """Of two for one day the older stands first."""
    late, soon, also = (
        add_request(wish(name, day), work=work, actor=actor) for name, day in (("a", 9), ("b", 2), ("c", 2))
    )
    mark_done(also, work=work, actor=actor)
    assert [request.id for request in open_requests(work.session)] == [soon, late]


def test_each_change_is_audited(work, actor):
    """In the unit of work that makes it."""
    number = add_request(wish("a", 1), work=work, actor=actor)
    mark_done(number, work=work, actor=actor)
    assert work.audited == [f"request.added request {number}", f"request.done request {number}"]


def test_only_one_can_mark_it_as_done(work, actor):
    """The second is told who was first; what does not exist is said so."""
    number = add_request(wish("a", 1), work=work, actor=actor)
    mark_done(number, work=work, actor=actor)
    with pytest.raises(ConflictError, match="KAAN has marked"):
        mark_done(number, work=work, actor=Actor(user_id="SIRA"))
    with pytest.raises(NotFoundError, match="There is no request 99"):
        mark_done(99, work=work, actor=actor)
