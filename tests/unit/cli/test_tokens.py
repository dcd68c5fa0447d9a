"""``tabhost token``."""

from __future__ import annotations

import json

import pytest
from builders.accounts import USER, add_person
from builders.tokens import call
from click.testing import CliRunner

from host.cli.context import Context
from host.cli.main import root


@pytest.fixture
def kit(host_with):
    kit = host_with()
    add_person(kit, role="auditor")
    return kit


@pytest.fixture
def run(kit):
    """Run a command in that house: what it printed; exit status 0 is asked for."""

    def run(*words: str, code: int = 0) -> str:
        context = Context(settings=kit.settings, borrowed=True)
        context.take(kit.house)
        result = CliRunner().invoke(root, ["token", *words], obj=context)
        assert (result.exit_code != 0) == bool(code), result.output
        return result.stdout if not code else str(result.exception or result.output)

    return run


ADD = ("add", USER, "--name", "Reads the log", "--permission", "host.audit.view")


def test_one_is_printed_once_and_works(kit, run):
    """On a line of its own, so that a script can keep it."""
    token = run(*ADD, "--days", "7").strip()
    assert call(kit, token, "/api/v1/audit").status_code == 200
    assert token not in run("list")
    assert "Reads the log" in run("list", USER)
    assert (kit.audit()[0].actor, kit.audit()[0].subject) == ("cli", USER)


def test_json_says_the_same(kit, run):
    made = json.loads(run(*ADD, "--json"))
    assert call(kit, made["secret"], "/api/v1/audit").status_code == 200
    listed = json.loads(run("list", "--json"))
    assert [each["id"] for each in listed] == [made["token"]["id"]]
    assert made["secret"] not in json.dumps(listed)


def test_revoked_it_opens_nothing(kit, run):
    made = json.loads(run(*ADD, "--json"))
    run("revoke", made["token"]["id"])
    assert call(kit, made["secret"], "/api/v1/audit").status_code == 401
    assert "revoked already" in run("revoke", made["token"]["id"], code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("add", "NOBODY", "--name", "x", "--permission", "host.audit.view"),
        ("add", USER, "--name", "x", "--permission", "host.people.manage"),
        ("add", USER, "--name", "", "--permission", "host.audit.view"),
        (*ADD, "--days", "366"),
        ("add", USER, "--name", "x"),
        ("revoke", "no-such"),
        ("list", "NOBODY"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(run, words):
    assert run(*words, code=2)
    assert json.loads(run("list", "--json")) == []
