"""One's own account in Chromium: a second factor, signing in with it, and ending sessions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from builders.chromium import NARROW, WIDE, Browser, Window
from builders.demo import DemoServer
from playwright.sync_api import Page, expect
from pyotp import TOTP

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSWORD = "seven zebras under a lamp"
STEP = 30
"""Seconds of a code: the next one counts already, so that nobody has to wait for it."""


@pytest.fixture
def person(demo_server: DemoServer, request: pytest.FixtureRequest) -> str:
    """Somebody with a password, for one test."""
    user_id = f"PF{abs(hash(request.node.name)) % 10_000}"
    assert demo_server.run("user", "add", user_id, "--password-stdin", typed=f"{PASSWORD}\n").exit_code == 0
    return user_id


@contextmanager
def signing_in(browser: Browser, server: DemoServer, user_id: str, **options) -> Iterator[Window]:
    """A window where the password was given."""
    with browser.window(**options) as window:
        window.page.goto(f"{server.address}/login?next=/profile")
        give_password(window.page, user_id)
        yield window


def give_password(page: Page, user_id: str) -> None:
    page.get_by_label("User ID").fill(user_id)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def test_a_second_factor_from_the_first_code_to_the_last_session(
    browser: Browser, demo_server: DemoServer, person: str
):
    """Set up, asked for, a replayed code refused, a recovery code once, and all other sessions ended."""
    with signing_in(browser, demo_server, person) as window:
        page = window.page
        page.get_by_role("link", name="Set up a second factor").click()
        page.get_by_role("button", name="Set up a second factor").click()
        picture = page.get_by_role("img", name="QR code")
        expect(picture).to_be_visible()
        assert picture.evaluate("each => each.complete && each.naturalWidth > 100")
        app = TOTP(page.locator("#secret").inner_text().replace(" ", ""))
        page.get_by_label("Code that the app shows now").fill(app.now())
        page.get_by_role("button", name="Switch it on").click()
        recovery = page.locator("#codes code").all_inner_texts()
        assert len(recovery) == 10
        assert window.violations_in_both_themes() == []
        page.locator("summary.th-me").click()
        page.get_by_role("button", name="Sign out").click()

        give_password(page, person)
        expect(page).to_have_url(f"{demo_server.address}/login/second")
        assert window.violations_in_both_themes() == []
        code = app.at(int(time.time()) + STEP)
        give_code(page, code)
        expect(page.locator("summary.th-me")).to_contain_text(person)

        with signing_in(browser, demo_server, person) as other:
            give_code(other.page, code)
            expect(other.page.get_by_role("alert")).to_contain_text("used before")
            give_code(other.page, recovery[0])
            expect(other.page).to_have_url(f"{demo_server.address}/profile")
            expect(other.page.get_by_text("9 recovery codes are left.")).to_be_visible()
            other.page.get_by_role("button", name="End all others").click()
            expect(other.page.get_by_text("Your other sessions have ended.")).to_be_visible()
            page.reload()
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
            give_password(page, person)
            give_code(page, recovery[0])
            expect(page.get_by_role("alert")).to_be_visible()
            assert [*window.problems(), *other.problems()] == []


def test_everything_on_the_profile_page_works_without_script(
    browser: Browser, demo_server: DemoServer, person: str
):
    """Choices, a refusal beside its form, and a new password."""
    with signing_in(browser, demo_server, person, script=False, width=NARROW) as window:
        page = window.page
        page.get_by_label("Time zone", exact=True).select_option("Asia/Tokyo")
        page.get_by_role("button", name="Keep language and time zone").click()
        expect(page.get_by_text("Times are shown in Asia/Tokyo")).to_be_visible()
        for new, said in (("password1", "tried first"), ("nine zebras under a lamp", "password is changed")):
            page.get_by_label("Present password").fill(PASSWORD)
            page.get_by_label("New password", exact=True).fill(new)
            page.get_by_label("New password once more").fill(new)
            page.get_by_role("button", name="Change the password").click()
            expect(page.get_by_text(said)).to_be_visible()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_pages_are_for_everybody(browser: Browser, demo_server: DemoServer, person: str, width: int):
    """Axe finds nothing, in either theme, and nothing stands out of a narrow screen."""
    with signing_in(browser, demo_server, person, width=width) as window:
        for path in ("/profile", "/proof", "/profile/second-factor"):
            window.page.goto(f"{demo_server.address}{path}")
            assert window.violations_in_both_themes() == []
            assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert window.problems() == []
