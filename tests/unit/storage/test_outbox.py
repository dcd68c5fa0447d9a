"""Audit rows on their way to the host's log: all of them arrive, once, and none can stop or hide another."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from host.api.errors import InputError
from host.domain.audit import AuditEntry
from host.storage.database import Database
from host.storage.outbox import MOST_BYTES, OUTBOX, add_to_outbox, carry, clear_outbox, take_in, take_outbox
from host.storage.records import audit_log
from host.storage.stores import Stores

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROW = {
    "id": str(uuid.UUID(int=1)),
    "at": NOW.isoformat(),
    "actor": "KAAN",
    "action": "note.written",
    "subject": "milk",
    "before": None,
    "after": {"text": "æøå", "list": [1, None]},
}


def entry(subject: str = "milk", at: datetime = NOW, **more) -> AuditEntry:
    return AuditEntry(at, "KAAN", "acme", "note.written", subject, **more)


@pytest.fixture
def stores(database, tmp_path) -> Iterator[Stores]:
    """An installation's stores."""
    with Stores(database, tmp_path / "plugins").closing() as stores:
        yield stores


@pytest.fixture
def store(stores) -> Database:
    """The store of the third party ``acme``."""
    return stores.own("acme")


def write(store, *entries: AuditEntry) -> None:
    with store.writing() as session:
        for each in entries:
            add_to_outbox(session, each)


def log(database) -> list[AuditEntry]:
    with database.reading() as session:
        return audit_log(session, limit=1000)


def taken_in(database, *rows, plugin: str = "acme") -> list[str]:
    with database.writing() as session:
        return take_in(session, plugin, list(rows))


class TestTaking:
    def test_rows_survive_json_and_say_all_that_was_written(self, store, database):
        """What arrives is what the plugin wrote, to the microsecond."""
        written = entry(at=NOW + timedelta(microseconds=7), before={"a": [1, None]}, after="æøå")
        write(store, written)
        rows = json.loads(json.dumps(take_outbox(store)))
        assert taken_in(database, *rows) == []
        (arrived,) = log(database)
        assert (arrived.at, arrived.actor, arrived.subject) == (written.at, "KAAN", "milk")
        assert (arrived.plugin, arrived.before, arrived.after) == ("acme", {"a": [1, None]}, "æøå")

    def test_the_oldest_come_first_and_stay_until_they_are_cleared(self, store):
        """A hundred at most."""
        write(store, *(entry(str(n), NOW - timedelta(seconds=n)) for n in range(105)))
        first = take_outbox(store)
        assert [row["subject"] for row in first] == [str(n) for n in range(104, 4, -1)]
        assert take_outbox(store) == first
        clear_outbox(store, [row["id"] for row in first])
        assert [row["subject"] for row in take_outbox(store)] == ["4", "3", "2", "1", "0"]

    def test_heavy_rows_are_taken_a_few_at_a_time(self, store):
        """The way to the host takes so much at once; at least one goes."""
        write(store, *(entry(str(n), NOW + timedelta(seconds=n), after="x" * 60_000) for n in range(20)))
        taken = take_outbox(store)
        assert 1 <= len(taken) < 20
        assert len(json.dumps(taken)) <= MOST_BYTES + 1000

    def test_all_of_it_is_carried_however_much_it_is(self, store, database):
        """In pieces; what is left is nothing."""
        write(store, *(entry(str(n), NOW + timedelta(seconds=n), after="x" * 9_000) for n in range(150)))
        carry(store, lambda rows: taken_in(database, *rows))
        assert [each.subject for each in log(database)] == [str(n) for n in range(149, -1, -1)]
        assert take_outbox(store) == []

    def test_what_was_not_taken_waits(self, store):
        """The host could not be reached."""
        write(store, entry())

        def away(_: object) -> None:
            raise OSError("nobody there")

        with pytest.raises(OSError, match="nobody there"):
            carry(store, away)
        assert len(take_outbox(store)) == 1


