"""The page of API tokens in Chromium: made, seen once, used and revoked."""

from __future__ import annotations

import httpx
import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.demo import DemoServer
from builders.opening import opened
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(
    ("script", "width", "dark"), [(True, WIDE, True), (False, NARROW, False)], ids=["script", "plain"]
)
def test_a_token_is_made_seen_once_used_and_revoked(
    browser: Browser, demo_server: DemoServer, script: bool, width: int, dark: bool
):
    """From the menu to the answer of the API; axe and the console have nothing to say."""
    name = f"Program of {width}"
    with browser.window(script=script, width=width, dark=dark) as window:
        page = opened(window, demo_server, "/profile")
        page.locator(".th-menu summary").click()
        page.get_by_role("link", name="API tokens").click()
        page.get_by_role("link", name="New token").click()
        page.get_by_label("What it is for").fill(name)
        page.get_by_label("See the Status tab").check()
        assert not script or window.violations() == []
        page.get_by_role("button", name="Make token").click()
        secret = page.locator("#token").inner_text()
        row = page.get_by_role("row", name=name)
        expect(row).to_contain_text("In force")
        assert not script or window.violations_in_both_themes() == []

        def call() -> int:
            headers = {"Authorization": f"Bearer {secret}"}
            return httpx.get(f"{demo_server.address}/api/v1/status_tab/events", headers=headers).status_code

        assert call() == 200
        page.goto(f"{demo_server.address}/tokens")
        expect(page.locator("#token")).to_have_count(0)
        expect(row).to_contain_text("127.0.0.1")
        row.get_by_role("link", name="Revoke").click()
        page.get_by_role("button", name="Revoke it").click()
        expect(row).to_contain_text("Revoked")
        assert call() == 401
        assert window.problems() == []
