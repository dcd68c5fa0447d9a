"""What several workers and threads know of one database: nobody is behind for longer than a request."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from builders.accounts import add_person
from builders.plugins import vendor
from sqlalchemy import event
from unit.superoffice_tab.pictures import picture

from host.domain.people import SESSION_IDLE, command_line
from host.services import people, signing_in
from host.services.decided import Decisions
from host.services.plugins import switch_plugin
from host.services.portraits import set_portrait

CLI = command_line([])
TEN_MINUTES = timedelta(minutes=10)
PATIENCE = 10.0
"""Seconds until a thread that waits for another gives up."""


@pytest.fixture
def workers(host_on):
    """Two workers on one database, each with what it keeps, and somebody signed in."""
    first, second = host_on(vendor("acme")), host_on(vendor("acme"))
    add_person(first)
    return first, second


@pytest.fixture
def token(workers) -> str:
    """Of a session that both workers know."""
    token = signing_in.sign_in_once(workers[0].house, signing_in.make_link(workers[0].house, "KAAN")).token
    assert all(signing_in.who(kit.house, token) for kit in workers)
    return token


def pass_time(workers, by: timedelta) -> None:
    for kit in workers:
        kit.clock.advance(by)


class TestSessions:
    def test_one_that_another_worker_serves_is_not_idle(self, workers, token):
        """It was used for longer than it may be idle, and this worker was not asked all the while."""
        first, second = workers
        for _ in range(SESSION_IDLE // TEN_MINUTES + 1):
            pass_time(workers, TEN_MINUTES)
            assert signing_in.who(first.house, token)
        assert signing_in.who(second.house, token)

    def test_one_that_nobody_served_is_over_for_both(self, workers, token):
        """To the second, and it stays so."""
        pass_time(workers, TEN_MINUTES)
        assert signing_in.who(workers[0].house, token)
        pass_time(workers, SESSION_IDLE)
        for _ in range(2):
            assert [signing_in.who(kit.house, token) for kit in workers] == [None, None]

    @pytest.mark.parametrize(
        "act",
        [
            lambda house, _: people.disable_account(house, "KAAN", CLI),
            lambda house, _: people.reset_password(house, "KAAN", "another password", CLI),
            lambda house, token: signing_in.sign_out(house, token, CLI),
        ],
        ids=["disabled", "a new password", "signed out"],
    )
    def test_one_that_was_ended_elsewhere_is_over(self, workers, token, act):
        """The next request knows."""
        act(workers[0].house, token)
        assert signing_in.who(workers[1].house, token) is None

    def test_what_was_chosen_elsewhere_is_known(self, workers, token):
        """Language, portrait, and the sentences for the next page."""
        first, second = workers
        people.choose_language(first.house, signing_in.who(first.house, token).account, "da")
        assert signing_in.who(second.house, token).account.language == "da"
        set_portrait(first.house, "KAAN", picture("JPEG"), CLI)
        assert signing_in.who(second.house, token).account.has_portrait
        signing_in.show_once(first.house, token, ("Saved.",))
        assert signing_in.who(second.house, token).toasts == ("Saved.",)


class TestThePicture:
    def test_a_reader_that_is_overtaken_takes_the_newer_one(self, workers):
        """Neither is it answered with the older one, nor is the newer one read again for it."""
        first, second = workers
        decisions = Decisions(second.house.stores.host)
        engine = second.house.stores.host.engine
        begun, overtaken = threading.Event(), threading.Event()
        slow, got = None, []

        @event.listens_for(engine, "before_cursor_execute")
        def wait(_connection, _cursor, statement, *_) -> None:
            if threading.current_thread() is slow and "host_plugin_setting" in statement:
                begun.set()
                assert overtaken.wait(PATIENCE)

        slow = threading.Thread(target=lambda: got.append(decisions.now()))
        slow.start()
        assert begun.wait(PATIENCE)
        switch_plugin(first.house, "acme", on=False, actor=CLI)
        newer = decisions.now()
        overtaken.set()
        slow.join(PATIENCE)
        assert newer.off == {"acme"}
        assert got == [newer]
        assert decisions.now() is newer
