"""Two people who do the same thing at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from builders.accounts import PASSWORD, USER, add_person
from builders.plugins import vendor
from sqlalchemy import event

from host.api import ConflictError
from host.domain.errors import SignInError
from host.domain.people import command_line
from host.domain.sessions import Begun
from host.services import people, signing_in
from host.services.people import add_account
from host.services.plugins import off, switch_plugin

CLERKS = 8
PATIENCE = 10.0
"""Seconds until somebody who waits for the other one gives up."""


def at_once(work: Callable[[], None]) -> list[Exception | None]:
    """What eight threads met that did *work* together."""
    start = Barrier(CLERKS)

    def run(_: int) -> Exception | None:
        start.wait()
        try:
            work()
        except Exception as error:
            return error
        return None

    with ThreadPoolExecutor(CLERKS) as pool:
        return list(pool.map(run, range(CLERKS)))


def test_one_account_comes_of_it_and_the_others_are_told(host_on):
    """Exactly one is added; everybody else reads that it is there already."""
    kit = host_on()

    def add() -> None:
        add_account(kit.house, user_id="KAAN", full_name="", password=None, roles=(), actor=command_line([]))

    met = at_once(add)
    assert met.count(None) == 1
    assert all(isinstance(each, ConflictError) for each in met if each is not None)
    assert [each.action for each in kit.audit()] == ["account.added"]


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_pressed_by_several_is_just_pressed(host_on, on):
    """Nobody gets an error, and each press is in the log."""
    kit = host_on(vendor("acme"))
    assert at_once(lambda: switch_plugin(kit.house, "acme", on=on, actor=command_line([]))) == [None] * CLERKS
    assert ("acme" in off(kit.house)) is not on
    assert len(kit.audit()) == CLERKS


CLOSING = {
    "disabling": lambda kit: people.disable_account(kit.house, USER, command_line([])),
    "a new password": lambda kit: people.reset_password(
        kit.house, USER, "another password", command_line([])
    ),
}


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
class TestSigningInWhileTheAccountIsClosed:
    """On PostgreSQL writers go side by side: each stops at a statement until the other is at its own."""

    @pytest.fixture
    def kit(self, host_on):
        kit = host_on()
        add_person(kit)
        return kit

    def both(self, kit, **stops: str) -> Callable[..., list[object]]:
        """Do two things in threads that meet just before the statements in *stops*."""
        meeting = Barrier(len(stops))

        @event.listens_for(kit.house.stores.host.engine, "before_cursor_execute")
        def meet(_connection, _cursor, statement, *_) -> None:
            name = threading.current_thread().name
            if name in stops and statement.startswith(stops[name]):
                del stops[name]
                meeting.wait(PATIENCE)

        def run(**acts: Callable[[], object]) -> list[object]:
            got: dict[str, object] = {}

            def act(name: str) -> None:
                try:
                    got[name] = acts[name]()
                except Exception as error:
                    got[name] = error

            threads = [threading.Thread(target=act, name=name, args=(name,)) for name in acts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(2 * PATIENCE)
            assert not stops, "they have met"
            return [got[name] for name in acts]

        return run

    @pytest.mark.parametrize("closing", CLOSING.values(), ids=CLOSING)
    def test_a_link_that_is_voided_meanwhile_opens_nothing(self, kit, closing):
        """Who closes the account has it already, and comes to the links: neither waits in a ring."""
        link = signing_in.make_link(kit.house, USER)
        run = self.both(kit, enters="SELECT host_account.password_hash", closes="DELETE FROM host_login_link")
        entered, closed = run(
            enters=lambda: signing_in.sign_in_once(kit.house, link), closes=lambda: closing(kit)
        )
        assert isinstance(entered, SignInError)
        assert closed is None

    @pytest.mark.parametrize("closing", CLOSING.values(), ids=CLOSING)
    @pytest.mark.parametrize("way", ["link", "password"])
    def test_a_session_that_was_just_started_is_ended(self, kit, closing, way):
        """Who signs in has the account: closing it waits, and then finds the session."""
        link = signing_in.make_link(kit.house, USER)
        ways = {
            "link": lambda: signing_in.sign_in_once(kit.house, link),
            "password": lambda: signing_in.sign_in(kit.house, USER, PASSWORD),
        }
        run = self.both(kit, enters="INSERT INTO host_session", closes="UPDATE host_account")
        entered, closed = run(enters=ways[way], closes=lambda: closing(kit))
        assert isinstance(entered, Begun)
        assert closed is None
        assert signing_in.who(kit.house, entered.token) is None
