"""Roles that people make: what they bring, who has them, and what becomes of both."""

from __future__ import annotations

import pytest
from builders.accounts import is_signed_in
from builders.plugins import drawing, neighbour
from hypothesis import given
from hypothesis import strategies as st

from host.api import Actor, ConflictError, InputError, NotAllowedError, NotFoundError, Permission, Plain
from host.domain.people import HOST_PERMISSIONS, command_line, granted
from host.domain.roles import OwnRole, checked_role
from host.services import looking_after, people, roles, signing_in
from host.services.people import actor_of
from host.storage import people as store

CLI = command_line([])
ALL = st.sampled_from(sorted(HOST_PERMISSIONS))


def make(kit, name="clerk", *permissions, title="Clerk", actor=CLI):
    roles.add_role(kit.house, name=name, title=title, permissions=permissions, actor=actor)


def add(kit, user_id, *having):
    people.add_account(kit.house, user_id=user_id, full_name="", password=None, roles=having, actor=CLI)
    return looking_after.number_of(kit.house, user_id)


def may(kit, user_id):
    """What an account may do now."""
    with kit.house.stores.host.reading() as session:
        return actor_of(kit.house, store.account(session, user_id)).permissions


class TestMaking:
    def test_it_brings_what_it_was_made_of_and_nothing_else(self, host_on):
        """From the next request on."""
        kit = host_on(neighbour())
        make(kit, "clerk", "host.people.view", "host.audit.view")
        add(kit, "KAAN", "clerk")
        assert may(kit, "KAAN") == {"host.people.view", "host.audit.view"}
        entry = kit.audit()[1]
        after = {"title": "Clerk", "permissions": ["host.audit.view", "host.people.view"]}
        assert (entry.action, entry.subject, entry.before, entry.after) == (
            "role.added",
            "clerk",
            None,
            after,
        )

    @pytest.mark.parametrize("name", ["administrator", "viewer", "auditor", "acme_clerk", "made"])
    def test_a_name_that_is_taken_is_refused(self, host_with, name):
        """By the host, by a plugin, by people."""
        declared = [Permission(id="acme.view", title=Plain("See"), default_roles=("acme_clerk",))]
        kit = host_with(drawing("acme", lambda: "x", host_permissions=declared))
        make(kit, "made")
        with pytest.raises(ConflictError, match=f"There is a role {name} already"):
            make(kit, name, "host.people.view")

    @pytest.mark.parametrize(
        "name", ["", "x", "Clerk", "1st", "a b", "a-b", "x" * 41, "ärger", "clerk\n", "a\0b"]
    )
    def test_a_name_that_data_cannot_bear_is_refused(self, host_with, name):
        """It stands in addresses and in commands."""
        kit = host_with()
        with pytest.raises(InputError, match="name of a role"):
            make(kit, name)
        assert kit.audit() == []

    @pytest.mark.parametrize("title", ["", "   ", "x" * 61, "a\nb", "a\0b", "\ud800", "a\u202eb"])
    def test_a_title_that_cannot_be_shown_is_refused(self, host_with, title):
        """It stands on pages."""
        kit = host_with()
        with pytest.raises(InputError, match="title of a role"):
            make(kit, title=title)
        assert kit.audit() == []

    def test_a_permission_that_nobody_declares_is_refused(self, host_with):
        """A slip would allow nothing, and nobody would see it."""
        kit = host_with()
        with pytest.raises(InputError, match=r"There is no permission 'host\.people\.veiw'"):
            make(kit, "clerk", "host.people.veiw")

    @given(st.frozensets(ALL), st.frozensets(ALL))
    def test_a_role_never_brings_more_than_it_was_made_of(self, one, other):
        """Beside any other role, whatever it brings."""
        made = {
            "one": OwnRole(name="one", title="One", permissions=one),
            "other": OwnRole(name="other", title="Other", permissions=other | {"gone.view"}),
        }
        assert granted(["one"], [], made) == one
        assert granted(["one", "other", "no_such"], [], made) == one | other
        assert granted([], [], made) == frozenset()

    @given(st.frozensets(ALL, min_size=1), st.frozensets(ALL))
    def test_what_is_checked_is_what_is_kept(self, wanted, known):
        """Exactly those that there are."""
        if wanted <= known:
            assert checked_role("clerk", " C ", wanted, known) == OwnRole(
                name="clerk", title="C", permissions=wanted
            )
        else:
            with pytest.raises(InputError):
                checked_role("clerk", "C", wanted, known)


