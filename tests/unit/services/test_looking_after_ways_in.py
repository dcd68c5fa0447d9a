"""Looking after people: letting them in and out, and the list of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders.accounts import is_signed_in
from builders.looked_after import CLI, add, browser, newest
from builders.plugins import neighbour

from host.api import ConflictError, InputError, NotFoundError
from host.app import create_app
from host.domain.errors import SignInError
from host.services import looking_after, roles, signing_in
from host.services.passwords import hashed
from host.storage import people as store
from host.testing import make_host
from host.testing.kit import Client


def one(kit, number):
    return looking_after.one_of(kit.house, number)


class TestGettingIn:
    def test_a_reset_forgets_the_password_and_signs_out_and_lets_in_once(self, host_on):
        """The link is in no table and in no entry."""
        kit = host_on(neighbour())
        number = add(kit, "KAAN", "viewer")
        with kit.house.stores.host.writing() as session:
            store.change_account(session, number, password_hash=hashed("correct horse battery"))
        client = browser(kit, "KAAN")
        older = signing_in.make_link(kit.house, "KAAN")
        token = looking_after.reset(kit.house, number, CLI)
        assert newest(kit) == ("account.reset", "cli", "KAAN", None, None)
        assert not is_signed_in(client)
        assert not one(kit, number).has_password
        with pytest.raises(SignInError):
            signing_in.sign_in_once(kit.house, older)
        assert signing_in.sign_in_once(kit.house, token)
        with pytest.raises(SignInError):
            signing_in.sign_in_once(kit.house, token)

    def test_who_is_disabled_is_not_reset_but_enabled_first(self, host_with):
        """A link that does not work would only puzzle."""
        kit = host_with()
        number = add(kit, "KAAN", "viewer")
        looking_after.disable(kit.house, number, CLI)
        for attempt in (looking_after.reset, looking_after.give_link):
            with pytest.raises(ConflictError, match="Enable the account first"):
                attempt(kit.house, number, CLI)
        assert newest(kit)[0] == "account.disabled"
        looking_after.enable(kit.house, number, CLI)
        assert newest(kit) == ("account.enabled", "cli", "KAAN", None, None)
        assert signing_in.sign_in_once(kit.house, looking_after.give_link(kit.house, number, CLI))

    def test_a_worker_that_runs_already_hears_of_it_with_its_next_request(self, host_on, tmp_path):
        """Disabled here, out there; a role changed here counts there (ASVS 7.4.2)."""
        kit = host_on(neighbour())
        number = add(kit, "KAAN", "viewer")
        add(kit, "BOSS", "administrator")
        url = kit.settings.database_url
        other = make_host(tmp_path / "other", [neighbour()], database_url=url)
        try:
            there = Client(other.app.test_client())
            there.flask.get(f"/login/once/{signing_in.make_link(kit.house, 'KAAN')}")
            assert there.get("/tabs/neighbour/main/").status == 200
            roles.add_role(
                kit.house, name="clerk", title="Clerk", permissions=["host.people.view"], actor=CLI
            )
            looking_after.change_roles(kit.house, number, ["clerk"], CLI)
            assert not is_signed_in(there)
            there.flask.get(f"/login/once/{signing_in.make_link(kit.house, 'KAAN')}")
            assert (there.get("/people").status, there.get("/tabs/neighbour/main/").status) == (200, 403)
            roles.change_role(kit.house, "clerk", title="Other", actor=CLI)
            assert "Other" in there.get("/people").text
            looking_after.disable(kit.house, number, CLI)
            assert not is_signed_in(there)
        finally:
            other.close()


class TestTheList:
    def test_it_says_who_signed_in_when_and_with_how_many_browsers(self, host_on):
        """A session that is over does not count."""
        kit = host_on(neighbour())
        number = add(kit, "KAAN", "viewer")
        assert (one(kit, number).signed_in_at, one(kit, number).sessions) == (None, 0)
        begun = kit.clock.now
        for _ in range(2):
            browser(kit, "KAAN")
        assert (one(kit, number).signed_in_at, one(kit, number).sessions) == (begun, 2)
        kit.clock.advance(timedelta(hours=12))
        assert (one(kit, number).signed_in_at, one(kit, number).sessions) == (begun, 0)

    @pytest.mark.parametrize(
        ("q", "state", "role", "found"),
        [
            ("", "all", "", ["ANNA", "BENT", "j.doe@example.org"]),
            ("ann", "all", "", ["ANNA"]),
            ("DOE@", "all", "", ["j.doe@example.org"]),
            ("%", "all", "", []),
            ("", "disabled", "", ["BENT"]),
            ("", "active", "viewer", ["ANNA"]),
            ("", "all", "viewer", ["ANNA", "BENT"]),
            ("", "all", "view", []),
        ],
    )
    def test_it_can_be_narrowed(self, host_with, q, state, role, found):
        """By a part of id or name, by state, by role."""
        kit = host_with()
        for name, having in (("ANNA", "viewer"), ("BENT", "viewer"), ("j.doe@example.org", "auditor")):
            add(kit, name, having)
        looking_after.disable(kit.house, 2, CLI)
        chosen = looking_after.chosen(looking_after.list_people(kit.house), q, state, role)
        assert [each.account.user_id for each in chosen] == found

    @pytest.mark.parametrize("number", [0, 4711])
    def test_who_is_not_there_is_not_found_and_nothing_is_written(self, host_on, number):
        """For every way to change an account."""
        kit = host_on()
        for attempt in (
            looking_after.disable,
            looking_after.enable,
            looking_after.reset,
            looking_after.give_link,
            looking_after.end_sessions,
        ):
            with pytest.raises(NotFoundError):
                attempt(kit.house, number, CLI)
        assert kit.audit() == []

    def test_words_are_changed_and_what_was_before_is_kept_in_the_log(self, host_on):
        """What cannot be stored or drawn is refused."""
        kit = host_on()
        number = add(kit, "KAAN", "viewer")
        change = {"full_name": "Karin Ø.", "language": "da", "timezone": "Europe/Copenhagen", "actor": CLI}
        looking_after.change_person(kit.house, number, **change)
        before = {"full_name": "", "language": None, "timezone": None}
        after = {key: value for key, value in change.items() if key != "actor"}
        assert newest(kit) == ("account.changed", "cli", "KAAN", before, after)
        for wrong in (
            {"full_name": "x" * 255},
            {"full_name": "\ud800"},
            {"language": "xx"},
            {"timezone": "No/Where"},
        ):
            with pytest.raises(InputError):
                looking_after.change_person(kit.house, number, **{**change, **wrong})
        assert one(kit, number).account.full_name == "Karin Ø."


def test_an_application_is_made_again_with_the_same_people(host_with):
    """What was given stands in the database, not in a process."""
    kit = host_with(neighbour())
    number = add(kit, "KAAN", "viewer")
    roles.add_role(kit.house, name="clerk", title="Clerk", permissions=["host.people.view"], actor=CLI)
    looking_after.change_roles(kit.house, number, ["clerk"], CLI)
    again = Client(create_app(kit.settings, kit.house).test_client())
    again.flask.get(f"/login/once/{signing_in.make_link(kit.house, 'KAAN')}")
    assert again.get("/people").status == 200