class TestWriting:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"subject": "x" * 513}, "512"),
            ({"subject": "nul \0"}, "NUL"),
            ({"subject": "half \ud800"}, "Unicode"),
            ({"after": "x" * 70_000}, "64 KB"),
            ({"after": float("nan")}, "JSON"),
            ({"after": {1, 2}}, "JSON"),
        ],
        ids=["too long", "nul", "no text", "too heavy", "no number", "no JSON"],
    )
    def test_what_the_host_would_refuse_is_refused_at_once(self, store, values, said):
        """On both databases alike; its author hears of it, and the outbox does not fill."""
        with pytest.raises(ValueError, match=said), store.writing() as session:
            add_to_outbox(session, entry(**{"subject": "milk", **values}))
        assert take_outbox(store) == []


class TestTakingIn:
    def test_a_row_arrives_once_however_often_it_comes(self, database):
        """In one piece or in several."""
        for _ in range(2):
            assert taken_in(database, ROW, ROW) == []
        assert [each.outbox_id for each in log(database)] == [ROW["id"]]

    def test_no_plugin_can_keep_anothers_row_out(self, database):
        """By sending the same id first: ids are each plugin's own."""
        taken_in(database, {**ROW, "subject": "first"}, plugin="evil")
        taken_in(database, ROW, plugin="acme")
        assert [(each.plugin, each.subject) for each in log(database)] == [
            ("acme", "milk"),
            ("evil", "first"),
        ]

    @pytest.mark.parametrize(
        "row",
        [
            None,
            "row",
            [],
            {},
            {key: value for key, value in ROW.items() if key != "after"},
            {**ROW, "plugin": "host"},
            {**ROW, "id": "1"},
            {**ROW, "id": None},
            {**ROW, "at": "2026-11-24T12:00:00"},
            {**ROW, "at": "0001-01-01T00:00:00+14:00"},
            {**ROW, "at": "9999-12-31T23:59:59-14:00"},
            {**ROW, "at": 7},
            {**ROW, "actor": "x" * 240},
            {**ROW, "action": "x" * 121},
            {**ROW, "subject": "x" * 513},
            {**ROW, "subject": "nul \0"},
            {**ROW, "actor": "half \ud800"},
            {**ROW, "actor": {"id": "KAAN"}},
            {**ROW, "before": float("inf")},
            {**ROW, "after": "x" * 66_000},
            {**ROW, "after": ["nul \0"] * 9_000},
        ],
        ids=range(21),
    )
    def test_a_row_that_cannot_be_kept_does_not_keep_the_others(self, database, row):
        """It is left out and named; those before and after it are in the log."""
        before, after = {**ROW, "id": str(uuid.UUID(int=2))}, {**ROW, "id": str(uuid.UUID(int=3))}
        refused = taken_in(database, before, row, after)
        assert len(refused) == 1
        assert refused[0].startswith("row 2: ")
        assert "\n" not in refused[0]
        assert len(refused[0]) < 600
        assert [each.outbox_id for each in log(database)] == [after["id"], before["id"]]

    def test_strange_text_inside_is_kept(self, database):
        """A state may hold what a database's text cannot."""
        after = {"nul": "\0", "half": "\ud800", "deep": [[[[]]]], "large": 10**30}
        assert taken_in(database, {**ROW, "after": after}) == []
        assert log(database)[0].after == after

    def test_more_than_is_ever_sent_is_refused_as_a_whole(self, database):
        """Nothing of it is written, and whoever sent it keeps it."""
        with pytest.raises(InputError, match="101"):
            taken_in(database, *([ROW] * 101))
        assert log(database) == []


def test_a_row_that_was_put_there_by_hand_does_not_block_the_way(stores, store, caplog):
    """It is named in the host's own log, and what comes after it arrives."""
    values = {"at": NOW, "actor": "KAAN", "action": "x", "subject": "heavy"}
    with store.writing() as session:
        session.execute(sa.insert(OUTBOX).values(id="no uuid", **values, after="x" * 70_000))
    write(store, entry(at=NOW + timedelta(seconds=1)))
    stores.deliver("acme")
    assert [each.subject for each in log(stores.host)] == ["milk"]
    assert take_outbox(store) == []
    assert "acme" in caplog.text
