"""The screen in Chromium: signing in, the tabs in both languages, and access for everyone."""

from __future__ import annotations

import pytest
from builders.chromium import NARROW, WIDE, Browser, Window
from builders.demo import DemoServer
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

STATUS, SUPEROFFICE, REQUESTS = (
    "/tabs/status_tab/status/",
    "/tabs/superoffice_tab/superoffice/",
    "/tabs/acme_requests/requests/",
)
PLUGINS = "/plugins"
PAGES = {
    "status": STATUS,
    "finished events": f"{STATUS}?show=finished",
    "licences": SUPEROFFICE,
    "hidden licences": f"{SUPEROFFICE}?hidden=yes",
    "requests": REQUESTS,
    "plugins": PLUGINS,
    "plugins that need attention": f"{PLUGINS}?show=attention",
    "asking before one is disabled": f"{PLUGINS}/status_tab/disable",
    "nothing here": "/tabs/nobody/nothing/",
}


def signed_in(window: Window, server: DemoServer, user_id: str = "KAAN") -> None:
    """Open a one-time link."""
    window.page.goto(server.new_link(user_id))


class TestSigningIn:
    def test_the_printed_link_signs_in_once(self, browser: Browser, demo_server: DemoServer):
        """A newcomer opens the printed address and stands in the first tab; nobody else can use it again."""
        with browser.window() as window:
            signed_in(window, demo_server)
            expect(window.page).to_have_url(f"{demo_server.address}{STATUS}")
            expect(window.page.get_by_role("heading", name="Database")).to_be_visible()
        with browser.window() as window:
            link = demo_server.new_link()
            window.page.goto(link)
            window.page.context.clear_cookies()
            window.page.goto(link)
            expect(window.page.get_by_role("heading", level=1)).to_contain_text("has been used")

    def test_a_password_signs_in_and_a_wrong_one_says_so(self, browser: Browser, demo_server: DemoServer):
        """The form keeps the user id, says what is wrong, and leads to the page that was asked for."""
        demo_server.run("user", "add", "PAWO", "--role", "viewer", "--link")
        typed = "a long enough password\n"
        reset = demo_server.run("user", "reset", "PAWO", "--password-stdin", typed=typed)
        assert reset.exit_code == 0, reset.stderr
        with browser.window() as window:
            page = window.page
            page.goto(f"{demo_server.address}{SUPEROFFICE}")
            page.get_by_label("User ID").fill("pawo")
            page.get_by_label("Password").fill("something else")
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("alert")).to_contain_text("do not match")
            expect(page.get_by_label("User ID")).to_have_value("pawo")
            assert window.violations() == []
            page.get_by_label("Password").fill("a long enough password")
            page.get_by_role("button", name="Sign in").click()
            expect(page).to_have_url(f"{demo_server.address}{SUPEROFFICE}")
            page.locator("summary.th-me").click()
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


class TestTabs:
    def test_the_three_tabs_show_the_demo_in_english(self, browser: Browser, demo_server: DemoServer):
        """Each tab shows numbers that were counted from the database."""
        with browser.window() as window:
            signed_in(window, demo_server)
            page = window.page
            expect(page.locator("main")).to_contain_text("Example Trading AS")
            expect(page.locator("main")).to_contain_text("12,840")
            page.get_by_role("link", name="SUPEROFFICE").click()
            row = page.get_by_role("row", name="Sales Premium 21 21 0")
            expect(row).to_be_visible()
            page.locator("#tabs").get_by_role("link", name="Requests").click()
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert window.problems() == []

    def test_the_three_tabs_speak_danish(self, browser: Browser, demo_server: DemoServer):
        """The browser's language is followed until the account chooses one."""
        with browser.window(language="da-DK") as window:
            signed_in(window, demo_server, "VIWE")
            page = window.page
            expect(page.locator("html")).to_have_attribute("lang", "da")
            expect(page.locator("main")).to_contain_text("Systemmeddelelser")
            expect(page.locator("main")).to_contain_text("12.840")
            page.get_by_role("link", name="SUPEROFFICE").click()
            expect(page.locator("main")).to_contain_text("Brugerlicenser")
            expect(page.locator(".th-top__place")).to_have_text("Licenser")
            page.locator("#tabs a[href='/tabs/acme_requests/requests/']").click()
            expect(page.locator("#tabs [aria-current=page]")).not_to_have_text("SUPEROFFICE")

    def test_choosing_a_language_holds(self, browser: Browser, demo_server: DemoServer):
        """What the account chose wins over the browser, on the page the person was on."""
        demo_server.run("user", "add", "LANG", "--role", "viewer", "--link")
        with browser.window() as window:
            signed_in(window, demo_server, "LANG")
            page = window.page
            page.goto(f"{demo_server.address}{SUPEROFFICE}")
            page.locator("summary.th-me").click()
            page.get_by_role("button", name="Dansk").click()
            expect(page).to_have_url(f"{demo_server.address}{SUPEROFFICE}")
            expect(page.locator("html")).to_have_attribute("lang", "da")

    def test_a_tab_change_swaps_the_sheet_and_the_address(self, browser: Browser, demo_server: DemoServer):
        """No page load; reload, back and a pasted address give the same page."""
        with browser.window() as window:
            signed_in(window, demo_server)
            page = window.page
            page.evaluate("window.stillHere = true")
            page.get_by_role("link", name="SUPEROFFICE").click()
            expect(page).to_have_url(f"{demo_server.address}{SUPEROFFICE}")
            expect(page).to_have_title("SUPEROFFICE · Tabhost")
            expect(page.locator("#tabs [aria-current=page]")).to_have_text("SUPEROFFICE")
            assert page.evaluate("window.stillHere") is True
            there = page.locator("main").inner_text()
            page.reload()
            assert page.locator("main").inner_text() == there
            page.go_back()
            expect(page.get_by_role("heading", name="Database")).to_be_visible()
            expect(page.locator("#tabs [aria-current=page]")).to_have_text("Status")
            page.go_forward()
            expect(page.get_by_role("heading", name="SuperOffice AS")).to_be_visible()
            assert page.locator("main").inner_text() == there
            assert window.problems() == []

    def test_everything_works_without_script(self, browser: Browser, demo_server: DemoServer):
        """Tabs are real links, forms are real forms."""
        with browser.window(script=False) as window:
            signed_in(window, demo_server)
            page = window.page
            page.get_by_role("link", name="SUPEROFFICE").click()
            expect(page).to_have_url(f"{demo_server.address}{SUPEROFFICE}")
            expect(page.get_by_role("row", name="Marketing Premium 3 7 4")).to_be_visible()

    def test_the_row_of_tabs_works_from_the_keyboard(self, browser: Browser, demo_server: DemoServer):
        """Skip link first, then the tabs; Enter opens one."""
        with browser.window() as window:
            signed_in(window, demo_server)
            page = window.page
            page.keyboard.press("Tab")
            expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
            page.get_by_role("link", name="SUPEROFFICE").focus()
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="SuperOffice AS")).to_be_visible()


