"""API tokens in the database: what is kept of them, who may make and revoke them, how calls are counted."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders.accounts import USER, add_person
from builders.plugins import vendor
from builders.tokens import make_token
from sqlalchemy import event

from host.api import ConflictError, InputError, NotAllowedError, NotFoundError
from host.domain.access_tokens import KEPT, LONGEST_LIFE, MOST_TOKENS, id_of
from host.domain.errors import SignInError
from host.domain.people import command_line
from host.services import access_tokens as service
from host.services import people
from host.services.access_tokens import acting, add_token, list_tokens, recognised, revoke_token
from host.services.looking_after import change_roles, number_of

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
HERE = "192.0.2.7"
CLI = command_line([])


@pytest.fixture
def workers(host_on):
    """Two workers on one database, and somebody who may see one plugin."""
    kits = [
        host_on(vendor("acme"), environment={"TABHOST_API_RATE": "40"}),
        host_on(vendor("acme"), environment={"TABHOST_API_RATE": "40"}),
    ]
    add_person(kits[0], role="auditor")
    return kits


@pytest.fixture
def kit(workers):
    return workers[0]


def opens(kit, token) -> bool:
    try:
        recognised(kit.house, token, "")
    except SignInError:
        return False
    return True


class TestMaking:
    def test_the_database_never_learns_the_token(self, kit):
        """Neither its table nor the log; the id alone stands in both."""
        token = make_token(kit, USER, "host.audit.view")
        with kit.house.stores.host.reading() as session:
            rows = session.execute(sa.text("select * from host_access_token")).mappings().all()
        assert len(rows) == 1
        assert token not in str(rows)
        assert token.split("_", 2)[2] not in str(rows)
        entry = kit.audit()[0]
        assert (entry.action, entry.subject, entry.after["token"]) == ("token.added", USER, id_of(token))
        assert token not in str(entry)

    def test_no_two_are_alike(self, kit):
        """Each has its id and 256 bits beside it."""
        made = {make_token(kit, USER, "host.audit.view") for _ in range(3)}
        assert len(made) == 3
        assert all(len(each.removeprefix(f"tabhost_{id_of(each)}_")) == 43 for each in made)

    @pytest.mark.parametrize(
        "wish",
        [
            {"permissions": ["host.people.manage"]},
            {"permissions": ["host.audit.view", "no.such"]},
            {"permissions": []},
            {"days": 0},
            {"days": LONGEST_LIFE + 1},
            {"name": "  "},
            {"name": "x" * 81},
            {"name": "a\x00b"},
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_is_kept(self, kit, wish):
        """More than the owner may, no life, no name."""
        values = {"name": "x", "permissions": ["host.audit.view"], "days": 1, **wish}
        before = kit.audit()
        with pytest.raises(InputError):
            add_token(kit.house, USER, **values, actor=CLI)
        assert (list_tokens(kit.house), kit.audit()) == ([], before)

    def test_nobody_makes_one_that_acts_as_somebody_who_may_do_more(self, kit):
        """Else it would be a way to become them."""
        add_person(kit, "BOSS", "administrator")
        with kit.house.stores.host.reading() as session:
            auditor = service.actor_of(kit.house, people.store.account(session, USER))
        with pytest.raises(NotAllowedError):
            add_token(kit.house, "BOSS", name="x", permissions=["host.audit.view"], actor=auditor)
        assert list_tokens(kit.house) == []

    def test_an_account_has_so_many_and_no_more(self, kit):
        """One that is revoked makes room."""
        tokens = [make_token(kit, USER, "host.audit.view") for _ in range(MOST_TOKENS)]
        with pytest.raises(ConflictError):
            make_token(kit, USER, "host.audit.view")
        revoke_token(kit.house, id_of(tokens[0]), CLI)
        make_token(kit, USER, "host.audit.view")

    def test_one_that_was_over_long_ago_is_forgotten(self, kit):
        """Until then it is listed."""
        old = id_of(make_token(kit, USER, "host.audit.view", days=1))
        kit.clock.advance(DAY + KEPT)
        make_token(kit, USER, "host.audit.view")
        assert old in {each.id for each in list_tokens(kit.house)}
        kit.clock.advance(SECOND)
        make_token(kit, USER, "host.audit.view")
        assert old not in {each.id for each in list_tokens(kit.house)}

    def test_there_is_none_for_a_disabled_account_or_for_nobody(self, kit):
        people.disable_account(kit.house, USER, CLI)
        with pytest.raises(ConflictError):
            make_token(kit, USER, "host.audit.view")
        with pytest.raises(NotFoundError):
            make_token(kit, "NOBODY", "host.audit.view")


class TestRecognising:
    def test_it_acts_as_its_account_within_what_it_is_for(self, kit):
        """What both may."""
        add_person(kit, "BOSS", "administrator")
        bearer = recognised(kit.house, make_token(kit, "BOSS", "host.audit.view"), HERE)
        actor = acting(kit.house, bearer)
        assert (actor.user_id, actor.permissions) == ("BOSS", {"host.audit.view"})

    @pytest.mark.parametrize(
        "act",
        [
            lambda house, token: revoke_token(house, id_of(token), CLI),
            lambda house, _: people.disable_account(house, USER, CLI),
        ],
        ids=["revoked", "disabled"],
    )
    def test_one_that_was_ended_elsewhere_opens_nothing_here(self, workers, act):
        """From the next call on, though this worker knew it."""
        token = make_token(workers[0], USER, "host.audit.view")
        assert all(opens(kit, token) for kit in workers)
        act(workers[0].house, token)
        assert [opens(kit, token) for kit in workers] == [False, False]

    def test_a_role_that_was_taken_elsewhere_takes_what_it_allowed(self, workers):
        first, second = workers
        token = make_token(first, USER, "host.audit.view")
        assert acting(second.house, recognised(second.house, token, HERE)).may("host.audit.view")
        change_roles(first.house, number_of(first.house, USER), ["viewer"], CLI)
        assert not acting(second.house, recognised(second.house, token, HERE)).permissions

    def test_it_ends_to_the_second(self, kit):
        token = make_token(kit, USER, "host.audit.view", days=1)
        kit.clock.advance(DAY - SECOND)
        assert opens(kit, token)
        kit.clock.advance(SECOND)
        assert not opens(kit, token)

    def test_a_right_id_with_another_secret_opens_nothing(self, kit):
        """The id stands in lists and logs."""
        token = make_token(kit, USER, "host.audit.view")
        other = make_token(kit, USER, "host.audit.view")
        mixed = f"tabhost_{id_of(token)}_{other.removeprefix(f'tabhost_{id_of(other)}_')}"
        assert (opens(kit, token), opens(kit, mixed)) == (True, False)

    def test_one_is_read_once_for_as_long_as_nothing_changes(self, kit):
        """A program calls often: what it costs is in memory."""
        token = make_token(kit, USER, "host.audit.view")
        opens(kit, token)
        asked: list[str] = []

        def note(_connection, _cursor, statement, *_):
            asked.append(statement)

        event.listen(kit.house.stores.host.engine, "before_cursor_execute", note)
        assert all(opens(kit, token) for _ in range(3))
        assert not [each for each in asked if "host_access_token" in each]


class TestRevoking:
    def test_once_is_enough(self, kit):
        """The second time there is nothing to do, and the log says so once."""
        token = make_token(kit, USER, "host.audit.view")
        revoke_token(kit.house, id_of(token), CLI)
        with pytest.raises(ConflictError):
            revoke_token(kit.house, id_of(token), CLI)
        assert [each.action for each in kit.audit()].count("token.revoked") == 1

    @pytest.mark.parametrize("name", ["", "x", "0" * 16, "a\x00", "é" * 400])
    def test_what_is_not_there_cannot_be(self, kit, name):
        with pytest.raises(NotFoundError):
            revoke_token(kit.house, name, CLI)


class TestCounting:
    def test_workers_share_one_allowance(self, workers):
        """Exactly so many calls pass, whoever answers them."""
        token = make_token(workers[0], USER, "host.audit.view")
        counted = [
            service.metered(kit.house, recognised(kit.house, token, HERE), HERE)
            for _ in range(40)
            for kit in workers
        ]
        assert [each.refused for each in counted].count(False) == 40
        assert counted[-1].headers["RateLimit-Remaining"] == "0"

    def test_the_next_minute_begins_anew(self, kit):
        token = make_token(kit, USER, "host.audit.view")
        bearer = recognised(kit.house, token, HERE)
        counted = [service.metered(kit.house, bearer, HERE) for _ in range(41)]
        assert (counted[39].refused, counted[40].refused) == (False, True)
        kit.clock.advance(timedelta(seconds=counted[40].seconds - 1))
        assert service.metered(kit.house, bearer, HERE).refused
        kit.clock.advance(SECOND)
        assert service.metered(kit.house, bearer, HERE).remaining == 39

    def test_a_worker_whose_clock_is_behind_begins_no_minute_anew(self, workers):
        """Around the edge of a minute two of them would else let through whatever comes."""
        token = make_token(workers[0], USER, "host.audit.view")
        ahead, behind = workers[:2]
        ahead.clock.advance(timedelta(minutes=1))
        passed = [
            not service.metered(each.house, recognised(each.house, token, HERE), HERE).refused
            for _ in range(60)
            for each in (ahead, behind)
        ]
        assert passed.count(True) <= 80

    def test_what_is_left_goes_down_by_one(self, kit):
        bearer = recognised(kit.house, make_token(kit, USER, "host.audit.view"), HERE)
        left = [service.metered(kit.house, bearer, HERE).remaining for _ in range(40)]
        assert left == list(range(39, -1, -1))

    def test_many_at_once_are_no_more(self, kit):
        """Threads of one worker."""
        bearer = recognised(kit.house, make_token(kit, USER, "host.audit.view"), HERE)
        passed: list[bool] = []

        def run() -> None:
            for _ in range(20):
                passed.append(not service.metered(kit.house, bearer, HERE).refused)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert (len(passed), passed.count(True)) == (80, 40)

    def test_few_calls_write(self, kit):
        """A twentieth of them, about."""
        bearer = recognised(kit.house, make_token(kit, USER, "host.audit.view"), HERE)
        written: list[str] = []

        def note(_connection, _cursor, statement, *_):
            if statement.lstrip().upper().startswith("UPDATE"):
                written.append(statement)

        event.listen(kit.house.stores.host.engine, "before_cursor_execute", note)
        for _ in range(40):
            service.metered(kit.house, bearer, HERE)
        assert 0 < len(written) <= 20
        before = len(written)
        for _ in range(10):
            service.metered(kit.house, bearer, HERE)  # refused by now
        assert len(written) == before

    def test_it_says_when_and_from_where_it_was_used_last(self, kit):
        """To the minute."""
        token = make_token(kit, USER, "host.audit.view")
        assert (list_tokens(kit.house)[0].used_at, list_tokens(kit.house)[0].address) == (None, "")
        kit.clock.advance(timedelta(seconds=90))
        service.metered(kit.house, recognised(kit.house, token, HERE), HERE)
        found = list_tokens(kit.house)[0]
        assert (found.used_at, found.address) == (kit.clock.now.replace(second=0), HERE)
