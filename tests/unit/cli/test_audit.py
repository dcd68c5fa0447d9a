"""``tabhost audit``: looking into the log, checking it, and taking it away as a file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def log_of_two(tabhost, data):
    """Two entries: somebody was added, and somebody else."""
    for user in ("KAAN", "VIWE"):
        assert tabhost("user", "add", user, "--link").status == 0
    return data


def change(data, *statements: str) -> None:
    """Change the database past the host."""
    with closing(sqlite3.connect(data / "tabhost.db")) as connection:
        connection.execute("drop trigger if exists host_audit_no_UPDATE")
        connection.execute("drop trigger if exists host_audit_no_DELETE")
        for each in statements:
            connection.execute(each)
        connection.commit()


class TestLooking:
    def test_it_lists_the_newest_first(self, tabhost, log_of_two):
        """With number, time, who, what and on what."""
        lines = tabhost("audit", "list", "--action", "account.added").out.splitlines()
        assert [line.split()[-3:] for line in lines] == [
            ["cli", "account.added", "VIWE"],
            ["cli", "account.added", "KAAN"],
        ]

    def test_filters_are_those_of_the_page(self, tabhost, log_of_two):
        """As JSON, each with the user and machine that the command was given on."""
        said = json.loads(tabhost("audit", "list", "--subject", "kaan", "--limit", "1", "--json").out)
        assert [each["subject"] for each in said] == ["KAAN"]
        assert said[0]["origin"].startswith("cli ")
        assert "@" in said[0]["origin"]
        assert tabhost("audit", "list", "--from", "2999-01-01", "--json").out == "[]\n"

    def test_one_entry_is_shown_whole(self, tabhost, log_of_two):
        """As JSON; one that is not there is said not to be."""
        assert json.loads(tabhost("audit", "show", "1").out)["number"] == 1
        assert tabhost("audit", "show", "999").is_one_line("no entry 999")

    @pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "0000-00-00"])
    def test_what_is_no_day_is_refused(self, tabhost, day):
        """In a sentence."""
        assert tabhost("audit", "list", "--from", day).is_one_line(day, "no day")


class TestVerifying:
    def test_a_whole_log_is_said_to_be_whole(self, tabhost, log_of_two):
        """Exit status 0; the same as JSON."""
        outcome = tabhost("audit", "verify")
        assert outcome.status == 0
        assert outcome.out.startswith("The audit log is whole: ")
        assert json.loads(tabhost("audit", "verify", "--json").out)["findings"] == []

    def test_what_is_wrong_is_said_with_its_number(self, tabhost, log_of_two):
        """Exit status 1."""
        change(log_of_two, "update host_audit set actor = 'VIWE' where id = 1")
        outcome = tabhost("audit", "verify")
        assert (outcome.status, outcome.out) == (
            1,
            "Entry 1 is not what was written: it does not fit its hash.\n",
        )
        outcome = tabhost("audit", "verify", "--json")
        said = json.loads(outcome.out)
        assert (outcome.status, said["whole"], said["wrong"]) == (1, False, 1)
        assert (said["findings"][0]["number"], said["findings"][0]["wrong"]) == (1, "changed")

    def test_a_break_can_be_explained(self, tabhost, log_of_two, monkeypatch):
        """With another secret the host goes on, and says so; an entry that is no break needs no reason."""
        monkeypatch.setenv("TABHOST_SECRET_KEY", "another one, of 32 characters or more")
        assert tabhost("user", "add", "NEWN", "--link").status == 0
        (broken,) = json.loads(tabhost("audit", "list", "--action", "audit.continued", "--json").out)
        number = str(broken["number"])
        assert f"tabhost audit accept {number}" in tabhost("audit", "verify").out
        assert tabhost("audit", "accept", "1", "--reason", "x").is_one_line("needs no reason")
        assert tabhost("audit", "accept", number, "--reason", " ").is_one_line("1 to 500")
        assert tabhost("audit", "accept", number, "--reason", "a new secret").status == 0
        assert tabhost("audit", "verify").status == 0


class TestExporting:
    @pytest.fixture
    def exported(self, tabhost, log_of_two, tmp_path):
        """The log as lines, and the key to check them with."""
        assert tabhost("audit", "export", "-o", str(tmp_path / "log.ndjson")).status == 0
        (tmp_path / "key.pem").write_text(tabhost("audit", "key").out)
        return tmp_path / "log.ndjson"

    def check(self, tabhost, exported, monkeypatch):
        """Where this installation's secret is not known."""
        monkeypatch.setenv("TABHOST_SECRET_KEY", "another one, of 32 characters or more")
        return tabhost("audit", "verify", str(exported), "--key", str(exported.with_name("key.pem")))

    def test_it_can_be_checked_elsewhere_with_the_public_key(self, tabhost, exported, monkeypatch):
        """Without the database."""
        assert self.check(tabhost, exported, monkeypatch).status == 0

    @pytest.mark.parametrize(
        "edit",
        [
            lambda lines: [lines[0].replace("KAAN", "OTHE"), *lines[1:]],
            lambda lines: [lines[0], *lines[2:]] if len(lines) > 3 else lines[1:],
            lambda lines: [lines[1], lines[0], *lines[2:]],
            lambda lines: lines[:-1],
            lambda lines: [*lines[:-2], lines[-1]],
            lambda lines: [*lines[:-1], lines[-1].replace('"signature": "', '"signature": "00')],
        ],
        ids=["edited", "removed", "reordered", "without its end", "cut off", "another signature"],
    )
    def test_a_changed_file_is_found_out(self, tabhost, exported, monkeypatch, edit):
        """Exit status 1."""
        lines = exported.read_text().splitlines(keepends=True)
        changed = edit(lines)
        assert changed != lines
        exported.write_text("".join(changed))
        assert self.check(tabhost, exported, monkeypatch).status == 1

    @pytest.mark.parametrize("content", ["no json\n", "[]\n", "{}\n", '{"head": 1}\n', "[" * 100_000, "\xff"])
    def test_what_is_no_export_is_refused(self, tabhost, exported, monkeypatch, content):
        """With the line."""
        exported.write_bytes(content.encode("latin-1"))
        assert self.check(tabhost, exported, monkeypatch).is_one_line("log.ndjson", "line 1")

    def test_what_is_no_key_is_refused(self, tabhost, exported, tmp_path):
        """In a sentence."""
        (tmp_path / "key.pem").write_text("x")
        outcome = tabhost("audit", "verify", str(exported), "--key", str(tmp_path / "key.pem"))
        assert outcome.is_one_line("Ed25519")
        assert tabhost("audit", "verify", str(tmp_path / "none")).is_one_line("cannot be read")

    def test_a_table_goes_to_standard_output(self, tabhost, log_of_two):
        """That it was taken stands in the log."""
        lines = tabhost("audit", "export", "--format", "csv").out.splitlines()
        assert lines[0].removeprefix("\ufeff").startswith("number,at,actor")
        assert len(lines) >= 3
        assert tabhost("audit", "list", "--limit", "1").out.split()[-1] == "audit.exported"
