"""The licence list in Chromium: a name opens its licence beside the list, with script and without."""

from __future__ import annotations

import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.demo import DemoServer
from builders.opening import opened
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LIST = "/tabs/superoffice_tab/superoffice/"
PAGES = {
    "a plan": f"{LIST}?licence=ten-sales",
    "a hidden licence": f"{LIST}?hidden=yes&licence=user",
    "a system licence": f"{LIST}?licence=aiplatform",
    "all holders": f"{LIST}?licence=ten-sales&holders=0",
    "what changed": f"{LIST}?changes=last",
    "sorted": f"{LIST}?sort=free&dir=desc",
}


class TestPanel:
    def test_a_name_opens_its_licence_and_the_focus_goes_there_and_back(
        self, browser: Browser, demo_server: DemoServer
    ):
        """Enter opens it, Escape closes it; the page is not loaded anew."""
        with browser.window() as window:
            page = opened(window, demo_server, LIST)
            page.evaluate("window.stillHere = true")
            page.get_by_role("link", name="Sales Premium", exact=True).focus()
            page.keyboard.press("Enter")
            title = page.locator("#licence-title")
            expect(title).to_be_focused()
            expect(page.locator("#licence")).to_contain_text("superoffice.ten-sales")
            expect(page).to_have_url(f"{demo_server.address}{LIST}?licence=ten-sales")
            page.keyboard.press("Escape")
            expect(page.locator(".th-panel")).to_have_count(0)
            expect(page.get_by_role("link", name="Sales Premium", exact=True)).to_be_focused()
            page.go_back()
            expect(title).to_have_text("Sales Premium")
            assert page.evaluate("window.stillHere") is True
            assert window.problems() == []

    def test_searching_and_sorting_leave_it_open(self, browser: Browser, demo_server: DemoServer):
        """And the focus where it is."""
        with browser.window() as window:
            page = opened(window, demo_server, f"{LIST}?licence=ten-service")
            search = page.get_by_label("Search licences")
            search.fill("premium")
            search.press("Enter")
            expect(page.locator(".th-onlist li")).to_have_count(4)
            expect(search).to_be_focused()
            free = page.get_by_role("link", name="Free", exact=True)
            free.click()
            expect(page.locator("th[aria-sort=descending]")).to_have_text("Free")
            expect(free).to_be_focused()
            expect(page.locator("#licence-title")).to_have_text("Service Premium")

    def test_it_works_without_script(self, browser: Browser, demo_server: DemoServer):
        """The address leads to the panel, also where it stands below the list."""
        with browser.window(script=False, width=NARROW) as window:
            page = opened(window, demo_server, LIST)
            page.get_by_role("link", name="Sales Premium", exact=True).click()
            expect(page).to_have_url(f"{demo_server.address}{LIST}?licence=ten-sales#licence")
            page.get_by_role("link", name="Show all 21").click()
            expect(page.locator("#holders .th-person")).to_have_count(21)
            page.get_by_role("link", name="Close details of Sales Premium").click()
            expect(page.locator(".th-panel")).to_have_count(0)

    def test_the_list_can_be_taken_away_as_a_file(self, browser: Browser, demo_server: DemoServer):
        """It has the name of the owner and the day."""
        with browser.window() as window:
            page = opened(window, demo_server, LIST)
            with page.expect_download() as download:
                page.get_by_role("link", name="Export CSV").click()
            assert download.value.suggested_filename.startswith("superoffice-licences-20")


class TestAccess:
    @pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)], ids=["wide", "narrow"])
    def test_axe_finds_nothing(self, browser: Browser, demo_server: DemoServer, dark: bool, width: int):
        """On any page of the list, in light and dark; nothing runs out sideways, nothing in the console."""
        with browser.window(width=width, dark=dark) as window:
            page = opened(window, demo_server, LIST)
            found = {}
            for name, path in PAGES.items():
                page.goto(f"{demo_server.address}{path}")
                found[name] = window.violations_in_both_themes()
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} overflows"
            assert {name: each for name, each in found.items() if each} == {}
            assert window.problems() == []
