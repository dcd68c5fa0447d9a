"""Accounts, roles and what they allow: default deny."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api import Permission, Plain
from host.domain.people import (
    HOST_PERMISSIONS,
    SESSION_IDLE,
    Account,
    SignedIn,
    command_line,
    folded,
    granted,
    known_roles,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROLES = st.sampled_from(["administrator", "viewer", "clerk", "boss"])


def permission(name: str, *roles: str) -> Permission:
    return Permission(id=name, title=Plain(name), default_roles=roles)


declarations = st.lists(
    st.builds(permission, st.sampled_from(["a.view", "a.manage", "b.view"]), ROLES, ROLES), max_size=6
)


class TestGrants:
    def test_nobody_holds_anything_without_a_role(self):
        """Not even what everybody is meant to see."""
        assert granted([], [permission("a.view", "viewer")]) == frozenset()

    def test_an_administrator_holds_no_plugins_permission_by_name_alone(self):
        """A plugin says whose its permissions are."""
        assert "a.view" not in granted(["administrator"], [permission("a.view", "clerk")])

    def test_a_viewer_holds_none_of_the_hosts_permissions(self):
        """All of them are an administrator's."""
        assert granted(["viewer"], []) == frozenset()
        assert granted(["administrator"], []) == frozenset(HOST_PERMISSIONS)

    @given(st.sets(ROLES), declarations)
    def test_one_holds_what_one_of_ones_roles_brings_and_nothing_else(self, roles, declared):
        """For every permission that somebody declared."""
        held = granted(roles, declared)
        for each in declared:
            expected = any(roles & set(other.default_roles) for other in declared if other.id == each.id)
            assert (each.id in held) == expected
        assert held <= {each.id for each in declared} | set(HOST_PERMISSIONS)

    @given(st.sets(ROLES), st.sets(ROLES), declarations)
    def test_more_roles_never_allow_less(self, some, more, declared):
        """Roles only add."""
        assert granted(some, declared) | granted(more, declared) == granted(some | more, declared)

    @given(declarations)
    def test_the_known_roles_are_the_hosts_own_and_what_plugins_bring(self, declared):
        """Nothing else can be given to an account."""
        brought = {role for each in declared for role in each.default_roles}
        assert known_roles(declared) == {"administrator", "viewer", "auditor"} | brought

    @given(declarations)
    def test_the_command_line_holds_everything(self, declared):
        """Whoever may run commands on this machine."""
        actor = command_line(declared)
        assert all(actor.may(each.id) for each in declared)
        assert all(actor.may(each) for each in HOST_PERMISSIONS)
        assert not actor.may("nobody.declared_this")


class TestUserIds:
    @given(st.text(max_size=12))
    def test_folding_twice_changes_nothing_more(self, text):
        """So that what is looked up is what was stored."""
        assert folded(folded(text)) == folded(text)

    @pytest.mark.parametrize(("one", "other"), [("KAAN", "kaan"), (" KAAN ", "KAAN"), ("ÆØÅ", "æøå")])
    def test_case_and_blanks_around_make_no_difference(self, one, other):
        """Identifiers are compared without them."""
        assert folded(one) == folded(other)


class TestSessions:
    @pytest.mark.parametrize(
        ("idle", "left", "disabled", "counts"),
        [
            (timedelta(0), timedelta(hours=12), False, True),
            (SESSION_IDLE - timedelta(seconds=1), timedelta(hours=1), False, True),
            (SESSION_IDLE, timedelta(hours=1), False, False),
            (timedelta(0), timedelta(seconds=1), False, True),
            (timedelta(0), timedelta(0), False, False),
            (timedelta(0), timedelta(hours=12), True, False),
        ],
    )
    def test_a_session_counts_until_it_is_idle_over_or_its_account_disabled(
        self, idle, left, disabled, counts
    ):
        """Whichever comes first, to the second."""
        account = Account(
            number=1, user_id="KAAN", full_name="", roles=(), disabled_at=NOW if disabled else None
        )
        since = NOW - idle
        session = SignedIn(
            account=account, csrf_token="x", seen_at=since, expires_at=NOW + left, proved_at=since
        )
        assert session.counts(NOW) == counts
