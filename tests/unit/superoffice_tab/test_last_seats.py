"""Many ask for the last free licences at once: exactly as many get one as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from unit.superoffice_tab.building import FakeWork, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with

from host.storage.database import Database
from superoffice_tab.services import assigning, reading
from superoffice_tab.services.details import details
from superoffice_tab.services.use import denied

THREADS, SEATS = 32, 5


def test_thirty_two_threads_get_the_last_five(desk: Desk, store: Database):
    """On both databases; the other 27 are told, and counted as denied."""
    desk.load(claims(2, modules=modules_with(module("spin", SEATS))))
    desk.people(*(person(f"P{number:02}") for number in range(THREADS)))
    start = Barrier(THREADS)

    def ask(number: int) -> str:
        start.wait()
        with store.writing() as session:
            (outcome,) = assigning.assign(
                "SUPEROFFICE",
                "spin",
                [f"P{number:02}"],
                work=FakeWork(session),
                clock=desk.clock,
                timezone=desk.timezone,
            )
        return outcome.result

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(ask, range(THREADS)))
    assert (results.count("assigned"), results.count("refused")) == (SEATS, THREADS - SEATS)
    assert desk.in_use()["spin"] == (SEATS, SEATS)
    found = details(reading.known_owner("SUPEROFFICE", desk.session), "spin", desk.session)
    assert found is not None
    assert denied(found.id, desk.session, desk.now.date()) == THREADS - SEATS
