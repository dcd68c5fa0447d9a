"""``tabhost user``: accounts."""

from __future__ import annotations

import re

import pytest

PASSWORD = "correct horse battery\n"


class TestAdd:
    def test_a_password_comes_from_standard_input(self, tabhost, log):
        """Without the end of the line; it is not shown anywhere."""
        outcome = tabhost("user", "add", "KAAN", "--name", "Karin", "--password-stdin", typed=PASSWORD)
        assert (outcome.status, outcome.out, outcome.err) == (0, "Added KAAN.\n", "")
        assert log() == [("account.added", "cli", "KAAN")]

    def test_the_end_of_the_line_is_not_part_of_it_wherever_it_was_typed(self, tabhost):
        """Seven characters are too short, whatever follows them."""
        for end in ("", "\n", "\r\n"):
            outcome = tabhost("user", "add", "KAAN", "--password-stdin", typed="1234567" + end)
            assert outcome.is_one_line("7 characters", "8 to 128")

    def test_a_link_can_stand_in_for_a_password(self, tabhost):
        """It is printed once, with the address that the host serves on."""
        outcome = tabhost("user", "add", "KAAN", "--role", "administrator", "--link")
        assert outcome.status == 0
        assert re.search(r"^Open http://127\.0\.0\.1:8080/login/once/[\w-]{43}$", outcome.out, re.MULTILINE)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("KAAN",), ("already", "KAAN")),
            (("kaan",), ("already",)),
            (("OTHER", "--role", "boss"), ("'boss'", "administrator", "viewer")),
            ((" ",), ("user id",)),
            (("OTHER", "--timezone", "Nowhere/Land"), ("Nowhere/Land",)),
            (("OTHER", "--language", "xx"), ("xx",)),
        ],
    )
    def test_what_cannot_be_added_is_said_in_one_line_and_nothing_is_changed(
        self, tabhost, log, arguments, words
    ):
        """Exit status 2."""
        tabhost("user", "add", "KAAN", "--password-stdin", typed=PASSWORD)
        outcome = tabhost("user", "add", *arguments, "--password-stdin", typed=PASSWORD)
        assert outcome.is_one_line(*words), outcome
        assert len(log()) == 1


class TestDisableAndReset:
    def test_they_are_said_and_written_down(self, tabhost, log):
        """Whatever the case of the user id."""
        tabhost("user", "add", "KAAN", "--link")
        assert tabhost("user", "disable", "kaan").status == 0
        reset = tabhost("user", "reset", "kaan", "--password-stdin", typed=PASSWORD)
        assert (reset.status, reset.err) == (0, "")
        assert [each[0] for each in log()] == ["account.password_reset", "account.disabled", "account.added"]

    def test_a_password_that_is_too_short_changes_nothing(self, tabhost, log):
        """Nor does an empty one."""
        tabhost("user", "add", "KAAN", "--link")
        for typed in ("short\n", "\n", ""):
            assert tabhost("user", "reset", "KAAN", "--password-stdin", typed=typed).is_one_line("8 to 128")
        assert len(log()) == 1

    @pytest.mark.parametrize("command", [("disable",), ("reset", "--password-stdin"), ("link",)])
    def test_somebody_who_is_not_there_is_named(self, tabhost, log, command):
        """Exit status 2, one line, nothing changed."""
        outcome = tabhost("user", *command, "NOBODY", typed=PASSWORD)
        assert outcome.is_one_line("'NOBODY'"), outcome
        assert log() == []
