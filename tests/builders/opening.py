"""A page of the demo, opened in a browser by somebody who is signed in."""

from __future__ import annotations

from playwright.sync_api import Page

from builders.chromium import Window
from builders.demo import DemoServer


def opened(window: Window, server: DemoServer, path: str) -> Page:
    """Sign in and open a page."""
    window.page.goto(server.new_link())
    window.page.goto(f"{server.address}{path}")
    return window.page