class TestChanging:
    def test_whoever_has_it_signs_in_again_when_it_allows_something_else(self, host_on):
        """And not when it only has another title."""
        kit = host_on(neighbour())
        make(kit, "clerk", "host.people.view")
        add(kit, "KAAN", "clerk")
        client = kit.anonymous()
        client.flask.get(f"/login/once/{signing_in.make_link(kit.house, 'KAAN')}")
        roles.change_role(kit.house, "clerk", title="Desk", actor=CLI)
        assert is_signed_in(client)
        roles.change_role(kit.house, "clerk", permissions=["host.audit.view"], actor=CLI)
        assert not is_signed_in(client)
        assert may(kit, "KAAN") == {"host.audit.view"}
        entry = kit.audit()[0]
        assert entry.before == {"title": "Desk", "permissions": ["host.people.view"]}
        assert entry.after == {"title": "Desk", "permissions": ["host.audit.view"]}

    @pytest.mark.parametrize("name", ["administrator", "viewer", "acme_clerk"])
    def test_what_the_host_or_a_plugin_brought_stays_as_it_is(self, host_with, name):
        """Their roles change with them."""
        declared = [Permission(id="acme.view", title=Plain("See"), default_roles=("acme_clerk",))]
        kit = host_with(drawing("acme", lambda: "x", host_permissions=declared))
        for attempt in (
            lambda: roles.change_role(kit.house, name, title="Mine", actor=CLI),
            lambda: roles.remove_role(kit.house, name, actor=CLI, concerning=None),
        ):
            with pytest.raises(ConflictError, match="cannot be changed"):
                attempt()
        assert kit.audit() == []

    def test_a_role_that_is_not_there_is_not_found(self, host_on):
        """Neither changed nor removed."""
        kit = host_on()
        with pytest.raises(NotFoundError):
            roles.change_role(kit.house, "no_such", title="x", actor=CLI)
        with pytest.raises(NotFoundError):
            roles.remove_role(kit.house, "no_such\0", actor=CLI)

    def test_a_permission_whose_plugin_is_away_stays_and_allows_nothing(self, host_with):
        """It counts again when the plugin is back."""
        kit = host_with(neighbour())
        every = command_line(kit.house.registry.permissions())
        make(kit, "clerk", "neighbour.view", "host.people.view", actor=every)
        url = kit.settings.database_url
        without = host_with(database_url=url)
        add(without, "KAAN", "clerk")
        assert may(without, "KAAN") == {"host.people.view"}
        kept = ["neighbour.view", "host.audit.view"]
        roles.change_role(without.house, "clerk", permissions=kept, actor=CLI)
        assert may(kit, "KAAN") == {"neighbour.view", "host.audit.view"}

    def test_who_does_not_hold_it_neither_adds_nor_takes_it(self, host_with):
        """A role that may do more than oneself is out of reach."""
        kit = host_with()
        make(kit, "clerk", "host.audit.view")
        keeper = Actor(user_id="K", permissions=frozenset({"host.people.manage", "host.people.view"}))
        for attempt in (
            lambda: make(kit, "mine", "host.audit.view", actor=keeper),
            lambda: roles.change_role(kit.house, "clerk", title="Mine", actor=keeper),
            lambda: roles.change_role(kit.house, "clerk", permissions=[], actor=keeper),
            lambda: roles.remove_role(kit.house, "clerk", actor=keeper),
        ):
            with pytest.raises(NotAllowedError, match=r"host\.audit\.view"):
                attempt()
        make(kit, "mine", "host.people.view", actor=keeper)


class TestRemoving:
    def test_it_says_whom_it_concerns_before_it_takes_it_from_them(self, host_on):
        """Somebody who was given it in the meantime too."""
        kit = host_on(neighbour())
        make(kit, "clerk", "host.people.view")
        first, second = add(kit, "ANNA", "clerk", "viewer"), add(kit, "BENT", "clerk")
        client = kit.anonymous()
        client.flask.get(f"/login/once/{signing_in.make_link(kit.house, 'ANNA')}")
        for told in ((), (first,)):
            with pytest.raises(ConflictError, match="ANNA, BENT"):
                roles.remove_role(kit.house, "clerk", actor=CLI, concerning=told)
        assert may(kit, "BENT") == {"host.people.view"}
        roles.remove_role(kit.house, "clerk", actor=CLI, concerning=(first, second))
        assert may(kit, "ANNA") == {"neighbour.view"}
        assert may(kit, "BENT") == frozenset()
        assert not is_signed_in(client)
        entry = kit.audit()[0]
        before = {"title": "Clerk", "permissions": ["host.people.view"], "people": ["ANNA", "BENT"]}
        assert (entry.action, entry.before, entry.after) == ("role.removed", before, None)
        make(kit, "clerk", "host.audit.view")
        assert may(kit, "BENT") == frozenset(), "a name that is used again brings nobody back"

    def test_one_that_nobody_has_goes_at_once(self, host_on):
        """There is nobody to tell of."""
        kit = host_on()
        make(kit)
        roles.remove_role(kit.house, "clerk", actor=CLI)
        assert "clerk" not in {each.name for each in roles.list_roles(kit.house)}

    @pytest.mark.parametrize(
        ("many", "said"), [(1, "P0"), (5, "P0, P1, P2, P3, P4"), (7, "P0, P1, P2, P3, P4 + 2")]
    )
    def test_many_are_named_and_counted(self, many, said):
        """A sentence stays one."""
        assert roles.named([f"P{number}" for number in range(many)]) == said
