"""Names of 250 characters without a space: whoever chose them, the page stays as wide as the window."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from builders.chromium import NARROW, WIDE, Browser
from playwright.sync_api import Page, Route
from unit.status_tab.metering import event
from unit.superoffice_tab.building import claims, module, plan
from unit.superoffice_tab.screen import ADDRESS, Screen, make_screen

from host.testing.kit import Client
from status_tab.cli import status

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAME, CODE, WHO = "W" * 250, "m" * 239, "U" * 239
PEOPLE, STATUS = f"{ADDRESS}people/", "/tabs/status_tab/status/"
LICENCES = {"ModuleDescription": NAME, "ModuleTooltip": NAME, "ModuleVersion": NAME}
OWNER = {"OwnerDescription": NAME, "CompanyName": NAME, "ProductDescription": NAME, "LicenseVersion": NAME}
PAGES = (
    f"{ADDRESS}?licence={CODE}&hidden=yes",
    f"{ADDRESS}?changes=last",
    f"{ADDRESS}activate",
    f"{ADDRESS}activate/{CODE}",
    f"{ADDRESS}put-back",
    PEOPLE,
    f"{PEOPLE}?person={WHO}&q={WHO}",
    f"{STATUS}?event=1",
    f"{STATUS}installation",
)


USAGE = (
    STATUS,
    f"{STATUS}metered/",
    f"{STATUS}metered/form-submissions/",
    f"{STATUS}metered/mailings/2026-10/",
    f"{STATUS}metered/closed/",
)


def licences(quantity: int) -> tuple[dict[str, object], ...]:
    """One of each kind."""
    return (
        plan(CODE, quantity, "hidden", **LICENCES),
        module("hidden", 9, IsHidden=True, **LICENCES),
        module("short", 9, PrerequisiteModuleName=CODE, **LICENCES),
        module("on", 1, "SiteLicense", **LICENCES),
        module("site", 1, "SatelliteLicense", **LICENCES),
    )


def used() -> Iterator[dict[str, object]]:
    """As much as is taken in, last month and this one; of one service little, as everywhere."""
    for month in ("2026-10", "2026-11"):
        for service in ("storage.database", "mailings", "chat-sessions", "form-submissions"):
            value = 1_300 if service == "form-submissions" else 2**63 - 1
            yield event(f"{service} {month}", service=service, value=value, time=f"{month}-05T10:00:00Z")


def furnish(screen: Screen) -> None:
    """An installation in which everything is called so."""
    screen.load(claims(1, modules=licences(9), **OWNER))
    screen.people(*(f"{who},{NAME},employee,{NAME},{NAME},,no,2,superoffice.{CODE}" for who in (WHO, "KAAN")))
    screen.load(claims(2, modules=(*licences(8), module("new", 1, **LICENCES)), **OWNER))
    screen.receive(claims(3, modules=licences(1), **OWNER | {"CompanyName": NAME[::-1] + "X"}))
    installation = screen.folder / "installation.json"
    installation.write_text(
        f'{{"database": {{"type": "{NAME}", "name": "{NAME}", "level": "central"}}, "plan": "Core",'
        f' "restrictions": [{{"name": "active-projects", "in_use": 99, "maximum": 100}}],'
        f' "satellites": [{{"name": "{NAME}", "licences": ["superoffice.site"]}}]}}'
    )
    usage = screen.folder / "usage.json"
    usage.write_text(json.dumps(list(used())))
    told = ("--message", NAME, "--description", NAME, "--as", WHO)
    with screen.kit.serving("status_tab"):
        status.main(["load-installation", str(installation)], standalone_mode=False)
        status.main(["ingest", str(usage), "--backfill"], standalone_mode=False)
        for kind in ("message-of-the-day", "no-login", "import-companies"):
            status.main(["add-event", "--type", kind, *told], standalone_mode=False)
    screen.kit.run_job("status_tab", "months")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    screen = make_screen(tmp_path_factory.mktemp("long"))
    furnish(screen)
    yield screen
    screen.kit.close()


def answer(client: Client, route: Route) -> None:
    """Ask the host in this process: no server has to start for it."""
    asked = route.request
    path = asked.url.removeprefix("http://host.test")
    found = client.flask.open(path, method=asked.method, data=asked.post_data, headers=asked.headers)
    route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.get_data())


def sticking_out(page: Page) -> list[str]:
    """What is to blame for it, if the page is wider than the window."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
          [...document.body.querySelectorAll("*")]
            .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
            .map(each => each.outerHTML)"""
    )
    return found


def test_no_page_is_wider_than_the_window(browser: Browser, long: Screen):
    """On a desk and in a hand; each is drawn once."""
    client = long.kit.client()
    with browser.window() as window:
        page = window.page
        page.route("http://host.test/**", lambda route: answer(client, route))
        for path in PAGES:
            shown = page.goto(f"http://host.test{path}")
            assert shown is not None
            assert shown.ok, path
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": 900})
                assert sticking_out(page) == [], (path, width)


def test_long_words_and_large_figures_make_no_page_of_usage_wider(browser: Browser, long: Screen):
    """In Danish, whose words are long; what does not fit in a hand is reached within its own table."""
    client = long.kit.client(language="da")
    with browser.window() as window:
        page = window.page
        page.route("http://host.test/**", lambda route: answer(client, route))
        for path in USAGE:
            shown = page.goto(f"http://host.test{path}")
            assert shown is not None
            assert shown.ok, path
            assert page.locator("html").get_attribute("lang") == "da"
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": 900})
                assert sticking_out(page) == [], (path, width)
            assert window.violations() == [], path
