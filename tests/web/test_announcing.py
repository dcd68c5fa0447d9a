"""What built-in plugins say above every page, and who may not be here now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from builders.accounts import add_person, sign_in
from builders.plugins import ALL_IS_WELL, neighbour, raising, tab, tabbed, vendor

from host.api import Actor, Banner, Plain, current_host
from host.testing import HostKit

PAGE = "/tabs/neighbour/main/"
HX = {"HX-Request": "true"}
MESSAGE = Banner(kind="motd", title=Plain("Message of the Day"), more=Plain("Templates <go> live."))
CLOSED = Banner(kind="stop", title=Plain("No Login"), more=Plain("Upgrade to 12.2."))


class Announcer:
    """What a built-in plugin says, changed at will.

    Args:
        banners: What stands above pages.
        closed: Why nobody but administrators may be here.
    """

    def __init__(self, *banners: Banner, closed: Banner | None = None) -> None:
        self.banners: Any = list(banners)
        self.closed: Any = closed
        self.asked: list[str] = []

    def say(self, actor: Actor) -> Any:
        """For everybody."""
        self.asked.append(actor.user_id)
        assert current_host.session is not None
        return self.banners

    def plugin(self, **more: Any) -> Any:
        """The plugin."""
        return vendor("herald", **{"builtin": True, **self.hooks(), **more})

    def hooks(self) -> dict[str, Any]:
        """As functions: pluggy marks what it is given, and a method cannot be marked."""
        return {
            "host_banners": lambda actor: self.say(actor),  # noqa: PLW0108 - see above
            "host_login_allowed": lambda actor: None if "administrator" in actor.roles else self.closed,
        }


@pytest.fixture
def said(host_with):
    """A host whose plugin says what it is told, with a neighbour."""

    def make(announcer: Announcer, **more: Any) -> HostKit:
        return host_with(announcer.plugin(**more), neighbour())

    return make


class TestBanners:
    def test_one_stands_above_every_page_and_beside_every_fragment(self, said):
        """Escaped, and with its end."""
        kit = said(Announcer(MESSAGE))
        client = kit.client()
        for answer in (
            client.get(PAGE),
            client.get(PAGE, headers={"HX-Request": "true"}),
            client.get("/nope"),
        ):
            assert "<strong>Message of the Day:</strong> Templates &lt;go&gt; live." in answer.text
        assert 'hx-swap-oob="outerMorph"' in client.get(PAGE, headers=HX).text

    def test_the_sign_in_page_has_those_for_everybody(self, said):
        """Asked for somebody without a user id."""
        announcer = Announcer(MESSAGE)
        kit = said(announcer)
        add_person(kit)
        assert "Templates &lt;go&gt; live." in kit.anonymous().get("/login").text
        assert announcer.asked == [""]

    def test_one_that_is_over_is_not_shown(self, said):
        """Though the plugin was asked a moment ago."""
        announcer = Announcer()
        kit = said(announcer)
        announcer.banners = [
            Banner(kind="info", title=Plain("Soon over"), until=kit.clock() + timedelta(seconds=2))
        ]
        client = kit.client()
        assert "Soon over" in client.get(PAGE).text
        kit.clock.advance(timedelta(seconds=3))
        assert "Soon over" not in client.get(PAGE).text

    def test_a_plugin_is_asked_once_in_five_seconds(self, said):
        """For each person; and again after five."""
        announcer = Announcer(MESSAGE)
        kit = said(announcer)
        client = kit.client()
        for _ in range(3):
            client.get(PAGE)
        assert announcer.asked.count("ADMI_EN") == 1
        kit.clock.advance(timedelta(seconds=5))
        client.get(PAGE)
        assert announcer.asked.count("ADMI_EN") == 2

    @pytest.mark.parametrize(
        "wrong",
        [None, ["text"], [Banner(kind="loud", title=Plain("x"))], [Banner(kind="info", title=Plain(""))]],
        ids=["nothing", "text", "a kind of its own", "no title"],
    )
    def test_what_is_not_valid_is_left_out_and_blamed(self, said, wrong):
        """The page stands."""
        announcer = Announcer()
        announcer.banners = wrong
        kit = said(announcer)
        assert ALL_IS_WELL in kit.client().get(PAGE).text
        assert kit.house.registry.ledger.behaviour("herald").faults >= 1

    def test_one_that_raises_costs_nobody_a_page(self, said):
        """Whatever it raises."""
        kit = said(Announcer(), host_banners=raising(SystemExit(3)))
        assert ALL_IS_WELL in kit.client().get(PAGE).text

    def test_it_leads_to_its_tab_those_who_may_see_it(self, host_with):
        """And nobody else."""
        banner = Banner(kind="warn", title=Plain("Expires soon"), tab="main", path="more")
        herald = Announcer(banner)
        found = tabbed(
            "herald",
            builtin=True,
            host_tabs=[tab("herald", view="herald.manage")],
            host_banners=herald.hooks()["host_banners"],
        )
        kit = host_with(found, neighbour())
        assert '<a href="/tabs/herald/main/more">Expires soon</a>' in kit.client().get(PAGE).text
        viewer = kit.client("viewer").get(PAGE).text
        assert "<strong>Expires soon</strong>" in viewer

    def test_a_third_party_may_not_have_it(self, said):
        """It pushes instead."""
        kit = said(Announcer(MESSAGE), builtin=False)
        assert "host_banners() is for built-in plugins only." in kit.reason("herald")


class TestClosed:
    def test_who_signs_in_is_told_why_not_and_until_when(self, said):
        """Once the password is right: otherwise nobody learns anything."""
        announcer = Announcer()
        kit = said(announcer)
        until = kit.clock() + timedelta(hours=2)
        announcer.closed = Banner(kind="stop", title=Plain("No Login"), more=Plain("Upgrade."), until=until)
        client = kit.anonymous()
        add_person(kit)
        assert sign_in(client, password="something else entirely").status_code == 401
        right = sign_in(client)
        assert right.status_code == 503
        assert right.headers["Retry-After"] == "7200"
        assert "Set-Cookie" not in right.headers
        assert "No Login" in right.get_data(as_text=True)
        assert "Upgrade. Until Today, 14:00." in right.get_data(as_text=True)

    def test_administrators_come_in(self, said):
        """They are the ones who end it."""
        kit = said(Announcer(closed=CLOSED))
        add_person(kit, role="administrator")
        assert sign_in(kit.anonymous()).status_code == 303

    def test_who_is_signed_in_already_finds_the_reason_in_the_place_of_every_page(self, said):
        """And is let in again when it is over, in five seconds at the latest."""
        announcer = Announcer()
        kit = said(announcer)
        client = kit.client("viewer")
        assert client.get(PAGE).status == 200
        announcer.closed = CLOSED
        kit.clock.advance(timedelta(seconds=5))
        kept_out = client.get(PAGE)
        assert kept_out.status == 503
        assert "Upgrade to 12.2." in kept_out.text
        assert ALL_IS_WELL not in kept_out.text
        announcer.closed = None
        kit.clock.advance(timedelta(seconds=5))
        assert client.get(PAGE).status == 200

    def test_they_can_still_sign_out(self, said):
        """Nobody is held."""
        announcer = Announcer()
        kit = said(announcer)
        client = kit.client("viewer")
        announcer.closed = CLOSED
        kit.clock.advance(timedelta(seconds=5))
        assert "Sign in" in client.post("/logout").text

    def test_one_that_raises_locks_nobody_out(self, said):
        """A fault of a plugin."""
        kit = said(Announcer(), host_login_allowed=raising(RuntimeError("boom")))
        assert kit.client("viewer").get(PAGE).status == 200
