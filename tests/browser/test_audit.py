"""The Audit page in Chromium: looking for something, opening it, and checking the log."""

from __future__ import annotations

import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.demo import DemoServer
from builders.opening import opened
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ENTRY = "/audit/1?plugin=host"


class TestLooking:
    def test_a_filter_works_at_once_and_an_entry_opens_beside_the_list(
        self, browser: Browser, demo_server: DemoServer
    ):
        """The page is not loaded anew; the address is that of what is seen."""
        with browser.window() as window:
            page = opened(window, demo_server, "/audit")
            page.evaluate("window.stillHere = true")
            page.get_by_label("What", exact=True).select_option("account.added")
            expect(page.locator("tbody th")).to_have_text(["Account added", "Account added"])
            page.locator("tbody th a").last.click()
            expect(page.locator("#entry")).to_contain_text("Karin Andersen")
            expect(page).to_have_url(f"{demo_server.address}/audit/1?action=account.added")
            page.get_by_role("button", name="Check now").click()
            expect(page.locator("#audit-state")).to_contain_text("The log is whole")
            assert page.evaluate("window.stillHere") is True
            assert window.problems() == []

    def test_it_works_without_script(self, browser: Browser, demo_server: DemoServer):
        """With a button to show what was chosen."""
        with browser.window(script=False) as window:
            page = opened(window, demo_server, "/audit")
            page.get_by_label("What", exact=True).select_option("account.added")
            page.get_by_role("button", name="Show", exact=True).click()
            expect(page.locator("tbody th")).to_have_count(2)
            page.get_by_role("button", name="Check now").click()
            expect(page.locator("#audit-state")).to_contain_text("The log is whole")

    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_everybody_can_use_it(self, browser: Browser, demo_server: DemoServer, width: int):
        """axe finds nothing, in both themes; nothing stands beside the page."""
        with browser.window(width=width) as window:
            page = opened(window, demo_server, ENTRY)
            assert window.violations_in_both_themes() == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
