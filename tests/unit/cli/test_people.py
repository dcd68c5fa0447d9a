"""``tabhost user``: accounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from builders.accounts import is_signed_in
from builders.plugins import neighbour
from unit.superoffice_tab.pictures import picture

from host.services.pictures import redrawn

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
        assert [each[0] for each in log()] == [
            *("account.password_reset", "account.disabled"),
            *("account.link_made", "account.added"),
        ]

    def test_a_password_that_is_too_short_changes_nothing(self, tabhost, log):
        """Nor does an empty one."""
        tabhost("user", "add", "KAAN", "--link")
        for typed in ("short\n", "\n", ""):
            assert tabhost("user", "reset", "KAAN", "--password-stdin", typed=typed).is_one_line("8 to 128")
        assert len(log()) == 2

    @pytest.mark.parametrize("command", [("disable",), ("reset", "--password-stdin"), ("link",)])
    def test_somebody_who_is_not_there_is_named(self, tabhost, log, command):
        """Exit status 2, one line, nothing changed."""
        outcome = tabhost("user", *command, "NOBODY", typed=PASSWORD)
        assert outcome.is_one_line("'NOBODY'"), outcome
        assert log() == []


class TestARunningWorker:
    """What is changed on the command line counts for a host that serves already, with its next request."""

    @pytest.fixture
    def kit(self, data, host_with):
        return host_with(neighbour(), database_url=f"sqlite:///{data / 'tabhost.db'}", now=datetime.now(UTC))

    @pytest.fixture
    def client(self, kit, tabhost):
        """Somebody who was added while the host served, and has signed in."""
        added = tabhost("user", "add", "KAAN", "--role", "administrator", "--link")
        client = kit.anonymous()
        assert client.flask.get("/login/once/" + added.out.strip().rpartition("/")[2]).status_code == 303
        return client

    def test_a_new_account_has_its_roles(self, client):
        """It sees what its role may."""
        assert "administrator" in client.get("/").text
        assert client.get("/plugins").status == 200

    def test_a_portrait_is_shown(self, client, tabhost, tmp_path):
        """And so is another one after it."""
        assert "/portraits/KAAN" not in client.get("/").text
        file = tmp_path / "karin.png"
        for form in ("PNG", "JPEG"):
            file.write_bytes(picture(form))
            assert tabhost("user", "portrait", "KAAN", str(file)).status == 0
            assert "/portraits/KAAN" in client.get("/").text
            assert client.flask.get("/portraits/KAAN").data == redrawn(picture(form))[0]

    @pytest.mark.parametrize("command", [("disable", "KAAN"), ("reset", "KAAN", "--password-stdin")])
    def test_an_account_that_is_closed_is_out(self, client, tabhost, command):
        """Its session is worth nothing from then on."""
        assert is_signed_in(client)
        tabhost("user", "add", "OTHER", "--role", "administrator", "--link")  # the last one could not be
        assert tabhost("user", *command, typed=PASSWORD).status == 0
        assert not is_signed_in(client)
