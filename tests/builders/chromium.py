"""Debian's Chromium, driven by Playwright, with axe."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Page, expect, sync_playwright

from builders.missing import not_here

WIDE, NARROW = 1280, 390
RUN = "options => axe.run(document, options).then(found => found.violations)"
COLOURS = ["color-contrast", "link-in-text-block"]
"""What axe asks of colours where nothing else is said; the rest of its category is off."""
SETTLED = "() => document.getAnimations().every(each => each.playState !== 'running')"
"""Colours have stopped fading from one theme into the other."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Window:
    """A window of its own, with what its console said."""

    page: Page
    console: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """What the console complained of, without answers whose status is meant."""
        return [each for each in self.console if "Failed to load resource" not in each]

    def violations(self) -> list[str]:
        """What axe finds, one line a rule and element."""
        return self._found({})

    def violations_in_both_themes(self) -> list[str]:
        """What axe finds in the theme that is shown, and what its rules of colour find in the other.

        The themes differ in colours alone: everything else of the page is the same document.
        """
        found = self.violations()
        root = self.page.locator("html")
        shown = root.get_attribute("data-bs-theme")
        try:
            self._show("light" if shown == "dark" else "dark")
            return [*found, *self._found({"runOnly": {"type": "rule", "values": COLOURS}})]
        finally:
            self._show("dark" if shown == "dark" else "light")

    def _show(self, theme: Literal["light", "dark"]) -> None:
        self.page.emulate_media(color_scheme=theme)
        expect(self.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        self.page.wait_for_function(SETTLED)

    def _found(self, options: dict[str, Any]) -> list[str]:
        kept = list(self.console)  # axe adds to it
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate(RUN, {"resultTypes": ["violations"], **options})
        self.console[:] = kept
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@dataclass
class Browser:
    """Makes windows."""

    chromium: PlaywrightBrowser

    @contextmanager
    def window(
        self, *, width: int = WIDE, dark: bool = False, language: str = "en-GB", script: bool = True
    ) -> Iterator[Window]:
        """A fresh window without cookies."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=language,
            java_script_enabled=script,
            timezone_id="Europe/Oslo",
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        window = Window(page)
        page.on("console", lambda message: _note(window, message.type, message.text))
        page.on("pageerror", lambda error: window.console.append(str(error)))
        try:
            yield window
        finally:
            context.close()


def _note(window: Window, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        window.console.append(text)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium."""
    program = shutil.which("chromium")
    if program is None:
        not_here("Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        try:
            yield Browser(chromium)
        finally:
            chromium.close()
