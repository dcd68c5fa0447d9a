"""Commands of third parties run in a child: whatever it says and leaves behind, the command line ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders.demo import free_port
from builders.packages import install
from builders.parents import alive

from host.app import build_house
from host.cli.context import Context, ask_third_parties
from host.cli.vendor import ask_apart
from host.domain.errors import PluginFault
from host.engine.runner.forked import MOST
from host.settings import read_settings

CODE = """
import ctypes, os, subprocess, sys, time
import click
from host.api import Badge, Permission, Plain, Tab, current_host, hookimpl


@click.group()
def acme():
    "Commands that end in one way each."


@acme.command()
def forks():
    pids = []
    for apart in (False, True):
        pid = os.fork()
        if not pid:
            if apart:
                os.setsid()
            time.sleep(600)
            os._exit(0)
        pids.append(pid)
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    pids.append(subprocess.Popen(sleeping, start_new_session=True).pid)
    click.echo(" ".join(map(str, pids)))


@acme.command()
def marks():
    current_host.set_badge("main", Badge(text="3", title=Plain("Three")))


@acme.command()
def exits():
    os._exit(0)


@acme.command()
def adds():
    TABS.append(Tab(id="more", title=Plain("More"), view="acme.view"))
    current_host.tabs_changed()


@acme.command()
def segfaults():
    ctypes.string_at(0)


@acme.command()
def writes():
    for descriptor in range(3, 2000):
        try:
            os.write(descriptor, b"x" * 100_000)
        except OSError:
            continue


@acme.command()
def patches():
    import json
    json.dumps = os._exit = lambda *_: time.sleep(600)
    click.echo("patched")


@hookimpl
def host_permissions():
    return [Permission(id="acme.view", title=Plain("See it"))]


TABS = [Tab(id="main", title=Plain("Main"), view="acme.view")]


@hookimpl
def host_tabs():
    return TABS


@hookimpl
def host_cli():
    return [acme]


@hookimpl
def host_demo(folder):
    return [["x" * int(each) for each in os.listdir(folder)]]
"""


@pytest.fixture
def plugin(site) -> str:
    """A vendor's plugin with such commands."""
    name = "acme_vendor_commands"
    sys.modules.pop(name, None)  # what an earlier test imported stands in another folder
    install(site, name, code=CODE.replace("{", "{{").replace("}", "}}"))
    return "acme"


@pytest.fixture
def demo(plugin, data, tmp_path) -> Iterator[Callable[[int], list[list[str]]]]:
    """Ask it for a demo of so many characters."""
    context = Context()

    def ask(length: int) -> list[list[str]]:
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / str(length)).touch()
        found = context.house.registry.get(plugin)
        return ask_apart(context, found, "host_demo", folder=str(folder))

    yield ask
    context.close()


class TestWhatItSays:
    def test_more_comes_back_than_a_pipe_holds(self, demo):
        """A pipe takes 64 KB before somebody must read."""
        assert demo(1_000_000) == [["x" * 1_000_000]]

    def test_what_is_too_much_is_a_fault_that_says_so(self, demo, capfd):
        """It is not waited for, and not read."""
        with pytest.raises(PluginFault):
            demo(MOST)
        assert f"more than {MOST} bytes" in capfd.readouterr().err

    def test_a_command_marks_its_tabs(self, tabhost, plugin):
        """As one of a plugin in this process does."""
        outcome = tabhost("acme", "marks")
        assert (outcome.status, outcome.err) == (0, "")
        house = build_house(read_settings())
        assert house.decisions.now().badges["acme", "main"].text == "3"
        house.stores.close()

    def test_a_command_changes_the_tabs(self, tabhost, plugin):
        """They are asked for again when it has ended well."""
        assert tabhost("acme", "adds").status == 0
        house = build_house(read_settings())
        assert [each.id for each in house.registry.get("acme").tabs] == ["main", "more"]
        house.stores.close()

    def test_what_somebody_else_writes_into_the_pipe_is_not_believed(self, tabhost, plugin):
        """One line, exit status 1."""
        outcome = tabhost("acme", "writes")
        assert (outcome.status, "Traceback" in outcome.err) == (1, False)
        assert "the command of acme said what makes no sense" in outcome.err


