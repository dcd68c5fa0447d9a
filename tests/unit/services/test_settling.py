"""Badges and tabs that plugins change: kept whole or not at all, and followed by every worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from builders.plugins import permissions, tab, vendor
from builders.twofold import PLUGIN, Twofold, on_one_side

from host.api import Badge, Plain, Tab
from host.domain.people import command_line
from host.services.effects import Effects
from host.services.plugins import change_setting
from host.services.settling import Follower, settle
from host.testing import HostKit
from host.web.ways import opening_in

BADGE = Badge(text="3", title=Plain("Three"))
CHANGED = Effects(changed={"acme"})


class Shifting:
    """Tabs that change between two questions; counts how often it was asked."""

    def __init__(self) -> None:
        self.ids, self.asked = ["main"], 0

    def told(self) -> list[Tab]:
        """The tabs as they are now."""
        self.asked += 1
        return [tab("acme", each) for each in self.ids]


@pytest.fixture
def tabs() -> Shifting:
    """One tab, at first."""
    return Shifting()


@pytest.fixture
def found(tabs) -> Any:
    """The plugin of those tabs."""

    def host_tabs() -> list[Tab]:
        return tabs.told()

    return vendor("acme", host_tabs=host_tabs, host_permissions=permissions("acme"))


@pytest.fixture
def kit(host_with, found) -> HostKit:
    """Its host."""
    return host_with(found)


@pytest.fixture(scope="module")
def twofold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twofold]:
    """A plugin in a runner, which is not even started."""
    with on_one_side(tmp_path_factory.mktemp("remote"), remote=True) as twofold:
        yield twofold


def known(kit: HostKit) -> list[str]:
    return [each.id for each in kit.house.registry.get("acme").tabs]


def done(kit: HostKit, effects: Effects) -> None:
    settle(kit.house, effects, opening_in(kit.house))


def generation(kit: HostKit) -> int:
    return kit.house.decisions.now().generation


def faults(kit: HostKit) -> int:
    return kit.house.registry.ledger.behaviour("acme").faults


def elsewhere(work: Any) -> None:
    """Do *work* in another request."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@contextmanager
def a_full_disk(kit: HostKit) -> Iterator[None]:
    """The database takes nothing that would tell other workers of a change."""
    refuse = (
        "create trigger full before {} on host_generation begin select raise(abort, 'the disk is full'); end"
    )
    with kit.house.stores.host.writing() as session:
        session.execute(sa.text(refuse.format("update")))
    try:
        yield
    finally:
        with kit.house.stores.host.writing() as session:
            session.execute(sa.text("drop trigger full"))


class TestBadges:
    def test_what_stands_there_already_is_no_news(self, kit):
        """Plugins say the same again and again."""
        done(kit, Effects(badges={("acme", "main"): BADGE}))
        before = generation(kit)
        done(kit, Effects(badges={("acme", "main"): BADGE}))
        assert generation(kit) == before
        done(kit, Effects(badges={("acme", "main"): None}))
        assert (generation(kit), kit.house.decisions.now().badges) == (before + 1, {})

    def test_those_of_tabs_that_are_not_there_are_left_out(self, kit):
        """They may have gone since, and a runner may say anything."""
        badges = {("acme", "main"): BADGE, ("acme", "gone"): BADGE, ("nobody", "main"): BADGE}
        done(kit, Effects(badges=badges))
        assert kit.house.decisions.now().badges == {("acme", "main"): BADGE}


class TestTabs:
    def test_a_change_is_one_generation(self, kit, tabs):
        """And the same tabs once more are none."""
        before, tabs.ids = generation(kit), ["main", "more"]
        done(kit, CHANGED)
        done(kit, CHANGED)
        assert (known(kit), generation(kit)) == (["main", "more"], before + 1)

    def test_a_change_that_cannot_be_written_down_is_none(self, kit, tabs):
        """This worker would otherwise show what no other one knows; it can be done again later."""
        done(kit, Effects(badges={("acme", "main"): BADGE}))  # so that there is a number to move
        before, tabs.ids = generation(kit), ["main", "more"]
        with a_full_disk(kit):
            done(kit, CHANGED)
            assert (known(kit), generation(kit)) == (["main"], before)
        done(kit, CHANGED)
        assert (known(kit), generation(kit)) == (["main", "more"], before + 1)

    @pytest.mark.parametrize("ids", [["main", "main"], ["Not An Id"], [None]], ids=str)
    def test_what_cannot_stand_changes_nothing_and_is_blamed(self, kit, tabs, ids):
        """The request that it came with is not to suffer for it."""
        before, blamed, tabs.ids = generation(kit), faults(kit), ids
        done(kit, CHANGED)
        assert (known(kit), generation(kit), faults(kit)) == (["main"], before, blamed + 1)

    def test_whoever_is_not_there_is_left_out(self, kit):
        """Such as a plugin that was taken away meanwhile."""
        done(kit, Effects(changed={"nobody"}))


