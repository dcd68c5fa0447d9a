"""Looking into the log, on both databases."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api.errors import InputError
from host.domain.audit import AuditEntry
from host.services.audit import choices, find, log_of
from host.services.audit_wanted import Asked, wanted
from host.storage.records import add_audit

WHEN = timedelta(hours=11, minutes=30)


@pytest.fixture
def log(host_on):
    """Entries of three people and two plugins, at half past eleven at night and an hour later."""
    kit = host_on()
    kit.clock.advance(WHEN)
    for actor, plugin, action, subject in (
        ("KAAN", "host", "account.added", "VIWE"),
        ("kaan", "acme", "note.written", "50 % of_it"),
        ("Æble", "acme", "notebook.closed", "Milk"),
    ):
        entry = AuditEntry(kit.clock(), actor, plugin, action, subject)
        with kit.house.stores.host.writing() as session:
            add_audit(session, entry)
        kit.clock.advance(timedelta(hours=1))
    return log_of(kit.house)


class TestFinding:
    @pytest.mark.parametrize(
        ("asked", "numbers"),
        [
            ({}, [3, 2, 1]),
            ({"actor": "KaAn"}, [2, 1]),
            ({"actor": "Æble"}, [3]),
            ({"plugin": "acme", "action": "note."}, [2]),
            ({"action": "notebook.closed"}, [3]),
            ({"subject": "milk"}, [3]),
            ({"subject": "%"}, [2]),
            ({"subject": "f_i"}, [2]),
            ({"subject": "F%I"}, []),
            ({"subject": "' or 1=1 --"}, []),
            ({"since": "2026-11-25"}, [3, 2]),
            ({"until": "2026-11-24"}, [1]),
        ],
    )
    def test_what_is_asked_for_and_nothing_else(self, log, asked, numbers):
        """In any case; signs that mean something to a database mean themselves."""
        assert [each.number for each in find(log, wanted(Asked(**asked), "UTC"), limit=10)] == numbers

    def test_days_are_those_of_the_reader(self, log):
        """In Oslo it was the next day already."""
        assert [
            each.number for each in find(log, wanted(Asked(until="2026-11-24"), "Europe/Oslo"), limit=9)
        ] == []

    def test_names_to_choose_from(self, log):
        """Everybody and everything that stands in it."""
        who, what = choices(log)
        assert set(who) == {"KAAN", "kaan", "Æble"}
        assert set(what) == {("host", "account.added"), ("acme", "note.written"), ("acme", "notebook.closed")}


class TestAsking:
    @given(st.text(max_size=12), st.text(max_size=12), st.sampled_from(["UTC", "Pacific/Kiritimati"]))
    def test_a_day_is_one_or_is_refused(self, since, until, zone):
        """Whatever was typed."""
        with suppress(InputError):
            found = wanted(Asked(since=since, until=until), zone)
            assert bool(found.since) == bool(since.strip())
            assert bool(found.until) == bool(until.strip())
