"""``tabhost``: how commands end, what plugins may bring, and what the environment may say."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from importlib.metadata import version

import pytest
from builders.packages import install

from host.settings import read_settings


class TestEndings:
    def test_a_command_that_is_not_there_is_named(self, tabhost):
        """Exit status 2."""
        outcome = tabhost("no-such-command")
        assert outcome.status == 2
        assert "no-such-command" in outcome.err

    def test_without_a_command_the_help_is_shown(self, tabhost):
        """With the host's commands and the plugins'."""
        outcome = tabhost("--help")
        assert outcome.status == 0
        names = {line.split()[0] for line in outcome.out.splitlines() if line.startswith("  ")}
        assert {"serve", "db", "plugins", "user", "superoffice", "licence", "status"} <= names

    def test_the_version_is_the_products(self, tabhost):
        """As the package's metadata says it."""
        assert tabhost("--version").out.strip() == f"tabhost, version {version('tabhost')}"

    def test_help_and_version_touch_no_database(self, tabhost, data):
        """Of the host's own commands: asking must not make files."""
        for arguments in (("--version",), ("user", "--help"), ("plugins", "list", "--help")):
            assert tabhost(*arguments).status == 0
        assert not data.exists()

    def test_a_missing_argument_is_exit_status_2(self, tabhost, log):
        """As click says it."""
        outcome = tabhost("user", "add")
        assert outcome.status == 2
        assert "USER_ID" in outcome.err
        assert log() == []

    @pytest.mark.parametrize(
        "command", [(), ("user", "add"), ("superoffice", "release", "SUPEROFFICE", "spin")]
    )
    def test_an_argument_that_is_no_text_is_one_line(self, tabhost, command, data):
        """Of every command: a database could not keep it. Nothing is opened for it."""
        outcome = tabhost(*command, os.fsdecode(b"x\xff"))
        assert outcome.is_one_line(f"argument {len(command) + 1}", "“x\\xff”", "UTF-8")
        assert not data.exists()


class TestDatabase:
    def test_upgrade_makes_the_tables_and_may_be_run_again(self, tabhost, data):
        """It says where, without a password."""
        for _ in range(2):
            outcome = tabhost("db", "upgrade")
            assert outcome.status == 0
            assert str(data / "tabhost.db") in outcome.out
        assert (data / "tabhost.db").is_file()

    def test_upgrade_tells_which_plugins_are_rejected(self, tabhost, site):
        """Their tables were not brought up to date."""
        install(site, "acme_failing", plugin="acme", code="raise RuntimeError('kaput')")
        assert "acme is rejected" in tabhost("db", "upgrade").out

    @pytest.mark.parametrize(
        "make",
        [
            lambda folder: "postgresql://postgres@/x?host=/nowhere/at/all",
            lambda folder: f"sqlite:///{folder}",
            lambda folder: f"sqlite:///{_file(folder, 'not a database' * 100)}",
            lambda folder: f"sqlite:///{_file(folder, '')}/inside.db",
        ],
        ids=["no server", "a folder", "another file", "inside a file"],
    )
    def test_a_database_that_cannot_be_opened_is_one_line(self, tabhost, monkeypatch, tmp_path, make):
        """It names the variable; nobody wants to read a traceback."""
        monkeypatch.setenv("TABHOST_DATABASE_URL", make(tmp_path))
        assert tabhost("db", "upgrade").is_one_line("TABHOST_DATABASE_URL")


def _file(folder, text: str):
    (folder / "file").write_text(text)
    return folder / "file"