class TestHowItEnds:
    def test_what_it_started_ends_with_it(self, tabhost, plugin):
        """In its group or apart, although it holds the pipe open; the command does not wait for it."""
        before = children()
        outcome = tabhost("acme", "forks")
        pids = [int(each) for each in outcome.out.split()]
        assert (outcome.status, len(pids)) == (0, 3)
        assert [pid for pid in pids if alive(pid)] == []
        assert children() <= before

    @pytest.mark.parametrize(
        ("name", "told"), [("exits", "ended before it was done"), ("segfaults", "was ended by signal 11")]
    )
    def test_an_end_in_the_middle_is_one_line(self, tabhost, plugin, name, told):
        """Whatever status it took along: nothing of it was kept."""
        outcome = tabhost("acme", name)
        assert (outcome.status, outcome.out) == (1, "")
        assert f"Error: the command of acme {told}.\n" in outcome.err
        assert "Traceback" not in outcome.err

    def test_one_that_is_off_is_not_run_and_says_how_to_switch_it_on(self, tabhost, plugin):
        """Its whole group, for whoever asks for help too."""
        assert tabhost("plugins", "disable", "acme").status == 0
        for arguments in (("patches",), ("--help",)):
            outcome = tabhost("acme", *arguments)
            assert (outcome.status, outcome.out) == (2, "")
            assert outcome.err == "Error: acme is off. Switch it on with: tabhost plugins enable acme\n"
        assert tabhost("plugins", "enable", "acme").status == 0
        assert tabhost("acme", "marks").status == 0

    def test_a_patched_standard_library_harms_nobody(self, tabhost, plugin):
        """Its last word comes through, and it ends."""
        outcome = tabhost("acme", "patches")
        assert (outcome.status, outcome.out, outcome.err) == (0, "patched\n", "")


DETACHES = """
import os, subprocess, sys, time
from pathlib import Path

sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
pid = subprocess.Popen(sleeping, start_new_session=True).pid
with (Path(__file__).parent / "started").open("a") as notes:
    notes.write(f"{{pid}}\\n")
"""


class TestAsking:
    """Whoever imports a plugin may find that it has started something."""

    def test_what_a_plugin_starts_while_it_is_asked_ends_with_that(self, tabhost, site):
        """Although it is in a session of its own."""
        install(site, "acme_detaching", code=DETACHES)
        assert tabhost("plugins", "list").status == 0
        pids = started(site)
        assert len(pids) == 1
        assert [pid for pid in pids if alive(pid)] == []

    def test_it_ends_too_where_the_start_fails(self, process, site):
        """Here the plugin ends the process that prepares the start."""
        install(site, "acme_detaching", code=f"{DETACHES}\nos.kill(os.getppid(), 9)\ntime.sleep(600)\n")
        outcome = process("serve", PYTHONPATH=str(site), TABHOST_PORT=str(free_port()))
        assert outcome.status != 0
        pids = started(site)
        assert len(pids) == 1
        assert [pid for pid in pids if alive(pid)] == []

    def test_it_is_said_who_is_waited_for_and_its_own_limit_counts(self, tabhost, site, monkeypatch, capfd):
        """Set while it is rejected, in force when it is asked again."""
        monkeypatch.setenv("TABHOST_RUNNER_START", "1")
        install(site, "acme_hanging", code="import time\ntime.sleep(600)")
        assert "did not finish within 1 seconds" in tabhost("plugins", "list").out
        assert tabhost("plugins", "set", "acme", "runner.start", "3").status == 0
        house = build_house(read_settings(), ask=ask_third_parties, anew=True)
        house.stores.close()
        assert "Waiting for acme to say what it declares…" in capfd.readouterr().err
        (acme,) = [each for each in house.registry.plugins if each.id == "acme"]
        assert acme.reason == "did not finish within 3 seconds"


def children() -> set[int]:
    """The processes that this one would have to wait for."""
    return {int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def started(site: Path) -> list[int]:
    """Who was left behind."""
    return [int(each) for each in (site / "started").read_text("ascii").split()]
