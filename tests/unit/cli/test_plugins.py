"""``tabhost plugins``: what is installed, whether it serves, and why not."""

from __future__ import annotations

import json

import pytest
from builders.packages import install

from host.app import build_house
from host.cli.context import ask_third_parties
from host.services.limits import BY_SETTING
from host.settings import read_settings


class TestList:
    def test_json_is_a_list_of_objects_with_the_promised_keys(self, tabhost, site):
        """Rejected ones too, with their reason; nothing else on standard output."""
        install(site, "acme_bad_import", plugin="acme", code="raise RuntimeError('kaput')")
        outcome = tabhost("plugins", "list", "--json")
        assert (outcome.status, outcome.err) == (0, "")
        listed = {each["id"]: each for each in json.loads(outcome.out)}
        assert all(
            {"id", "distribution", "version", "remote", "pid", "memory", "state", "reason"} <= set(each)
            for each in listed.values()
        )
        assert listed["acme"]["state"] == "rejected"
        assert "RuntimeError: kaput" in listed["acme"]["reason"]
        assert (listed["acme"]["distribution"], listed["acme"]["version"]) == ("acme_bad_import", "1.0")
        for builtin in ("status_tab", "superoffice_tab"):
            assert (listed[builtin]["state"], listed[builtin]["reason"]) == ("serving", "")
            assert listed[builtin]["distribution"] == "tabhost"

    def test_for_people_each_plugin_is_a_line_with_its_reason_below(self, tabhost, site):
        """State, package and version."""
        install(site, "acme_old", plugin="acme", requires=("tabhost<0.1",))
        outcome = tabhost("plugins", "list")
        lines = outcome.out.splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith("acme "))
        assert lines[place].split()[1:] == ["rejected", "acme_old", "1.0"]
        assert "tabhost<0.1" in lines[place + 1]

    def test_the_singular_is_the_same_command(self, tabhost):
        """People type either; only one is listed in the help."""
        assert tabhost("plugin", "list", "--json").out == tabhost("plugins", "list", "--json").out
        listed = [line.split()[0] for line in tabhost("--help").out.splitlines() if line.startswith("  ")]
        assert "plugins" in listed
        assert "plugin" not in listed


class TestAnotherVersion:
    """While a server may be running with the one before."""

    def test_the_list_says_that_what_counts_is_what_the_one_before_declared(self, tabhost, site):
        """Nothing of it is asked, whatever command runs."""
        info = install(site, "acme_upgraded")
        assert "Restart" not in tabhost("plugins", "list").out
        (site / "acme_upgraded.py").write_text("raise RuntimeError('imported')")
        assert "1.0 was changed" in _below(tabhost("plugins", "list").out, "acme ")
        (info / "METADATA").write_text(
            (info / "METADATA").read_text().replace("Version: 1.0", "Version: 1.1")
        )
        below = _below(tabhost("plugins", "list").out, "acme ")
        assert "1.1 is installed; what counts is what 1.0 declared" in below
        assert "Restart `tabhost serve`" in below
        (listed,) = [
            each for each in json.loads(tabhost("plugins", "list", "--json").out) if each["id"] == "acme"
        ]
        assert [listed[key] for key in ("version", "outdated", "state", "tabs", "reason")] == [
            "1.1", "1.0", "serving", ["main"], "",
        ]  # fmt: skip

    def test_a_start_asks_it_again(self, tabhost, site):
        """And then nothing is out of date."""
        install(site, "acme_asked_again")
        tabhost("plugins", "list")
        (site / "acme_asked_again.py").write_text("raise RuntimeError('imported')")
        build_house(read_settings(), ask=ask_third_parties, anew=True).stores.close()
        listed = tabhost("plugins", "list").out
        assert "RuntimeError: imported" in _below(listed, "acme ")
        assert "Restart" not in listed


def _below(listed: str, start: str) -> str:
    """The line below the one that begins so."""
    lines = listed.splitlines()
    return lines[next(number for number, line in enumerate(lines) if line.startswith(start)) + 1]


class TestSwitching:
    def test_off_and_on_again(self, tabhost, log):
        """Written down, and shown by the list."""

        def state() -> str:
            listed = json.loads(tabhost("plugins", "list", "--json").out)
            return next(each["state"] for each in listed if each["id"] == "status_tab")

        assert tabhost("plugins", "disable", "status_tab").status == 0
        assert state() == "disabled"
        assert tabhost("plugins", "enable", "status_tab").status == 0
        assert state() == "serving"
        assert [each[0] for each in log()] == ["plugin.enabled", "plugin.disabled"]

    @pytest.mark.parametrize("command", ["enable", "disable"])
    def test_a_plugin_that_is_not_installed_is_named(self, tabhost, log, command):
        """Exit status 2, one line, nothing changed."""
        assert tabhost("plugins", command, "nobody").is_one_line("'nobody'")
        assert log() == []

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("nobody", "a", "b"), ("'nobody'",)),
            (("superoffice_tab", "nothing", "b"), ("'nothing'", "root_keys")),
            (("status_tab", "nothing", "b"), ("'nothing'",)),
        ],
    )
    def test_a_setting_that_is_not_there_is_named(self, tabhost, log, arguments, words):
        """With those there are."""
        assert tabhost("plugins", "set", *arguments).is_one_line(*words)
        assert log() == []


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "told"),
        [
            ("deadline", ""),
            ("answer", ""),
            ("in_flight", ""),
            ("memory", "from the next start of tabhost serve on"),
            ("descriptors", "from the next start of tabhost serve on"),
            ("idle", "from the next start of tabhost serve on"),
            ("start", "from the next start of tabhost serve on"),
        ],
    )
    def test_the_command_says_from_when_on_a_limit_is_in_force(self, tabhost, site, log, limit, told):
        """Some are put on a process when it starts; the others hold from the next visit on."""
        install(site, "acme_limited")
        value = str(max(5, BY_SETTING[f"runner.{limit}"].least))
        outcome = tabhost("plugins", "set", "acme", f"runner.{limit}", value)
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out.startswith(f"acme.runner.{limit} is set")
        assert outcome.out.strip().endswith(f"{told or 'is set'}.")
        assert log()[0][::2] == ("plugin.setting_changed", f"acme.runner.{limit}")
        outcome = tabhost("plugins", "set", "acme", f"runner.{limit}")
        assert outcome.out.startswith(f"acme.runner.{limit} is at its default")

    def test_a_limit_out_of_bounds_is_one_line(self, tabhost, site, log):
        """With the bounds, and nothing changed."""
        install(site, "acme_limited")
        outcome = tabhost("plugins", "set", "acme", "runner.deadline", "31")
        assert outcome.is_one_line("acme runner.deadline", "from 1 to 30", "'31'")
        assert log() == []
