"""Requests are kept, listed by urgency, and closed once."""

from __future__ import annotations

from datetime import date

import pytest

from acme_requests.services import NewRequest, add_request, count_open, mark_done, open_requests
from host.api import Actor, ConflictError, InputError, NotFoundError


@pytest.fixture
def add(work, actor):
    """Keep a request."""

    def run(licence: str, day: int = 1, most_open: int = 50) -> int:
        return add_request(wish(licence, day), most_open=most_open, work=work, actor=actor)

    return run


def wish(licence: str, day: int) -> NewRequest:
    """A request for a day in December."""
    return NewRequest(person="MOBE", licence=licence, needed_by=date(2026, 12, day), reason="New accounts")


def test_the_most_urgent_stands_first_and_what_is_done_is_gone(add, work, actor):
    """Of two for one day the older stands first."""
    late, soon, also = (add(name, day) for name, day in (("a", 9), ("b", 2), ("c", 2)))
    mark_done(also, work=work, actor=actor)
    assert [request.id for request in open_requests(work.session)] == [soon, late]


def test_each_change_is_audited(add, work, actor):
    """In the unit of work that makes it."""
    number = add("a")
    mark_done(number, work=work, actor=actor)
    assert work.audited == [f"request.added request {number}", f"request.done request {number}"]


def test_only_one_can_mark_it_as_done(add, work, actor):
    """The second is told who was first; what does not exist is said so."""
    number = add("a")
    mark_done(number, work=work, actor=actor)
    with pytest.raises(ConflictError, match="KAAN has marked"):
        mark_done(number, work=work, actor=Actor(user_id="SIRA"))
    with pytest.raises(NotFoundError, match="There is no request 99"):
        mark_done(99, work=work, actor=actor)


def test_no_more_are_kept_than_may_be_open(add, work, actor):
    """Whoever comes too late is told what to do; when one is done there is room again."""
    number = add("a", most_open=1)
    with pytest.raises(InputError, match="No more than 1 requests may be open"):
        add("b", most_open=1)
    mark_done(number, work=work, actor=actor)
    add("b", most_open=1)
    assert count_open(work.session) == 1
