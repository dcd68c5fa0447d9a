"""People and roles in Chromium: a role is made, given and taken, with script and without, in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from builders.chromium import NARROW, WIDE, Browser
from builders.plugins import neighbour
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from host.domain.people import command_line
from host.services import looking_after, people, roles
from host.services.signing_in import make_link
from host.testing import HostKit, make_host

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostKit]:
    """A host with an administrator, somebody with a long name, and a role that was made here."""
    kit = make_host(tmp_path_factory.mktemp("people"), [neighbour()])
    actor = command_line(kit.house.registry.permissions())
    for user_id, name, role in (
        ("ADMIN", "Anna Administrator", "administrator"),
        ("KAAN", "Karin Andersen-" + "Lang" * 20, "viewer"),
    ):
        people.add_account(
            kit.house, user_id=user_id, full_name=name, password=None, roles=(role,), actor=actor
        )
    roles.add_role(kit.house, name="desk", title="Help desk", permissions=["neighbour.view"], actor=actor)
    yield kit
    kit.close()


@pytest.fixture(scope="module")
def origin(kit: HostKit) -> Iterator[str]:
    """Where it is served."""
    server = make_server("127.0.0.1", 0, kit.app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


def enter(page: Page, kit: HostKit, origin: str) -> None:
    """Sign in as the administrator."""
    page.goto(f"{origin}/login/once/{make_link(kit.house, 'ADMIN')}")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_page_and_dialog_can_be_used_by_anybody(
    kit: HostKit, origin: str, browser: Browser, width: int
) -> None:
    """Axe finds nothing in either theme, nothing is wider than the screen, the console is silent."""
    paths = (
        *("/people", "/people/add", "/people/2", "/people/2/edit", "/people/2/roles", "/people/2/disable"),
        *("/people/roles", "/people/roles/add", "/people/roles/desk/remove", "/people?q=nobody"),
    )
    with browser.window(width=width) as window:
        enter(window.page, kit, origin)
        for path in paths:
            window.page.goto(origin + path)
            assert window.violations_in_both_themes() == [], path
            assert not window.page.evaluate(SIDEWAYS), path
        assert window.problems() == []


@pytest.mark.parametrize("script", [True, False])
def test_a_role_is_made_given_and_taken(kit: HostKit, origin: str, browser: Browser, script: bool) -> None:
    """The matrix shows it, the person has it, and removing it says whom it concerns."""
    title = f"Clerk {script}"
    with browser.window(script=script) as window:
        page = window.page
        enter(page, kit, origin)
        page.goto(f"{origin}/people/roles")
        page.get_by_role("link", name="Add a role…").click()
        page.get_by_label("Title").fill(title)
        page.get_by_label("Name in data").fill(f"clerk_{script}".lower())
        page.get_by_label("See people").check()
        page.get_by_role("button", name="Add role").click()
        expect(page.locator("#matrix thead")).to_contain_text(title)
        page.goto(f"{origin}/people/2")
        page.get_by_role("link", name="Change roles…").click()
        page.get_by_role("checkbox", name=title).check()
        page.get_by_role("button", name="Save roles").click()
        expect(page.locator("#grants")).to_contain_text("See people")
        page.goto(f"{origin}/people/roles")
        page.locator(f"#remove-clerk_{script}".lower()).click()
        expect(page.get_by_role("dialog")).to_contain_text("It is taken from KAAN")
        page.get_by_role("button", name=f"Remove {title}").click()
        expect(page.locator("#roles")).not_to_contain_text(title)
        assert window.problems() == []
    assert looking_after.one_of(kit.house, 2).account.roles == ("viewer",)


def test_a_dialog_that_is_left_changes_nothing(kit: HostKit, origin: str, browser: Browser) -> None:
    """Escape, and the focus is back on what opened it."""
    with browser.window() as window:
        page = window.page
        enter(page, kit, origin)
        page.goto(f"{origin}/people/2")
        page.get_by_role("link", name="Disable…").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).not_to_be_visible()
        expect(page.get_by_role("link", name="Disable…")).to_be_focused()
    assert looking_after.one_of(kit.house, 2).account.disabled_at is None
