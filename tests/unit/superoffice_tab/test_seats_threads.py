"""Many ask at once for plans that share what they bring along: it is not given out twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from unit.superoffice_tab.building import FakeWork, claims, module, person, plan
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.seats import denied

from host.storage.database import Database
from superoffice_tab.services import assigning

THREADS, SEATS = 32, 5


def test_the_last_five_of_what_two_plans_bring_go_to_five(desk: Desk, store: Database):
    """Half of 32 threads ask for one plan and half for the other: plenty of both, and five users."""
    plenty = [plan(name, THREADS, "user") for name in ("ten-sales", "ten-service")]
    desk.load(claims(2, modules=modules_with(*plenty, module("user", SEATS, IsHidden=True))))
    desk.people(*(person(f"P{number:02}") for number in range(THREADS)))
    start = Barrier(THREADS)

    def ask(number: int) -> str:
        code = ("ten-sales", "ten-service")[number % 2]
        start.wait()
        with store.writing() as session:
            (outcome,) = assigning.assign(
                "SUPEROFFICE",
                code,
                [f"P{number:02}"],
                work=FakeWork(session),
                clock=desk.clock,
                timezone=desk.timezone,
            )
        return outcome.result

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(ask, range(THREADS)))
    assert (results.count("assigned"), results.count("refused")) == (SEATS, THREADS - SEATS)
    desk.session.expire_all()
    assert desk.in_use()["user"] == (SEATS, SEATS)
    assert len(desk.held()) == SEATS
    assert denied(desk, "user") == THREADS - SEATS
