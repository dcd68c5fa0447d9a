"""The story of system notifications, in Chromium: nobody signs in, a program is watched, and dies."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from builders.chromium import NARROW, Browser, Window
from builders.demo import DemoServer, serve_demo_on
from builders.postgres import Cluster
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

STATUS = "/tabs/status_tab/status/"
PASSWORD = "a long enough password"
PROGRAM = """
import sys, time
for share in range(0, 101, 20):
    print(f"{share} %", flush=True)
    time.sleep(1 if share < 100 else 60)
"""
SOON = 20_000
"""Milliseconds within which a change that was made elsewhere stands on the page."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """The demo, served for this story alone, with an ordinary user; on both databases in turn."""
    folder: Path = tmp_path_factory.mktemp("notifications")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'tabhost.db'}"
        if request.param == "postgresql":
            cluster: Cluster = request.getfixturevalue("cluster")
            url = stack.enter_context(cluster.database())
        found = stack.enter_context(serve_demo_on(url, folder))
        found.run("user", "add", "ORDI", "--role", "viewer", "--link")
        found.run("user", "reset", "ORDI", "--password-stdin", typed=f"{PASSWORD}\n")
        for event in json.loads(found.run("status", "events", "--json").stdout):
            if event["event"] in ("no-login", "rou-rebuild"):  # scheduled ones; there is one open of a kind
                found.run("status", "end-event", str(event["id"]))
        yield found


def open_status(window: Window, server: DemoServer) -> Page:
    """Sign in as an administrator and go to the tab."""
    window.page.goto(server.new_link())
    window.page.goto(f"{server.address}{STATUS}")
    return window.page


def sign_in(page: Page, server: DemoServer) -> None:
    """As an ordinary user, by password."""
    page.goto(f"{server.address}/login")
    page.get_by_label("User ID").fill("ORDI")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def row(page: Page, name: str):
    """The row of an event."""
    return page.locator("#system-notifications tbody tr").filter(has_text=name)


class TestNoLogin:
    def test_it_is_added_keeps_an_ordinary_user_out_and_is_ended(self, browser: Browser, server: DemoServer):
        """The whole story, with both dialogs clean for axe."""
        with browser.window() as window, browser.window() as other:
            page = open_status(window, server)
            page.get_by_role("link", name="Add event").click()
            dialog = page.get_by_role("dialog", name="Add event")
            dialog.get_by_label("Event type").select_option("no-login")
            dialog.get_by_label("Message").fill("Upgrade to 12.2")
            assert window.violations() == []
            dialog.get_by_role("button", name="Save").click()
            expect(row(page, "No Login")).to_contain_text("Running")
            expect(page.locator(".th-motd--stop")).to_contain_text("Upgrade to 12.2")

            sign_in(other.page, server)
            expect(other.page.get_by_role("heading", level=1)).to_contain_text("No Login")
            expect(other.page.locator("main")).to_contain_text("Upgrade to 12.2")
            assert other.violations() == []

            row(page, "No Login").get_by_role("link", name="No Login").click()
            page.get_by_role("link", name="End event").click()
            end = page.get_by_role("dialog")
            assert window.violations() == []
            end.get_by_role("button", name="End event").click()
            expect(row(page, "No Login")).to_have_count(0)

            sign_in(other.page, server)
            expect(other.page).to_have_url(f"{server.address}{STATUS}")
            assert window.problems() == []


class TestImpatience:
    def test_a_dialog_opened_while_a_row_is_still_on_its_way_stays(
        self, browser: Browser, server: DemoServer
    ):
        """The later click counts: the answer to the earlier one, come late, does not put the list back."""
        server.run("status", "add-event", "--type", "no-travel", "--message", "Doors are painted")
        with browser.window() as window:
            page = open_status(window, server)
            row(page, "No Travel").get_by_role("link", name="No Travel").click()
            expect(page.get_by_role("link", name="End event")).to_be_visible()
            page.route(
                "**/tabs/status_tab/status/?*", lambda route: (page.wait_for_timeout(700), route.continue_())
            )
            row(page, "No Travel").get_by_role("link", name="No Travel").click()
            page.get_by_role("link", name="End event").click()
            expect(page.get_by_role("dialog")).to_be_visible()
            page.wait_for_timeout(1500)
            expect(page.get_by_role("dialog")).to_be_visible()


class TestWrapping:
    def test_a_program_is_watched_and_goes_stale_when_it_is_killed(
        self, browser: Browser, server: DemoServer, tmp_path: Path
    ):
        """Its progress moves without anybody's hand; once it is dead, the list says so by itself."""
        script = tmp_path / "work.py"
        script.write_text(PROGRAM, "utf-8")
        with browser.window() as window:
            page = open_status(window, server)
            wrapped = server.start(
                *("status", "run", "--event", "rou-rebuild", "--message", "Counting", "--lease", "6", "--"),
                *(sys.executable, str(script)),
            )
            try:
                expect(row(page, "Counting")).to_contain_text("Running", timeout=SOON)
                expect(row(page, "Counting")).to_contain_text("100 %", timeout=SOON)
                os.killpg(wrapped.pid, signal.SIGKILL)
                wrapped.wait()
                expect(row(page, "ROURebuild").filter(has_text="Stale")).to_have_count(1, timeout=SOON)
                assert window.violations() == []
            finally:
                if wrapped.poll() is None:
                    os.killpg(wrapped.pid, signal.SIGKILL)
                    wrapped.wait()
            assert window.problems() == []

    @pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # how wide it is, no database knows
    def test_on_a_telephone_nothing_scrolls_sideways(self, browser: Browser, server: DemoServer):
        """In the dialog neither."""
        with browser.window(width=NARROW) as window:
            page = open_status(window, server)
            for address in (STATUS, f"{STATUS}events/add", f"{STATUS}installation", f"{STATUS}limits/"):
                page.goto(f"{server.address}{address}")
                assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, address
                assert window.violations() == [], address
