"""Signing in and out with a real identity provider, npm's oidc-provider, through Chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.demo import free_port
from builders.identity_provider import RealProvider, real_provider
from builders.plugins import neighbour
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from host.testing import HostKit, make_host

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NAME = "Contoso"


@dataclass(frozen=True)
class World:
    """A host and the provider that it trusts, on two sites."""

    address: str
    provider: RealProvider
    kit: HostKit


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both run, once for this module."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with real_provider(address) as provider:
        kit = make_host(
            tmp_path_factory.mktemp("host"),
            [neighbour()],
            environment=provider.settings(NAME=NAME),
            now=datetime.now(UTC),
        )
        server = make_server("127.0.0.1", port, kit.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield World(address, provider, kit)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            kit.close()


def sign_in(page: Page, subject: str) -> None:
    """At the provider's own pages."""
    page.get_by_placeholder("Enter any login").fill(subject)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


class TestStory:
    @pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
    def test_in_with_the_roles_of_the_groups_and_out_again(
        self, browser: Browser, world: World, script: bool
    ):
        """To the page one wanted; and after signing out the provider asks who it is."""
        with browser.window(script=script) as window:
            page = window.page
            page.goto(f"{world.address}/plugins")
            page.get_by_role("link", name=f"Sign in with {NAME}").click()
            sign_in(page, "s-1001")
            expect(page).to_have_url(f"{world.address}/plugins")
            page.locator("summary.th-me").click()
            expect(page.get_by_text("Karen Andersen")).to_be_visible()
            expect(page.locator(".th-menu__who")).to_contain_text("administrator, viewer")
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("button", name="Yes, sign me out").click()
            expect(page).to_have_url(f"{world.address}/login")
            page.goto(f"{world.address}/plugins")
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
            page.get_by_role("link", name=f"Sign in with {NAME}").click()
            expect(page.get_by_placeholder("Enter any login")).to_be_visible()
            assert window.problems() == []

    def test_whoever_is_in_no_such_group_may_not_do_it(self, browser: Browser, world: World):
        """A viewer is no administrator."""
        with browser.window() as window:
            page = window.page
            page.goto(f"{world.address}/login?next=/plugins")
            page.get_by_role("link", name=f"Sign in with {NAME}").click()
            sign_in(page, "s-1002")
            expect(page.get_by_role("heading", name="You may not see this")).to_be_visible()

    def test_whoever_breaks_off_finds_the_way_back(self, browser: Browser, world: World):
        """A card that says so, with the form behind it."""
        with browser.window() as window:
            page = window.page
            page.goto(f"{world.address}/login")
            page.get_by_role("link", name=f"Sign in with {NAME}").click()
            page.get_by_role("link", name="[ Cancel ]").click()
            expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
            assert window.violations_in_both_themes() == []
            page.get_by_role("link", name="Start again").click()
            expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_form_can_be_used_by_everybody(browser: Browser, world: World, width: int):
    """With the button on it, in both themes."""
    with browser.window(width=width) as window:
        window.page.goto(f"{world.address}/login")
        assert window.violations_in_both_themes() == []
        assert window.problems() == []
