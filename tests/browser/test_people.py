"""The page of people in Chromium: ticking, giving and taking back, and one person beside the list."""

from __future__ import annotations

import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.demo import DemoServer
from builders.opening import opened
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PEOPLE = "/tabs/superoffice_tab/superoffice/people/"
TICKED = "input[name=user_id]:checked"
PAGES = {
    "the list": PEOPLE,
    "a person": f"{PEOPLE}?person=KAAN&licence=ten-sales",
    "everybody ticked": f"{PEOPLE}?choose=all&retired=yes",
    "nobody": f"{PEOPLE}?q=zzz",
}


class TestMany:
    def test_those_ticked_are_given_it_and_the_focus_goes_to_what_became_of_it(
        self, browser: Browser, demo_server: DemoServer
    ):
        """The page is not loaded anew; afterwards nobody is ticked, and it can be taken back again."""
        with browser.window() as window:
            page = opened(window, demo_server, f"{PEOPLE}?q=TOBR")
            page.evaluate("window.stillHere = true")
            for button, done in (("Assign", "1 assigned"), ("Take back", "1 taken back")):
                page.get_by_label("Choose TOBR").check()
                page.get_by_label("With those ticked").select_option("visible-for")
                page.get_by_role("button", name=button, exact=True).click()
                expect(page.locator("#done")).to_contain_text(done)
                expect(page.locator("#done")).to_be_focused()
                expect(page.locator(TICKED)).to_have_count(0)
            expect(page).to_have_url(f"{demo_server.address}{PEOPLE}?q=TOBR")
            assert page.evaluate("window.stillHere") is True
            assert window.problems() == []

    @pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
    def test_all_that_are_shown_can_be_ticked_at_once(
        self, browser: Browser, demo_server: DemoServer, script: bool
    ):
        """And none again, whatever was ticked by hand before."""
        with browser.window(script=script) as window:
            page = opened(window, demo_server, PEOPLE)
            shown = page.locator("input[name=user_id]").count()
            page.get_by_label("Choose KAAN").check()
            page.get_by_role("link", name="Select all").click()
            expect(page.locator(TICKED)).to_have_count(shown)
            page.get_by_label("Choose KAAN").uncheck()
            page.get_by_label("Choose KAAN").check()
            page.get_by_role("link", name="Select none").click()
            expect(page.locator(TICKED)).to_have_count(0)

    def test_it_works_without_script(self, browser: Browser, demo_server: DemoServer):
        """Who is refused stays ticked, and the licence chosen."""
        with browser.window(script=False, width=NARROW) as window:
            page = opened(window, demo_server, PEOPLE)
            page.get_by_label("Choose EXNO").check()
            page.get_by_label("With those ticked").select_option("ten-service")
            page.get_by_role("button", name="Assign", exact=True).click()
            expect(page.locator("#done")).to_contain_text("1 refused")
            expect(page.get_by_label("Choose EXNO")).to_be_checked()
            expect(page.get_by_label("With those ticked")).to_have_value("ten-service")


class TestOne:
    def test_a_name_opens_them_and_the_focus_goes_there_and_back(
        self, browser: Browser, demo_server: DemoServer
    ):
        """Enter opens, Escape closes."""
        with browser.window() as window:
            page = opened(window, demo_server, PEOPLE)
            page.get_by_role("link", name="KAAN", exact=True).focus()
            page.keyboard.press("Enter")
            expect(page.locator("#person-title")).to_be_focused()
            expect(page.get_by_role("radio", name="Sales Premium", exact=False).first).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.locator(".th-panel")).to_have_count(0)
            expect(page.get_by_role("link", name="KAAN", exact=True)).to_be_focused()

    def test_what_was_ticked_and_not_saved_is_not_ticked_for_the_next(
        self, browser: Browser, demo_server: DemoServer
    ):
        """Nor after it was refused: what is shown is what they hold."""
        with browser.window() as window:
            page = opened(window, demo_server, f"{PEOPLE}?person=EXNO")
            service = page.get_by_role("radio", name="Service Premium", exact=False).last
            service.check()
            page.get_by_role("link", name="EEVA", exact=True).click()
            expect(page.locator("#person-title")).to_have_text("Eeva Lehtonen")
            page.get_by_role("link", name="EXNO", exact=True).click()
            expect(page.locator("#person-title")).to_have_text("Noor el Amrani")
            expect(page.get_by_role("radio", name="None", exact=True)).to_be_checked()
            service.check()
            page.get_by_role("button", name="Save licences").click()
            expect(page.locator("#done")).to_contain_text("1 refused")
            expect(page.get_by_role("radio", name="None", exact=True)).to_be_checked()
            assert window.problems() == []


class TestAccess:
    @pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)], ids=["wide", "narrow"])
    def test_axe_finds_nothing(self, browser: Browser, demo_server: DemoServer, dark: bool, width: int):
        """In light and in dark; nothing runs out sideways, nothing in the console."""
        with browser.window(width=width, dark=dark) as window:
            page = opened(window, demo_server, PEOPLE)
            found = {}
            for name, path in PAGES.items():
                page.goto(f"{demo_server.address}{path}")
                found[name] = window.violations_in_both_themes()
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} overflows"
            assert {name: each for name, each in found.items() if each} == {}
            assert window.problems() == []
