"""The Plugins page: what is installed, how it behaves, and switching it on and off."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders.plugins import drawing, neighbour, permissions, raising, seen_by_all, tab, tabbed, vendor

from host.api import N_, Plain
from host.domain.people import ADMINISTRATOR, HOST_PERMISSIONS, VIEWER, command_line
from host.engine.runner.client import Process
from host.services.plugins import off, switch_plugin

HX = {"HX-Request": "true"}
ROW = re.compile(r'<th scope="row"[^>]*>(.*?)<span class="th-sub">(.*?)</span></th>(.*?)</tr>', re.DOTALL)
WHY = re.compile(r'<tr role="row" class="th-plugin__why">(.*?)</tr>', re.DOTALL)
SWITCHES = re.compile(r'id="(switch-[^"]*)"')


@pytest.fixture
def kit(host_with):
    """A plugin in each state, and one that is built in."""
    kit = host_with(
        drawing("house", lambda: "<p>Mine.</p>", builtin=True),
        vendor("bad", host_tabs=lambda: "tabs"),
        drawing("boom", raising(RuntimeError("kaput <b>")), host_tabs=[tab("boom", order=900)]),
        drawing("off", lambda: "x"),
        neighbour(),
    )
    switch_plugin(kit.house, "off", on=False, actor=command_line([]))
    return kit


@pytest.fixture
def seen_by_viewers(monkeypatch):
    """Viewers may look at plugins, and no more."""
    monkeypatch.setitem(HOST_PERMISSIONS, "host.plugins.view", (ADMINISTRATOR, VIEWER))


def listed(text: str) -> dict[str, tuple[str, list[str]]]:
    """By name: where a plugin comes from, and what its cells say."""
    return {
        name: (source, [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in cells.split("</td>")[:-1]])
        for name, source, cells in ROW.findall(text)
    }


def why(text: str) -> list[str]:
    """What stands below the rows."""
    return WHY.findall(text)


class TestList:
    def test_every_plugin_is_a_row_with_its_state(self, kit):
        """In words; by the title of its first tab, or by its id where it has none."""
        found = listed(kit.client().get("/plugins").text)
        assert {name: (source, cells[0]) for name, (source, cells) in found.items()} == {
            "Tab house main": ("test-house 1.0, built in", "Serving"),
            "bad": ("test-bad 1.0", "Rejected"),
            "Tab boom main": ("test-boom 1.0", "Serving"),
            "Tab off main": ("test-off 1.0", "Disabled"),
            "Tab neighbour main": ("test-neighbour 1.0", "Serving"),
        }

    def test_it_tells_how_each_behaves(self, kit):
        """Calls, errors and durations; a dash where there is nothing to tell."""
        client = kit.client()
        before = listed(client.get("/plugins").text)
        client.get("/tabs/boom/main/")
        client.get("/tabs/neighbour/main/")
        found = listed(client.get("/plugins").text)
        for name, faults in (("Tab boom main", "1"), ("Tab neighbour main", "0")):
            assert int(found[name][1][1]) == int(before[name][1][1]) + 1
            assert found[name][1][2] == faults
        assert re.fullmatch(r"[\d.,]+ / [\d.,]+ ms", found["Tab neighbour main"][1][3])
        assert found["bad"][1][1:5] == ["–"] * 4

    def test_a_rejected_plugin_says_why_below_its_row(self, kit):
        """That is what somebody comes here for."""
        (reason,) = why(kit.client().get("/plugins").text)
        assert "host_tabs() returned str, expected list[Tab]." in reason

    def test_the_newest_error_stands_below_with_its_traceback(self, kit):
        """Escaped; with the id that the person who met it was given."""
        client = kit.client()
        error_id = re.search(r"E-\w{4}-\w{4}", client.get("/tabs/boom/main/").text)[0]
        fault = why(client.get("/plugins").text)[1]
        assert error_id in fault
        assert "RuntimeError: kaput &lt;b&gt;" in fault
        assert "<details>" in fault

    def test_a_traceback_is_for_those_who_may_see_errors(self, kit, seen_by_viewers):
        """Others see that it failed, and when."""
        kit.client().get("/tabs/boom/main/")
        fault = why(kit.client("viewer").get("/plugins").text)[1]
        assert "E-" in fault
        assert "RuntimeError" not in fault
        assert "<details>" not in fault

    def test_titles_and_words_are_in_the_readers_language(self, kit):
        """The page in Danish."""
        text = kit.client(language="da").get("/plugins").text
        assert listed(text)["bad"][1][0] == "Afvist"
        assert "Kræver opmærksomhed" in text

    def test_a_runner_shows_its_memory_and_its_process(self, kit):
        """One that is not running now is asleep; what lives in the host has neither."""
        for plugin in kit.house.registry.plugins:
            plugin.remote = plugin.id in {"boom", "neighbour", "bad", "off"}
        running = {"neighbour": Process(pid=4711, memory=11_400_000)}
        object.__setattr__(kit.house, "processes", running.get)
        found = listed(kit.client().get("/plugins").text)
        assert {name: cells[4] for name, (_, cells) in found.items()} == {
            "Tab house main": "–",
            "bad": "–",
            "Tab boom main": "asleep",
            "Tab off main": "–",
            "Tab neighbour main": "11 MB process 4711",
        }
        (row,) = [each for each in kit.client().get("/api/v1/plugins").response.json if each["pid"]]
        assert (row["id"], row["remote"], row["pid"], row["memory"]) == ("neighbour", True, 4711, 11_400_000)

    def test_a_plugin_that_was_called_before_it_was_disabled_keeps_its_figures(self, kit):
        """They are why it was disabled, perhaps."""
        client = kit.client()
        client.get("/tabs/boom/main/")
        before = listed(client.get("/plugins").text)["Tab boom main"][1]
        client.post("/plugins/boom/disable")
        after = listed(client.get("/plugins").text)["Tab boom main"][1]
        assert (after[0], after[2]) == ("Disabled", "1")
        assert int(after[1]) >= int(before[1])

    def test_a_host_without_plugins_says_so(self, host_with):
        """And does not draw an empty table."""
        text = host_with().client().get("/plugins").text
        assert "No plugin is installed" in text
        assert "<table" not in text


class TestFilters:
    @pytest.mark.parametrize(
        ("show", "names"),
        [
            ("all", ["Tab house main", "bad", "Tab boom main", "Tab off main", "Tab neighbour main"]),
            ("attention", ["bad", "Tab boom main"]),
            ("disabled", ["Tab off main"]),
            ("no such", ["Tab house main", "bad", "Tab boom main", "Tab off main", "Tab neighbour main"]),
        ],
    )
    def test_each_lists_its_plugins(self, kit, show, names):
        """By address, so that it works without script and can be sent to somebody."""
        client = kit.client()
        client.get("/tabs/boom/main/")
        text = client.get("/plugins", query_string={"show": show}).text
        assert list(listed(text)) == names
        assert re.findall(r'id="show-\w+".*?class="th-count">(\d+)<', text, re.DOTALL) == ["5", "2", "1"]
        chosen = show if show in {"attention", "disabled"} else "all"
        assert re.search(rf'id="show-{chosen}"[^>]* aria-current="true"', text)

    def test_an_error_of_last_week_calls_for_nobody(self, kit):
        """It stays to be read, quietly."""
        client = kit.client()
        client.get("/tabs/boom/main/")
        kit.clock.advance(timedelta(days=7))
        client = kit.client(language="da")  # the first one's session is over
        assert list(listed(client.get("/plugins?show=attention").text)) == ["bad"]
        assert "E-" in why(client.get("/plugins").text)[1]

    @pytest.mark.parametrize(("show", "words"), [("attention", "needs attention"), ("disabled", "disabled")])
    def test_a_filter_that_finds_nothing_says_so(self, host_with, show, words):
        """In a sentence."""
        text = host_with(neighbour()).client().get(f"/plugins?show={show}").text
        assert f"No plugin {'' if show == 'attention' else 'is '}{words}" in text


class TestSwitching:
    @pytest.mark.parametrize("headers", [{}, HX], ids=["plain", "htmx"])
    def test_off_and_on_again(self, kit, headers):
        """The page afterwards says what was done, the tabs follow, and it is written down."""
        client = kit.client()
        page = client.post("/plugins/neighbour/disable", headers=headers)
        assert page.response.history[0].status_code == 303
        assert "Tab neighbour main is disabled." in page.text
        assert "/tabs/neighbour/main/" not in page.text
        assert off(kit.house) == {"off", "neighbour"}
        page = client.post("/plugins/neighbour/enable", headers=headers)
        assert "Tab neighbour main is enabled." in page.text
        assert "/tabs/neighbour/main/" in page.text
        assert ("<html" in page.text) == (not headers)
        assert off(kit.house) == {"off"}
        assert [(each.action, each.actor) for each in kit.audit()[:2]] == [
            ("plugin.enabled", "ADMI_EN"),
            ("plugin.disabled", "ADMI_EN"),
        ]

    def test_the_filter_stays_chosen(self, kit):
        """Whoever enables one after the other need not choose again."""
        page = kit.client().post("/plugins/off/enable", {"show": "disabled"})
        assert page.response.request.full_path == "/plugins?show=disabled"
        assert "No plugin is disabled" in page.text

    def test_each_row_offers_what_can_be_done_with_it(self, kit):
        """Nothing for one that is rejected: switching would change nothing."""
        assert SWITCHES.findall(kit.client().get("/plugins").text) == [
            "switch-house", "switch-boom", "switch-off", "switch-neighbour",
        ]  # fmt: skip

    def test_of_two_that_claim_one_id_only_the_admitted_one_has_a_switch(self, host_with):
        """No id stands twice on the page."""
        first, second = neighbour(), vendor("neighbour", host_tabs=lambda: "x")
        kit = host_with(first, second)
        assert SWITCHES.findall(kit.client().get("/plugins").text) == ["switch-neighbour"]


class TestBuiltIn:
    def test_it_asks_before_a_built_in_plugin_is_disabled(self, kit):
        """What goes away and what stays; nothing has happened yet."""
        client = kit.client()
        assert 'action="/plugins/house/disable"' not in client.get("/plugins").text
        page = client.get("/plugins/house/disable")
        assert page.status == 200
        assert "Disable Tab house main?" in page.text
        assert "Its tab goes away for everybody: Tab house main" in page.text
        assert "Everything it stored stays" in page.text
        assert off(kit.house) == {"off"}
        client.post("/plugins/house/disable")
        assert off(kit.house) == {"off", "house"}

    def test_all_its_tabs_are_named(self, host_with):
        """In the plural."""
        tabs = [tab("acme"), tab("acme", "second", title=N_("All"))]
        view = ("GET /main/", seen_by_all("acme", lambda: "x"))
        kit = host_with(
            tabbed("acme", view, builtin=True, host_tabs=tabs, host_permissions=permissions("acme"))
        )
        text = kit.client(language="da").get("/plugins/acme/disable").text
        assert "Dets faner forsvinder for alle: Tab acme main, Alle" in text

    @pytest.mark.parametrize("plugin", ["bad", "off"])
    def test_there_is_nothing_to_ask_where_it_does_not_serve(self, kit, plugin):
        """Back to the list."""
        page = kit.client().get(f"/plugins/{plugin}/disable")
        assert page.response.request.path == "/plugins"


class TestDoors:
    def test_the_link_stands_at_the_end_of_the_row_for_those_who_may(self, kit):
        """And is the current one on its page; a viewer has none and is turned away."""
        link = r'<li class="th-tabs__end"><a class="th-tab" id="tab-plugins" href="/plugins"[^>]*>'
        found = re.search(link, kit.client().get("/plugins").text)
        assert 'aria-current="page"' in found[0]
        viewer = kit.client("viewer")
        assert 'href="/plugins"' not in viewer.get("/tabs/neighbour/main/").text
        assert viewer.get("/plugins").status == 403

    def test_who_may_look_and_not_switch_sees_no_switch(self, kit, seen_by_viewers):
        """And is refused, whatever they send."""
        viewer = kit.client("viewer")
        page = viewer.get("/plugins")
        assert page.status == 200
        assert SWITCHES.findall(page.text) == []
        assert "Actions" not in page.text
        for action in ("enable", "disable"):
            assert viewer.post(f"/plugins/neighbour/{action}").status == 403
        assert viewer.get("/plugins/house/disable").status == 403
        assert off(kit.house) == {"off"}

    @pytest.mark.parametrize("action", ["enable", "disable"])
    def test_an_unknown_plugin_is_a_card(self, kit, action):
        """404, and nothing is written down."""
        client = kit.client()
        before = len(kit.audit())
        page = client.post(f"/plugins/nobody/{action}")
        assert (page.status, 'id="card"' in page.text) == (404, True)
        assert client.get("/plugins/nobody/disable").status == 404
        assert len(kit.audit()) == before

    def test_a_forged_request_changes_nothing(self, kit):
        """Neither without the token nor from another site."""
        client = kit.client()
        assert client.flask.post("/plugins/neighbour/disable").status_code == 403
        headers = {"Origin": "https://evil.example", "X-CSRF-Token": client.token()}
        assert client.flask.post("/plugins/neighbour/disable", headers=headers).status_code == 403
        assert off(kit.house) == {"off"}

    def test_a_title_of_a_plugin_is_text(self, host_with):
        """Never markup, neither in the list nor in what is said afterwards."""
        title = Plain("<script>x</script>")
        kit = host_with(drawing("acme", lambda: "x", host_tabs=[tab("acme", title=title)]))
        client = kit.client()
        for page in (client.get("/plugins"), client.post("/plugins/acme/disable")):
            assert "<script>x" not in page.text
            assert "&lt;script&gt;x" in page.text
