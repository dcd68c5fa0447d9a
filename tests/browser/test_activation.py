"""The story of a smaller set, in Chromium, on both databases: from the red name to putting it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.chromium import NARROW, Browser, Window
from builders.demo import DemoServer, serve_demo_on
from builders.postgres import Cluster
from builders.sets import next_set
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TAB = "/tabs/superoffice_tab/superoffice/"
SMALLER = {"ten-sales": 18, "ten-service": 20, "user": 65}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """The demo, served for this story alone."""
    folder: Path = tmp_path_factory.mktemp("activation")
    if request.param == "sqlite":
        with serve_demo_on(f"sqlite:///{folder / 'tabhost.db'}", folder) as found:
            yield found
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database() as url, serve_demo_on(url, folder) as found:
        yield found


def figures(page: Page, name: str) -> list[str]:
    """What stands in the list beside a user licence: in use, total, free."""
    row = page.locator("#user-licences ~ table tr", has=page.get_by_role("link", name=name, exact=True))
    return [each.strip() for each in row.locator("td").all_inner_texts()[:3]]


def open_tab(window: Window, server: DemoServer) -> Page:
    """Sign in and go to the tab."""
    window.page.goto(server.new_link())
    window.page.goto(f"{server.address}{TAB}")
    return window.page


def load(page: Page, file: Path) -> None:
    """Choose a file and look at what it changes."""
    page.get_by_role("link", name="Load licence from file").click()
    page.get_by_label("Licence file").set_input_files(file)
    page.get_by_role("button", name="Show what it changes").click()


class TestTheStory:
    def test_a_smaller_set_is_activated_and_put_back(self, browser: Browser, server: DemoServer):
        """Red name, three are chosen, two get another licence and one none; then everything is undone."""
        with browser.window() as window:
            page = open_tab(window, server)
            assert figures(page, "Sales Premium") == ["21", "21", "0"]
            assert figures(page, "Service Premium") == ["5", "15", "10"]
            load(page, next_set(server, 2, SMALLER))
            dialog = page.get_by_role("dialog", name="Activate new licence")
            expect(dialog.get_by_text("3 to remove").first).to_be_visible()
            expect(dialog.get_by_role("button", name="Activate", exact=True)).to_be_disabled()
            assert window.violations() == []

            dialog.get_by_role("link", name="Sales Premium").click()
            remove = page.get_by_role("dialog", name="Remove superfluous licences")
            expect(remove.locator(".th-figures")).to_contain_text("21")
            rows = remove.locator("tbody tr")
            for _ in range(2):
                row = rows.filter(has=page.get_by_role("link", name="Reassign")).first
                row.get_by_role("link", name="Reassign").click()
                remove.locator("select[name=to]").select_option("ten-service")
                remove.get_by_role("button", name="Reassign", exact=True).click()
                expect(remove.locator("select[name=to]")).to_have_count(0)
            expect(remove.get_by_text("2 of 3 chosen.")).to_be_visible()
            rows.get_by_role("button", name="Remove from").first.click()
            expect(remove.get_by_text("3 of 3 chosen.")).to_be_visible()
            assert page.evaluate("document.activeElement !== document.body")
            assert window.violations() == []
            remove.get_by_role("link", name="Keep this plan").click()

            dialog.get_by_role("button", name="Activate", exact=True).click()
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect(page).to_have_url(f"{server.address}{TAB}")
            assert figures(page, "Sales Premium") == ["18", "18", "0"]
            assert figures(page, "Service Premium") == ["7", "20", "13"]

            page.get_by_role("link", name="What changed").click()
            page.get_by_role("link", name="Put back the previous set").click()
            dialog = page.get_by_role("dialog", name="Put back the previous set")
            assert window.violations() == []
            dialog.get_by_role("button", name="Put back set 1").click()
            expect(page.get_by_role("dialog")).to_have_count(0)
            assert figures(page, "Sales Premium") == ["21", "21", "0"]
            assert figures(page, "Service Premium") == ["5", "15", "10"]
            assert window.problems() == []

    def test_a_broken_file_says_what_to_do(self, browser: Browser, server: DemoServer, tmp_path: Path):
        """The dialog stays, names the verdict, and nothing has changed."""
        broken = tmp_path / "broken.lic"
        broken.write_text('{"no": "licence"}', encoding="utf-8")
        with browser.window(width=NARROW, dark=True) as window:
            page = open_tab(window, server)
            before = figures(page, "Sales Premium")
            load(page, broken)
            dialog = page.get_by_role("dialog", name="Load licence from file")
            expect(dialog.get_by_role("alert")).to_contain_text("not a licence file")
            expect(dialog.get_by_role("alert")).to_contain_text("malformed")
            assert window.violations() == []
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect(page).to_have_url(f"{server.address}{TAB}")
            assert figures(page, "Sales Premium") == before

    def test_the_dialogs_work_without_script(self, browser: Browser, server: DemoServer):
        """Links and forms are real: what was planned without script is activated without it."""
        with browser.window(script=False) as window:
            page = open_tab(window, server)
            load(page, next_set(server, 3, {"ten-sales": 20}))
            page.get_by_role("link", name="Choose 1 to remove").click()
            page.get_by_role("button", name="Choose the 1 unused for longest").click()
            page.get_by_role("link", name="Keep this plan").click()
            page.get_by_role("button", name="Activate", exact=True).click()
            expect(page).to_have_url(f"{server.address}{TAB}")
            assert figures(page, "Sales Premium") == ["20", "20", "0"]