class TestEnvironment:
    @pytest.mark.parametrize(
        ("variable", "value", "expected"),
        [
            ("TABHOST_PORT", "http", "1 to 65535"),
            ("TABHOST_PORT", "0", "1 to 65535"),
            ("TABHOST_PORT", "65536", "1 to 65535"),
            ("TABHOST_PORT", "-1", "1 to 65535"),
            ("TABHOST_PORT", "80 80", "1 to 65535"),
            ("TABHOST_PORT", "²", "1 to 65535"),
            ("TABHOST_PORT", "9" * 5000, "1 to 65535"),
            ("TABHOST_MAX_UPLOAD_MB", "lots", "1 to 1000"),
            ("TABHOST_MAX_UPLOAD_MB", "0", "1 to 1000"),
            ("TABHOST_TIMEZONE", "Nowhere/Land", "IANA"),
            ("TABHOST_TIMEZONE", "../../etc/passwd", "IANA"),
            ("TABHOST_TIMEZONE", "Europe", "IANA"),
            ("TABHOST_LANGUAGE", "fr", "en, da"),
            ("TABHOST_SECOND_FACTOR", "always", "optional, administrators, everybody"),
            ("TABHOST_DATABASE_URL", "nonsense", "sqlite"),
            ("TABHOST_DATABASE_URL", "mysql://localhost/x", "sqlite"),
            ("TABHOST_DATABASE_URL", "postgresql://localhost:port/x", "sqlite"),
        ],
        ids=lambda text: text[:20],
    )
    def test_a_bad_value_is_one_line_that_names_the_variable(
        self, tabhost, monkeypatch, variable, value, expected
    ):
        """And what was expected; exit status 2."""
        monkeypatch.setenv(variable, value)
        assert tabhost("plugins", "list").is_one_line(variable, expected)

    def test_an_empty_variable_is_one_that_is_not_set(self):
        """As in a file of variables with the values left out."""
        names = ("PORT", "HOST", "TIMEZONE", "LANGUAGE", "DATABASE_URL", "MAX_UPLOAD_MB", "TITLE", "DATA")
        empty = {f"TABHOST_{name}": "" for name in names}
        assert read_settings(empty) == replace(read_settings({}), environment=empty)

    def test_the_demo_stays_out_of_the_real_data(self, tmp_path):
        """Even where a database is named."""
        real = read_settings({"TABHOST_DATABASE_URL": "postgresql://real/data", "TABHOST_PORT": "81"})
        demo = real.inside(tmp_path / "demo")
        assert demo.database_url == f"sqlite:///{tmp_path / 'demo' / 'tabhost.db'}"
        assert demo.data == tmp_path / "demo"
        assert demo.base_url == "http://127.0.0.1:81"


