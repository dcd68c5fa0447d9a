"""Where the focus may be: in a dialog, while the page behind it stays, and on nothing that cannot be seen."""

from __future__ import annotations

import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.demo import DemoServer
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LIST = "/tabs/superoffice_tab/superoffice/"
PEOPLE = f"{LIST}people/"
LOAD = f"{LIST}load"
ADD = "/tabs/status_tab/status/events/add"
UNSEEN = """() => [...document.querySelectorAll("thead a[href], thead button")].filter((each) => {
  each.scrollIntoView({ block: "center", behavior: "instant" });
  each.focus();
  const box = each.getBoundingClientRect();
  const seen = each.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
  return document.activeElement === each && !seen;
}).map((each) => each.outerHTML)"""


class TestDialogs:
    @pytest.mark.parametrize("width", [WIDE, NARROW])
    @pytest.mark.parametrize("path", [ADD, f"{LOAD}#load"])
    def test_opened_by_its_address_it_leaves_the_page_behind_at_its_top(
        self, browser: Browser, demo_server: DemoServer, width: int, path: str
    ):
        """Though the dialog stands at the end of the page, and its heading wants the focus."""
        with browser.window(width=width) as window:
            page = window.page
            page.goto(demo_server.new_link())
            page.goto(f"{demo_server.address}{path}")
            expect(page.locator("dialog:modal")).to_have_count(1)
            assert page.evaluate("scrollY") == 0
            assert window.problems() == []

    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_opened_by_a_link_it_leaves_it_where_it_is(
        self, browser: Browser, demo_server: DemoServer, width: int
    ):
        """htmx gives it the focus before it is a dialog."""
        with browser.window(width=width) as window:
            page = window.page
            page.goto(demo_server.new_link())
            page.goto(f"{demo_server.address}{LIST}")
            link = page.locator("a[href$='/load']").first
            link.scroll_into_view_if_needed()
            before = page.evaluate("scrollY")
            link.click()
            expect(page.locator("#load:modal h2")).to_be_focused()
            assert page.evaluate("scrollY") == before

    def test_without_script_it_is_a_part_of_the_page(self, browser: Browser, demo_server: DemoServer):
        """It covers nothing."""
        with browser.window(script=False) as window:
            window.page.goto(demo_server.new_link())
            window.page.goto(f"{demo_server.address}{LOAD}")
            expect(window.page.locator("#load")).to_have_css("position", "static")


class TestSmallScreens:
    @pytest.mark.parametrize("width", [NARROW, 800])
    def test_nothing_in_a_head_takes_the_focus_unseen(
        self, browser: Browser, demo_server: DemoServer, width: int
    ):
        """What a head sorts by, where rows are cards."""
        with browser.window(width=width) as window:
            window.page.goto(demo_server.new_link())
            window.page.goto(f"{demo_server.address}{PEOPLE}")
            expect(window.page.locator("thead a").first).to_be_visible()
            assert window.page.evaluate(UNSEEN) == []

    def test_cards_can_be_sorted_too(self, browser: Browser, demo_server: DemoServer):
        """By a row of links above them, which says what it is."""
        with browser.window(width=NARROW, language="da-DK") as window:
            page = window.page
            page.goto(demo_server.new_link())
            page.goto(f"{demo_server.address}{PEOPLE}")
            head = page.locator(".th-sorts tr")
            said = head.evaluate("row => getComputedStyle(row, '::before').content")
            assert said == '"Sortér efter"'
            head.get_by_role("link", name="Bruger-id").click()
            expect(page.locator("th[aria-sort]")).to_have_text("Bruger-id")
            assert window.violations() == []
