"""What a third party without scripts sends, in Chromium: nothing of it may run, or go unread into a page."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from builders.chromium import Browser
from builders.plugins import seen_by_all, tabbed
from flask import Response
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from host.services.signing_in import make_link
from host.testing import HostKit, make_host

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGE = "/tabs/acme/main/"
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">
<style>rect {{ fill: rgb(0, 128, 0) }}</style><rect width="40" height="40"/><script href="{script}"/></svg>"""
SCRIPT = 'document.documentElement.setAttribute("data-ran", "yes");\n'
MARKUP = '<b id="unread" hx-post="/plugins/status_tab/disable" hx-trigger="load">Unread</b>'


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostKit]:
    """A host with a plugin ``acme`` that tries."""
    folder = tmp_path_factory.mktemp("strangers")
    static = folder / "acme" / "static"
    static.mkdir(parents=True)
    (static / "x.js").write_text(SCRIPT, "utf-8")

    def address(name: str) -> str:
        url: str = kit.app.extensions["tabhost_assets"].url("acme", name)
        return url

    def picture() -> Response:
        return Response(PICTURE.format(script=address("x.js")), mimetype="image/svg+xml")

    def show() -> str:
        return f"""<img id="sent" src="{PAGE}picture" alt=""><img id="kept" src="{address("a.svg")}" alt="">
        <button hx-get="{PAGE}text" hx-target="#here">Text</button>
        <button hx-get="{PAGE}more" hx-target="#there">More</button>
        <div id="here"></div><div id="there"></div>"""

    views = {
        "": show,
        "picture": picture,
        "text": lambda: Response(MARKUP, mimetype="text/plain"),
        "more": lambda: "<p>More of it</p>",
    }
    rules = [(f"GET /main/{path}", seen_by_all("acme", view)) for path, view in views.items()]
    kit = make_host(folder / "host", [tabbed("acme", *rules, folder=folder / "acme")])
    (static / "a.svg").write_text(PICTURE.format(script=address("x.js")), "utf-8")
    (static / "a.html").write_text(f"<script src={address('x.js')}></script>", "utf-8")
    yield kit
    kit.close()


@pytest.fixture
def page(kit: HostKit, browser: Browser) -> Iterator[Page]:
    """Somebody signed in, at the plugin's page."""
    kit.client()
    server = make_server("127.0.0.1", 0, kit.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with browser.window() as window:
            host = f"http://127.0.0.1:{server.port}"
            window.page.goto(f"{host}/login/once/{make_link(kit.house, 'ADMI_EN')}")
            window.page.goto(f"{host}{PAGE}")
            yield window.page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestScripts:
    @pytest.mark.parametrize("name", ["picture", "a.svg", "a.html"])
    def test_a_file_opened_by_itself_runs_no_script(self, kit, page, name):
        """Whether a page sent it or it stands among the static files; a picture keeps its colours."""
        address = kit.app.extensions["tabhost_assets"].url("acme", name) if "." in name else f"{PAGE}{name}"
        page.goto(page.url.replace(PAGE, address))
        page.wait_for_load_state("networkidle")
        assert page.locator(":root").get_attribute("data-ran") is None
        assert page.evaluate("origin") == "null"
        if name != "a.html":
            colour = "getComputedStyle(document.querySelector('rect')).fill"
            assert page.evaluate(colour) == "rgb(0, 128, 0)"

    def test_in_a_page_files_are_what_they_were(self, page):
        """Pictures are shown, and the host's icons are drawn out of their one file."""
        for name in ("sent", "kept"):
            assert page.locator(f"#{name}").evaluate("image => image.decode().then(() => image.width)") == 40
        icon = page.locator("svg:has(use):visible").first
        assert icon.evaluate("svg => svg.getBBox().width") > 0


class TestFragments:
    def test_text_that_nobody_read_is_not_put_into_the_page(self, page):
        """It would be HTML there, and could do what a page may not."""
        with page.expect_response(f"**{PAGE}text"):
            page.get_by_role("button", name="Text").click()
        page.get_by_role("button", name="More").click()
        expect(page.get_by_text("More of it")).to_be_visible()
        assert page.locator("#unread").count() == 0
