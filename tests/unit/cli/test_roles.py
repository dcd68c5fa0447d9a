"""``tabhost role`` and what ``tabhost user`` says and does about roles."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def somebody(tabhost):
    """KAAN, who is viewer, and an administrator."""
    tabhost("user", "add", "BOSS", "--role", "administrator", "--link")
    tabhost("user", "add", "KAAN", "--role", "viewer", "--link")


class TestRole:
    def test_one_is_added_changed_listed_and_removed(self, tabhost, log):
        """Each change is written down."""
        add = ("role", "add", "clerk", "--title", "The clerk", "--permission", "host.people.view")
        assert tabhost(*add).out == "Added the role clerk.\n"
        assert tabhost("role", "change", "clerk", "--permission", "host.audit.view").status == 0
        listed = {each["name"]: each for each in json.loads(tabhost("role", "list", "--json").out)}
        assert listed["clerk"] == {
            "name": "clerk", "title": "The clerk", "origin": "own", "permissions": ["host.audit.view"],
        }  # fmt: skip
        assert listed["auditor"]["permissions"] == ["host.audit.view"]
        assert "clerk" in tabhost("role", "list").out
        assert tabhost("role", "change", "clerk", "--none").status == 0
        assert tabhost("role", "remove", "clerk").out == "Removed the role clerk.\n"
        assert [each[0] for each in log()] == ["role.removed", "role.changed", "role.changed", "role.added"]

    def test_one_that_somebody_has_is_only_taken_when_asked(self, tabhost, somebody, log):
        """It says who."""
        tabhost("role", "add", "clerk")
        tabhost("user", "roles", "KAAN", "--role", "clerk", "--role", "viewer")
        assert tabhost("role", "remove", "clerk").is_one_line("clerk", "KAAN")
        assert tabhost("role", "remove", "clerk", "--from-everybody").status == 0
        assert tabhost("user", "roles", "KAAN").out == "KAAN has viewer.\n"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("add", "viewer"), ("already",)),
            (("add", "Clerk"), ("small letters",)),
            (("add", "clerk", "--permission", "no.such"), ("'no.such'",)),
            (("change", "viewer", "--title", "x"), ("cannot be changed",)),
            (("change", "no_such", "--title", "x"), ("'no_such'",)),
            (("remove", "no_such"), ("'no_such'",)),
        ],
    )
    def test_what_cannot_be_done_is_said_in_one_line(self, tabhost, log, arguments, words):
        """Exit status 2, nothing changed."""
        assert tabhost("role", *arguments).is_one_line(*words)
        assert log() == []


class TestUser:
    def test_they_are_listed_with_roles_and_state(self, tabhost, somebody):
        """For people and for programs."""
        tabhost("user", "disable", "KAAN")
        people = {each["user_id"]: each for each in json.loads(tabhost("user", "list", "--json").out)}
        assert people["KAAN"]["disabled_at"]
        assert (people["BOSS"]["roles"], people["BOSS"]["signed_in_at"]) == (["administrator"], None)
        assert tabhost("user", "list", "--state", "disabled").out.split()[:2] == ["KAAN", "disabled"]
        assert tabhost("user", "list", "--role", "administrator").out.startswith("BOSS")

    def test_roles_are_shown_given_and_taken(self, tabhost, somebody):
        """These, and no others."""
        assert tabhost("user", "roles", "kaan").out == "KAAN has viewer.\n"
        assert tabhost("user", "roles", "KAAN", "--role", "auditor").out == "KAAN has auditor.\n"
        assert tabhost("user", "roles", "KAAN", "--none").out == "KAAN has no role.\n"
        shown = json.loads(tabhost("user", "roles", "BOSS", "--json").out)
        assert shown == {"user_id": "BOSS", "roles": ["administrator"]}

    def test_somebody_who_was_disabled_may_sign_in_again(self, tabhost, somebody, log):
        """With what they had."""
        tabhost("user", "disable", "KAAN")
        assert tabhost("user", "enable", "KAAN").out == "KAAN may sign in.\n"
        assert log()[0] == ("account.enabled", "cli", "KAAN")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("roles", "BOSS", "--role", "viewer"), ("last administrator",)),
            (("disable", "BOSS"), ("last administrator",)),
            (("roles", "KAAN", "--role", "boss"), ("'boss'", "administrator")),
            (("roles", "NOBODY"), ("'NOBODY'",)),
            (("enable", "NOBODY"), ("'NOBODY'",)),
        ],
    )
    def test_what_cannot_be_done_is_said_in_one_line(self, tabhost, somebody, log, arguments, words):
        """Exit status 2, nothing changed."""
        before = log()
        assert tabhost("user", *arguments).is_one_line(*words)
        assert log() == before
