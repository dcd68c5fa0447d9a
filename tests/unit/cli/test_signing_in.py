"""``tabhost user second-factor`` and ``tabhost user sessions``."""

from __future__ import annotations

import json

import pytest
from builders.accounts import USER, add_person, is_signed_in, sign_in
from builders.factors import set_up
from builders.plugins import neighbour
from click.testing import CliRunner

from host.cli.context import Context
from host.cli.main import root


@pytest.fixture
def kit(host_with):
    """A host with one account."""
    kit = host_with(neighbour())
    add_person(kit)
    return kit


@pytest.fixture
def client(kit):
    """That account, signed in."""
    client = kit.anonymous()
    sign_in(client)
    return client


@pytest.fixture
def run(kit):
    """Run ``tabhost user …`` on that host: exit status, and what it said."""

    def run(*arguments: str):
        context = Context(settings=kit.settings, borrowed=True)
        context.take(kit.house)
        outcome = CliRunner().invoke(root, ["user", *arguments], obj=context)
        error = outcome.exception if not isinstance(outcome.exception, SystemExit) else None
        return outcome.exit_code, outcome.output.strip() or str(error)

    return run


class TestSecondFactor:
    def test_how_it_stands(self, kit, client, run):
        """In words and as JSON, without any secret."""
        assert run("second-factor", USER) == (0, f"{USER} has no second factor.")
        assert json.loads(run("second-factor", USER, "--json")[1]) == {"since": None, "codes_left": 0}
        app = set_up(kit, client)
        said = run("second-factor", USER.lower())[1] + run("second-factor", USER, "--json")[1]
        assert "since 2026-11-24 12:00 UTC; recovery codes left: 10." in said
        assert app.secret not in said

    def test_removing_ends_the_sessions_and_is_written_down(self, kit, client, run):
        """Twice is a conflict."""
        set_up(kit, client)
        status, said = run("second-factor", USER, "--remove")
        assert (status, "no second factor any more" in said) == (0, True)
        assert not is_signed_in(client)
        assert (kit.audit()[0].action, kit.audit()[0].actor) == ("second_factor.removed", "cli")
        status, said = run("second-factor", USER, "--remove")
        assert (status != 0, said) == (True, "There is no second factor. Nothing was changed.")

    def test_nobody_is_said_so(self, run):
        """No traceback."""
        assert "no account" in run("second-factor", "NOBO")[1]
        assert "Leave one" in run("second-factor", USER, "--remove", "--json")[1]


class TestSessions:
    def test_they_are_listed_and_ended(self, kit, client, run):
        """One by what it is called, or all."""
        other = kit.anonymous()
        sign_in(other)
        listed = json.loads(run("sessions", USER, "--json")[1])
        assert [each["proved"] for each in listed] == [["password"], ["password"]]
        theirs = other.call("GET", "/api/v1/me").response.json["session"]
        assert theirs in run("sessions", USER)[1]
        assert run("sessions", USER, "--end", theirs) == (0, "The session has ended.")
        assert (is_signed_in(client), is_signed_in(other)) == (True, False)
        assert kit.audit()[0].actor == "cli"
        assert run("sessions", USER, "--end", "all") == (0, f"Sessions of {USER} that were ended: 1.")
        assert not is_signed_in(client)
        assert run("sessions", USER) == (0, f"{USER} is signed in nowhere.")
        assert "no such session" in run("sessions", USER, "--end", theirs)[1]