class TestServe:
    def test_a_port_that_is_taken_is_one_line(self, process):
        """It names the port and the variable that moves it."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            outcome = process("serve", TABHOST_PORT=port)
        assert outcome.status != 0
        assert "Traceback" not in outcome.err
        assert f"127.0.0.1:{port}" in outcome.err
        assert "TABHOST_PORT" in outcome.err

    def test_an_address_that_is_not_this_machines_is_one_line(self, process):
        """It names the variable."""
        outcome = process("serve", TABHOST_HOST="no-such-host.invalid")
        assert outcome.status != 0
        assert "Traceback" not in outcome.err
        assert "TABHOST_HOST" in outcome.err


def _group(name: str) -> str:
    """The code of a plugin with a group of commands of that name."""
    return (
        "import click\nfrom host.api import hookimpl\n\n"
        f"@click.group(name='{name}')\ndef mine():\n    'Mine.'\n\n"
        "@hookimpl\ndef host_cli():\n    return [mine]\n"
    )


class TestPluginCommands:
    def test_a_command_of_a_plugin_runs_in_one_transaction(self, tabhost, notes, log):
        """With `current_host`; kept with its audit row, under the command line's name."""
        outcome = tabhost("notes", "add", "milk")
        assert (outcome.status, outcome.out) == (0, "Added for cli.\n")
        assert tabhost("notes", "list").out == "milk\n"
        assert log() == [("note.added", "cli", "milk")]

    @pytest.mark.parametrize(
        ("ending", "words"),
        [
            ("input", ("notes.txt", "line 7", "not good")),
            ("missing", ("no such note",)),
            ("conflict", ("one already",)),
        ],
    )
    def test_what_it_refuses_is_exit_status_2_and_changes_nothing(self, tabhost, notes, log, ending, words):
        """One line; neither the row nor its audit is there."""
        assert tabhost("notes", "add", "milk", "--then", ending).is_one_line(*words)
        assert tabhost("notes", "list").out == ""
        assert log() == []

    @pytest.mark.parametrize(("ending", "status"), [("fail", 1), ("abort", 1), ("exit", 3)])
    def test_a_command_that_fails_changes_nothing(self, tabhost, notes, log, ending, status):
        """Whatever it raises."""
        assert tabhost("notes", "add", "milk", "--then", ending).status == status
        assert tabhost("notes", "list").out == ""
        assert log() == []

    def test_a_command_that_ends_itself_well_is_kept(self, tabhost, notes, log):
        """``ctx.exit(0)`` says that all went well: what the status says must be true."""
        assert tabhost("notes", "add", "milk", "--then", "done").status == 0
        assert tabhost("notes", "list").out == "milk\n"
        assert log() == [("note.added", "cli", "milk")]

    def test_a_command_that_crashes_changes_nothing_and_says_whose_it_was(self, tabhost, notes, log):
        """Exit status 1, and the plugin's name."""
        outcome = tabhost("notes", "add", "milk", "--then", "crash")
        assert outcome.status == 1
        assert "acme" in outcome.err
        assert tabhost("notes", "list").out == ""
        assert log() == []

    @pytest.mark.parametrize("name", ["serve", "plugin", "audit", "token"])
    def test_a_group_with_a_name_of_the_host_is_left_out_with_a_warning(self, tabhost, site, name):
        """The host's own command stays what it is; names that it will need are kept free."""
        install(site, f"acme_takes_{name}", plugin="acme", code=_group(name))
        outcome = tabhost("--help")
        assert outcome.status == 0
        assert "Warning: acme" in outcome.err
        assert repr(name) in outcome.err
        assert "Mine." not in outcome.out
        assert "Mine." not in tabhost(name, "--help").out

    @pytest.mark.parametrize("isolation", ["process", "none"])
    def test_a_group_that_cannot_be_typed_is_left_out_with_a_warning(
        self, tabhost, site, monkeypatch, isolation
    ):
        """Another group of the same plugin is there."""
        monkeypatch.setenv("TABHOST_ISOLATION", isolation)
        groups = "return [mine, click.Group('Not fine')]"
        code = _group("fine").replace("return [mine]", groups)
        install(site, f"acme_names_{isolation}", plugin="acme", code=code)
        outcome = tabhost("--help")
        assert outcome.status == 0
        assert "Warning" in outcome.err
        assert "'Not fine'" in outcome.err
        assert "Not fine" not in outcome.out
        assert "Mine." in tabhost("fine", "--help").out

    def test_the_second_of_two_groups_of_one_name_is_left_out_with_a_warning(self, tabhost, site):
        """Built-in plugins come first: nobody takes over ``superoffice``."""
        install(site, "acme_taking_over", plugin="acme", code=_group("superoffice"))
        outcome = tabhost("superoffice", "--help")
        assert "Warning: acme" in outcome.err
        assert "Mine." not in outcome.out
        assert "load-licence" in outcome.out

    @pytest.mark.parametrize(
        ("name", "body"),
        [("raises", "raise RuntimeError('kaput')"), ("exits", "raise SystemExit(3)"), ("seven", "return 7")],
    )
    def test_a_plugin_that_cannot_hand_over_its_commands_costs_only_those(self, tabhost, site, name, body):
        """The others' are there; a warning says whose are missing."""
        code = f"from host.api import hookimpl\n\n@hookimpl\ndef host_cli():\n    {body}\n"
        install(site, f"acme_cli_{name}", plugin="acme", code=code)
        outcome = tabhost("status", "--help")
        assert outcome.status == 0
        assert "Warning" in outcome.err
        assert "acme" in outcome.err

    def test_a_group_keeps_what_click_lets_it_do(self, tabhost, site):
        """`invoke_without_command` is an ordinary thing to write."""
        code = (
            "import click\nfrom host.api import hookimpl\n\n"
            "@click.group(invoke_without_command=True)\ndef hello():\n    click.echo('Hello.')\n\n"
            "@hookimpl\ndef host_cli():\n    return [hello]\n"
        )
        install(site, "acme_hello", plugin="acme", code=code)
        outcome = tabhost("hello")
        assert (outcome.status, outcome.out) == (0, "Hello.\n")
