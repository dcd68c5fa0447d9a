"""Looking after people: whatever is done, somebody stays administrator, and nobody gets what nobody gave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders.accounts import is_signed_in
from builders.looked_after import CLI, add, browser, newest
from builders.plugins import neighbour

from host.api import Actor, ConflictError, InputError, NotAllowedError, NotFoundError
from host.services import looking_after, people
from host.storage.granting import set_roles


def one(kit, number):
    return looking_after.one_of(kit.house, number)


class TestRoles:
    def test_they_are_given_and_taken_with_what_was_before_and_after(self, host_on):
        """In one entry; the session ends, since another may be allowed more (ASVS 7.4.3)."""
        kit = host_on(neighbour())
        number = add(kit, "KAAN", "viewer")
        client = browser(kit, "KAAN")
        looking_after.change_roles(kit.house, number, ["auditor", "viewer"], CLI)
        assert one(kit, number).account.roles == ("auditor", "viewer")
        before, after = {"roles": ["viewer"]}, {"roles": ["auditor", "viewer"]}
        assert newest(kit) == ("account.roles_changed", "cli", "KAAN", before, after)
        assert not is_signed_in(client)

    def test_the_same_roles_change_nothing(self, host_with):
        """Neither the log nor a session."""
        kit = host_with(neighbour())
        number = add(kit, "KAAN", "auditor", "viewer")
        client, before = browser(kit, "KAAN"), len(kit.audit())
        looking_after.change_roles(kit.house, number, ["viewer", "auditor", "viewer"], CLI)
        assert is_signed_in(client)
        assert len(kit.audit()) == before

    def test_a_role_that_there_is_not_changes_nothing(self, host_on):
        """Not even those named beside it."""
        kit = host_on()
        number = add(kit, "KAAN", "viewer")
        with pytest.raises(InputError, match=r"'boss'.*administrator, auditor, viewer"):
            looking_after.change_roles(kit.house, number, ["auditor", "boss"], CLI)
        assert one(kit, number).account.roles == ("viewer",)

    def test_a_role_whose_plugin_is_away_may_stay_and_may_go(self, host_with):
        """What somebody had is not lost while its plugin is not installed."""
        kit = host_with()
        number = add(kit, "KAAN", "viewer")
        with kit.house.stores.host.writing() as session:
            set_roles(session, number, ["viewer", "of_old"])
        looking_after.change_roles(kit.house, number, ["auditor", "of_old"], CLI)
        assert one(kit, number).account.roles == ("auditor", "of_old")
        looking_after.change_roles(kit.house, number, ["auditor"], CLI)
        with pytest.raises(InputError, match="of_old"):
            looking_after.change_roles(kit.house, number, ["auditor", "of_old"], CLI)


class TestTheLastAdministrator:
    def test_can_neither_be_disabled_nor_lose_the_role(self, host_on):
        """Whoever asks, the command line included; somebody disabled is no other administrator."""
        kit = host_on()
        last, other = add(kit, "LAST", "administrator"), add(kit, "OTHER", "administrator")
        looking_after.disable(kit.house, other, CLI)
        before = len(kit.audit())
        for attempt in (
            lambda: looking_after.disable(kit.house, last, CLI),
            lambda: people.disable_account(kit.house, "LAST", CLI),
            lambda: looking_after.change_roles(kit.house, last, ["viewer"], CLI),
        ):
            with pytest.raises(ConflictError, match="LAST is the last administrator"):
                attempt()
        account = one(kit, last).account
        assert (account.roles, account.disabled_at) == (("administrator",), None)
        assert len(kit.audit()) == before
        looking_after.enable(kit.house, other, CLI)
        looking_after.change_roles(kit.house, last, ["viewer"], CLI)

    def test_two_who_disable_each_other_at_once_leave_one(self, host_on):
        """One goes after the other, and sees what the first one did."""
        kit = host_on()
        numbers = [add(kit, name, "administrator") for name in ("ONE", "TWO")]

        def attempt(number):
            try:
                looking_after.disable(kit.house, number, CLI)
            except ConflictError:
                return "refused"
            return "done"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attempt, numbers)) == ["done", "refused"]
        assert sum(one(kit, each).account.disabled_at is None for each in numbers) == 1

    def test_one_who_is_disabled_already_may_lose_the_role(self, host_with):
        """They do not count."""
        kit = host_with()
        add(kit, "LAST", "administrator")
        other = add(kit, "OTHER", "administrator")
        looking_after.disable(kit.house, other, CLI)
        looking_after.change_roles(kit.house, other, [], CLI)
        assert one(kit, other).account.roles == ()


class TestBounds:
    """Who is no administrator changes only what may do no more than they."""

    @pytest.fixture
    def kit(self, host_with):
        """With an administrator, whose number is 1."""
        kit = host_with(neighbour())
        add(kit, "BOSS", "administrator")
        return kit

    def keeper(self, *more):
        held = frozenset({"host.people.view", "host.people.manage", *more})
        return Actor(user_id="KEEPER", permissions=held, roles=("keeper",))

    @pytest.mark.parametrize(
        "change",
        [
            looking_after.disable,
            looking_after.enable,
            looking_after.reset,
            looking_after.give_link,
            looking_after.end_sessions,
            lambda house, number, actor: looking_after.change_roles(house, number, [], actor),
            lambda house, number, actor: people.disable_account(house, "BOSS", actor),
            lambda house, number, actor: people.reset_password(house, "BOSS", "a new and long one", actor),
        ],
    )
    def test_an_administrators_account_is_out_of_reach(self, kit, change):
        """Else its link or password would make an administrator of the keeper."""
        before = len(kit.audit()), one(kit, 1)
        with pytest.raises(NotAllowedError, match="BOSS may do more here than you"):
            change(kit.house, 1, self.keeper())
        assert (len(kit.audit()), one(kit, 1)) == before

    def test_it_counts_what_roles_allow_and_not_what_they_are_called(self, kit):
        """A viewer sees a tab: who sees it too may change them."""
        number = add(kit, "KAAN", "viewer")
        with pytest.raises(NotAllowedError):
            looking_after.change_roles(kit.house, number, [], self.keeper())
        looking_after.change_roles(kit.house, number, [], self.keeper("neighbour.view"))
        with pytest.raises(NotAllowedError, match="The role viewer allows more"):
            looking_after.change_roles(kit.house, number, ["viewer"], self.keeper())
        looking_after.change_roles(kit.house, number, ["viewer"], self.keeper("neighbour.view"))

    def test_a_token_that_may_do_a_part_of_what_its_administrator_may_is_no_administrator(self, kit):
        """It acts as that person, with fewer permissions."""
        held = frozenset({"host.people.view", "host.people.manage"})
        token = Actor(user_id="BOSS", permissions=held, roles=("administrator",))
        with pytest.raises(NotAllowedError, match="The role administrator"):
            people.add_account(
                kit.house, user_id="X", full_name="", password=None, roles=("administrator",), actor=token
            )
        with pytest.raises(NotFoundError):
            looking_after.number_of(kit.house, "X")
