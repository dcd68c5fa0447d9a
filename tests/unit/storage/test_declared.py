"""What is kept of plugins that run elsewhere: declarations, badges, and the number that says it changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from host.storage.badges import badges, set_badge
from host.storage.declared import (
    PEOPLE,
    StoredDeclaration,
    change_tabs,
    generation,
    next_generation,
    store_declaration,
    stored_declarations,
)
from host.storage.records import all_settings, store_setting, stored_settings, switch

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACME = StoredDeclaration(
    plugin="acme",
    distribution="acme-requests",
    version="1.0",
    stamp="ab" * 32,
    document={"tabs": [{"id": "main"}], "permissions": ["æøå", None]},
    reason="",
    adopted_at=NOW,
)
REJECTED = replace(ACME, plugin="broken", document=None, reason="It raised ValueError.")
BADGE = {"text": "3", "title": {"id": "{n} open", "args": {"n": 3}, "n": 3, "plural": None}, "kind": "warn"}


def now_at(database) -> int:
    with database.reading() as session:
        return generation(session)


class TestDeclarations:
    def test_they_come_back_as_they_were_kept(self, database):
        """Those of the rejected too, with the reason and without a document."""
        with database.writing() as session:
            store_declaration(session, ACME)
            store_declaration(session, REJECTED)
        with database.reading() as session:
            assert stored_declarations(session) == {"acme": ACME, "broken": REJECTED}

    def test_the_newest_takes_the_place_of_the_one_before(self, database):
        """In both directions: admitted and rejected."""
        for newest in (ACME, replace(REJECTED, plugin="acme"), replace(ACME, version="1.1")):
            with database.writing() as session:
                store_declaration(session, newest)
            with database.reading() as session:
                assert stored_declarations(session) == {"acme": newest}

    def test_tabs_change_and_everything_else_stays(self, database):
        """A plugin said `tabs_changed()`."""
        with database.writing() as session:
            store_declaration(session, ACME)
        with database.writing() as session:
            change_tabs(session, "acme", [{"id": "other"}])
        with database.reading() as session:
            found = stored_declarations(session)["acme"]
        assert found == replace(ACME, document={**ACME.document, "tabs": [{"id": "other"}]})

    @pytest.mark.parametrize("plugin", ["broken", "unknown"])
    def test_who_declared_nothing_has_no_tabs_to_change(self, database, plugin):
        """Nothing is made up."""
        with database.writing() as session:
            store_declaration(session, REJECTED)
        with pytest.raises(LookupError, match=plugin), database.writing() as session:
            change_tabs(session, plugin, [])


class TestBadges:
    def test_one_is_set_changed_and_taken_away(self, database):
        """Each tab has one at most."""
        for badge in (BADGE, {**BADGE, "text": "4"}, None):
            with database.writing() as session:
                assert set_badge(session, "acme", "main", badge, NOW)
            with database.reading() as session:
                assert badges(session) == ({} if badge is None else {("acme", "main"): badge})

    def test_saying_the_same_again_writes_nothing(self, database):
        """A plugin may say it with every page; no worker reads anything again for that."""
        with database.writing() as session:
            set_badge(session, "acme", "main", BADGE, NOW)
        before = now_at(database)
        with database.writing() as session:
            assert not set_badge(session, "acme", "main", dict(BADGE), NOW + timedelta(hours=1))
            assert not set_badge(session, "acme", "other", None, NOW)
        assert now_at(database) == before


class TestTheGeneration:
    def test_it_begins_at_nought_and_counts(self, database):
        """One by one."""
        assert now_at(database) == 0
        with database.writing() as session:
            assert [next_generation(session), next_generation(session)] == [1, 2]
        assert now_at(database) == 2

    @pytest.mark.parametrize(
        "change",
        [
            lambda session: store_setting(session, "acme", "colour", "red"),
            lambda session: store_setting(session, "acme", "colour", None),
            lambda session: switch(session, "acme", on=False, now=NOW, by="KAAN"),
            lambda session: set_badge(session, "acme", "main", BADGE, NOW),
            lambda session: store_declaration(session, REJECTED),
            lambda session: change_tabs(session, "acme", []),
        ],
        ids=["a setting", "a setting forgotten", "a switch", "a badge", "a declaration", "tabs"],
    )
    def test_whatever_changes_what_workers_keep_moves_it(self, database, change):
        """With the change, and not without it."""
        with database.writing() as session:
            store_declaration(session, ACME)
        before = now_at(database)
        with database.session(writes=True) as session:
            change(session)  # never committed
        assert now_at(database) == before
        with database.writing() as session:
            change(session)
        assert now_at(database) == before + 1

    def test_those_that_come_at_once_get_numbers_of_their_own(self, database):
        """Whatever else they change beside it, and in whatever order: nobody waits in a ring."""

        def work(number: int) -> list[int]:
            tabs = ["a", "b"] if number % 2 else ["b", "a"]
            numbers = []
            for step in range(5):
                with database.writing() as session:
                    for tab in tabs:
                        set_badge(session, "acme", tab, {**BADGE, "text": f"{number}.{step}"}, NOW)
                    numbers.append(next_generation(session))
            return numbers

        with ThreadPoolExecutor(8) as pool:
            got = [number for numbers in pool.map(work, range(8)) for number in numbers]
        assert len(set(got)) == 40
        assert now_at(database) == max(got)

    def test_both_numbers_move_in_one_order_or_not_at_all(self, database):
        """Whoever came from the other side would wait for those who wait for it: it is told so instead."""

        def work(number: int) -> str:
            with database.writing() as session:
                try:
                    next_generation(session, PEOPLE) if number % 2 else next_generation(session)
                    next_generation(session) if number % 2 else next_generation(session, PEOPLE)
                except RuntimeError as error:
                    return str(error)
            return ""

        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(work, range(40)))
        assert set(got[::2]) == {""}
        assert all("before that of people" in each for each in got[1::2])


def test_all_settings_are_those_of_each_plugin(database):
    """One look instead of one for each plugin."""
    with database.writing() as session:
        store_setting(session, "acme", "colour", "red")
        store_setting(session, "acme", "size", "1")
        store_setting(session, "house", "colour", "blue")
    with database.reading() as session:
        assert all_settings(session) == {name: stored_settings(session, name) for name in ("acme", "house")}
        assert all_settings(session)["acme"] == {"colour": "red", "size": "1"}