class TestRequests:
    def test_names_of_licences_are_fetched_when_the_field_is_entered(
        self, browser: Browser, demo_server: DemoServer
    ):
        """The vendor's page asks the SUPEROFFICE tab over the border; the focus stays where it is."""
        with browser.window() as window:
            signed_in(window, demo_server)
            page = window.page
            page.goto(f"{demo_server.address}{REQUESTS}")
            field = page.get_by_label("Which licence")
            expect(page.locator("#known-licences option")).to_have_count(0)
            field.focus()
            expect(page.locator("#known-licences option[value='Sales Premium']")).to_have_count(1)
            expect(field).to_be_focused()
            expect(page).to_have_title("Requests · Tabhost")


class TestPlugins:
    def test_a_plugin_is_switched_off_and_on_again(self, browser: Browser, demo_server: DemoServer):
        """Its tab goes and comes; the focus stays on the switch, and the page is not loaded anew."""
        with browser.window() as window:
            signed_in(window, demo_server)
            page = window.page
            page.get_by_role("link", name="Plugins").click()
            expect(page).to_have_url(f"{demo_server.address}{PLUGINS}")
            page.evaluate("window.stillHere = true")
            tab = page.locator("#tab-tabs-acme_requests-requests-")
            expect(tab).to_be_visible()
            page.locator("#switch-acme_requests").click()
            expect(page.locator("#switch-acme_requests")).to_have_text("Enable")
            expect(page.locator("#toasts")).to_contain_text("is disabled.")
            expect(tab).to_have_count(0)
            expect(page.locator("#switch-acme_requests")).to_be_focused()
            page.keyboard.press("Enter")
            expect(tab).to_be_visible()
            assert page.evaluate("window.stillHere") is True
            assert window.problems() == []

    @pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
    def test_a_built_in_plugin_is_disabled_after_a_question(
        self, browser: Browser, demo_server: DemoServer, script: bool
    ):
        """Leaving the question changes nothing; answering it comes back to the list."""
        with browser.window(script=script) as window:
            signed_in(window, demo_server)
            page = window.page
            page.goto(f"{demo_server.address}{PLUGINS}")
            switch, tab = page.locator("#switch-status_tab"), page.locator("#tab-tabs-status_tab-status-")
            switch.click()
            expect(page.get_by_role("heading", name="Disable Status?")).to_be_visible()
            assert page.locator("dialog:modal").count() == (1 if script else 0)
            page.get_by_role("link", name="Keep it enabled").click()
            expect(page.get_by_role("heading", name="Disable Status?")).to_be_hidden()
            expect(tab).to_be_visible()
            switch.click()
            page.get_by_role("button", name="Disable Status").click()
            expect(tab).to_have_count(0)
            expect(page).to_have_url(f"{demo_server.address}{PLUGINS}")
            expect(switch).to_have_text("Enable")
            switch.click()
            expect(tab).to_be_visible()
            assert window.problems() == []


class TestAccess:
    @pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)], ids=["wide", "narrow"])
    def test_axe_finds_nothing(self, browser: Browser, demo_server: DemoServer, dark: bool, width: int):
        """No violation on any page in light and dark, nothing runs out sideways, nothing in the console."""
        with browser.window(width=width, dark=dark) as window:
            page = window.page
            page.goto(f"{demo_server.address}/login")
            found = {"login": window.violations_in_both_themes()}
            signed_in(window, demo_server)
            for name, path in PAGES.items():
                page.goto(f"{demo_server.address}{path}")
                expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark" if dark else "light")
                found[name] = window.violations_in_both_themes()
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} overflows"
            page.locator("summary.th-me").click()
            found["menu"] = window.violations_in_both_themes()
            assert {name: each for name, each in found.items() if each} == {}
            assert window.problems() == []
