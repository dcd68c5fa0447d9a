"""Looking after accounts: added, disabled, given a new password; each with its audit row."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders.plugins import drawing, neighbour
from builders.quick_hashes import in_earnest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from host.api import ConflictError, InputError, NotFoundError, Permission, Plain
from host.domain.errors import SignInError
from host.domain.people import command_line
from host.services import people, signing_in
from host.services.common_passwords import is_common
from host.services.passwords import LONGEST, SHORTEST, hashed, matches
from host.storage.models import SessionRow

CLI = command_line([])
PASSWORD = "correct horse battery"


def add(kit, user_id: str = "KAAN", **more):
    values = {"full_name": "Karin", "password": None, "roles": ("viewer",), "actor": CLI, **more}
    people.add_account(kit.house, user_id=user_id, **values)


def log(kit) -> list[tuple[str, str, str]]:
    return [(each.action, each.actor, each.subject) for each in kit.audit()]


class TestAdding:
    def test_it_is_written_down_with_name_and_roles_and_without_the_password(self, host_on):
        """On both databases."""
        kit = host_on(neighbour())
        add(kit, password=PASSWORD)
        (entry,) = kit.audit()
        assert (entry.action, entry.actor, entry.subject) == ("account.added", "cli", "KAAN")
        assert (entry.before, entry.after) == (None, {"full_name": "Karin", "roles": ["viewer"]})
        assert signing_in.sign_in(kit.house, "kaan", PASSWORD)

    @pytest.mark.parametrize("again", ["KAAN", "kaan", " KaAn "])
    def test_a_user_id_that_is_taken_is_refused(self, host_with, again):
        """Whatever its case; the account that is there is as it was."""
        kit = host_with()
        add(kit)
        with pytest.raises(ConflictError, match="already"):
            add(kit, again, full_name="Somebody else")
        assert log(kit) == [("account.added", "cli", "KAAN")]

    @pytest.mark.parametrize("user_id", ["", "   ", "x" * 240, "KA\nAN", "KA\0AN", "KA\x1bAN"])
    def test_a_user_id_that_cannot_be_shown_is_refused(self, host_with, user_id):
        """It is printed, logged and typed."""
        kit = host_with()
        with pytest.raises(InputError, match="user id"):
            add(kit, user_id)
        assert kit.audit() == []

    @pytest.mark.parametrize("user_id", ["ØÅÆ", "ß", "j.doe@example.org", "x" * 239, "KA AN"])
    def test_a_user_id_may_be_what_people_are_called(self, host_with, user_id):
        """And is found again, whatever the case."""
        kit = host_with()
        add(kit, user_id)
        assert signing_in.sign_in_once(kit.house, signing_in.make_link(kit.house, user_id.upper()))

    def test_a_role_that_nobody_brings_is_refused_with_those_there_are(self, host_with):
        """Those of plugins too."""
        declared = [Permission(id="acme.view", title=Plain("See"), default_roles=("acme_clerk",))]
        kit = host_with(drawing("acme", lambda: "x", host_permissions=declared))
        with pytest.raises(InputError, match=r"'acme_boss'.*acme_clerk, administrator, auditor, viewer"):
            add(kit, roles=("acme_boss",))
        assert kit.audit() == []
        add(kit, roles=("acme_clerk",))

    @pytest.mark.parametrize(
        ("field", "value"), [("timezone", "Nowhere/Land"), ("timezone", "../etc/passwd"), ("language", "xx")]
    )
    def test_a_language_or_time_zone_that_there_is_not_is_refused(self, host_with, field, value):
        """Every page is drawn in them."""
        kit = host_with()
        with pytest.raises(InputError, match=value):
            add(kit, **{field: value})
        assert kit.audit() == []

    def test_a_name_that_is_too_long_is_refused_and_not_cut(self, host_on):
        """PostgreSQL would raise, SQLite would take it: the host says it before either."""
        kit = host_on()
        with pytest.raises(InputError):
            add(kit, full_name="x" * 255)
        assert kit.audit() == []


class TestPasswords:
    @pytest.mark.parametrize("length", [SHORTEST, SHORTEST + 1, LONGEST - 1, LONGEST])
    def test_lengths_between_the_edges_are_taken(self, length):
        """Counted in characters."""
        assert matches(hashed("ø" * length), "ø" * length)

    @pytest.mark.parametrize("length", [0, 1, SHORTEST - 1, LONGEST + 1, 10_000])
    def test_lengths_beyond_them_are_refused_with_what_was_expected(self, length):
        """Without repeating the password."""
        with pytest.raises(InputError, match=f"{length} characters.*{SHORTEST} to {LONGEST}") as caught:
            hashed("ø" * length)
        assert "øø" not in str(caught.value)

    @settings(max_examples=40, deadline=None)
    @given(st.text(min_size=SHORTEST, max_size=LONGEST), st.text(max_size=20))
    def test_only_the_very_same_text_matches(self, password, other):
        """Whatever characters it is made of."""
        assume(not is_common(password))
        stored = hashed(password)
        assert matches(stored, password)
        assert matches(stored, other) == (other == password)
        assert password not in stored

    def test_in_earnest_it_costs_what_argon2_advises(self):
        """RFC 9106, its second choice: 64 MiB, three rounds, four lanes."""
        assert in_earnest().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")

    def test_two_accounts_with_one_password_do_not_look_alike(self):
        """Each has a salt of its own."""
        assert hashed(PASSWORD) != hashed(PASSWORD)

    @pytest.mark.parametrize("stored", [None, "", "plain text", "$argon2id$broken"])
    def test_what_is_not_a_hash_matches_nothing(self, stored):
        """And is no fault."""
        assert not matches(stored, "")
        assert not matches(stored, "nobody has this password")


class TestDisablingAndResetting:
    def test_a_disabled_account_cannot_sign_in(self, host_with):
        """By password or by link; it is written down."""
        kit = host_with()
        add(kit, password=PASSWORD)
        people.disable_account(kit.house, "kaan", CLI)
        with pytest.raises(SignInError):
            signing_in.sign_in(kit.house, "KAAN", PASSWORD)
        with pytest.raises(SignInError):
            signing_in.sign_in_once(kit.house, signing_in.make_link(kit.house, "KAAN"))
        assert log(kit)[:3] == [
            ("signin.failed", "anonymous", ""),  # the link, which says nobody's name
            ("signin.failed", "anonymous", "KAAN"),
            ("account.disabled", "cli", "KAAN"),
        ]

    def test_a_reset_opens_it_again_with_the_new_password_only(self, host_with):
        """And is written down."""
        kit = host_with()
        add(kit, password=PASSWORD)
        people.disable_account(kit.house, "KAAN", CLI)
        people.reset_password(kit.house, "kaan", "another password", CLI)
        assert log(kit)[0] == ("account.password_reset", "cli", "KAAN")
        with pytest.raises(SignInError):
            signing_in.sign_in(kit.house, "KAAN", PASSWORD)
        assert signing_in.sign_in(kit.house, "KAAN", "another password")

    def test_a_bad_new_password_changes_nothing(self, host_with):
        """The old one still opens."""
        kit = host_with()
        add(kit, password=PASSWORD)
        with pytest.raises(InputError):
            people.reset_password(kit.house, "KAAN", "short", CLI)
        assert signing_in.sign_in(kit.house, "KAAN", PASSWORD)
        assert [action for action, _, _ in log(kit)] == ["session.started", "account.added"]

    def test_somebody_who_is_not_there_is_named(self, host_with):
        """In each of the commands."""
        kit = host_with()
        for act in (
            lambda: people.disable_account(kit.house, "NOBODY", CLI),
            lambda: people.reset_password(kit.house, "NOBODY", PASSWORD, CLI),
            lambda: signing_in.make_link(kit.house, "NOBODY"),
        ):
            with pytest.raises(NotFoundError, match="'NOBODY'"):
                act()
        assert kit.audit() == []

    def test_sessions_that_are_over_are_forgotten(self, host_with):
        """The table does not grow for ever."""
        kit = host_with()
        add(kit)
        for _ in range(4):
            kit.clock.advance(timedelta(hours=13))
            signing_in.sign_in_once(kit.house, signing_in.make_link(kit.house, "KAAN"))
        with kit.house.stores.host.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(SessionRow)) == 1


class TestTheSameTransaction:
    def test_a_change_that_cannot_be_written_down_is_not_made(self, host_on):
        """The audit row and the change are kept together or not at all."""
        kit = host_on()
        add(kit, password=PASSWORD)
        with kit.house.stores.host.writing() as session:
            session.execute(sa.text("alter table host_audit rename to host_audit_away"))
        for act in (
            lambda: add(kit, "OTHER"),
            lambda: people.disable_account(kit.house, "KAAN", CLI),
            lambda: people.reset_password(kit.house, "KAAN", "another password", CLI),
        ):
            with pytest.raises(sa.exc.DBAPIError):
                act()
        with kit.house.stores.host.writing() as session:
            session.execute(sa.text("alter table host_audit_away rename to host_audit"))
        assert signing_in.sign_in(kit.house, "KAAN", PASSWORD)
        with pytest.raises(NotFoundError):
            signing_in.make_link(kit.house, "OTHER")