class TestFollowing:
    @pytest.fixture
    def workers(self, host_on, found) -> tuple[HostKit, HostKit]:
        """Two of them on one database."""
        return host_on(found), host_on(found)

    def test_every_worker_has_the_new_tabs_with_its_next_request(self, workers, tabs):
        """It asks once for each change."""
        first, second = workers
        follower = Follower(second.house, opening_in(second.house))
        tabs.ids = ["main", "more"]
        done(first, CHANGED)
        assert known(second) == ["main"]
        before = tabs.asked
        follower.now()
        follower.now()
        assert (known(second), tabs.asked) == (["main", "more"], before + 1)

    def test_who_fails_to_tell_keeps_its_tabs_and_is_asked_again_at_the_next_change(self, workers, tabs):
        """Blamed in the worker that asked."""
        first, second = workers
        follower = Follower(second.house, opening_in(second.house))
        tabs.ids = ["main", "more"]
        done(first, CHANGED)
        tabs.ids = [None]
        follower.now()
        assert (known(second), faults(second)) == (["main"], 1)
        tabs.ids = ["main", "more"]
        done(first, Effects(badges={("acme", "main"): BADGE}))
        follower.now()
        assert known(second) == ["main", "more"]

    def test_a_request_that_began_before_a_change_turns_nothing_back(self, kit, tabs):
        """It keeps to its own picture; what others know by now stays, and is not asked for again."""
        follower = Follower(kit.house, opening_in(kit.house))
        with kit.house.decisions.holding():
            older = kit.house.decisions.now()
            tabs.ids = ["main", "more"]
            elsewhere(lambda: done(kit, CHANGED))
            elsewhere(follower.now)
            before = tabs.asked
            assert follower.now() is older
        assert follower.now().generation > older.generation
        assert (known(kit), tabs.asked) == (["main", "more"], before)


class TestARemotePlugin:
    def settle(self, twofold: Twofold, *ids: str, trouble: str = "") -> None:
        tabs = [Tab(id=each, title=Plain(f"Tab {each}"), view="twofold.view") for each in ids]
        effects = Effects(changed={PLUGIN}, tabs=None if trouble else tabs, trouble=trouble)
        done(twofold.kit, effects)

    def test_tabs_of_an_older_picture_do_not_come_back(self, twofold):
        """The picture holds them; whoever looks at it later than others must not take them for news."""
        house = twofold.kit.house
        follower = Follower(house, opening_in(house))
        with house.decisions.holding():
            elsewhere(lambda: self.settle(twofold, "main", "more"))
            elsewhere(follower.now)
            follower.now()
            assert twofold.tabs() == ["main", "more"]
        self.settle(twofold, "main")

    def test_a_change_that_cannot_be_written_down_is_none(self, twofold):
        """Neither here nor in what was declared."""
        before = twofold.generation()
        with a_full_disk(twofold.kit):
            self.settle(twofold, "main", "more")
        assert (twofold.tabs(), twofold.generation()) == (["main"], before)
        change_setting(twofold.kit.house, PLUGIN, "loud", "yes", command_line([]))
        Follower(twofold.kit.house, opening_in(twofold.kit.house)).now()
        assert twofold.tabs() == ["main"]

    def test_its_own_traceback_is_what_it_is_blamed_with(self, twofold):
        """The host saw nothing else of it."""
        before = twofold.faults()
        self.settle(twofold, trouble="Traceback: kaput")
        assert (twofold.tabs(), twofold.faults()) == (["main"], before + 1)
        assert twofold.trace() == "Traceback: kaput"
