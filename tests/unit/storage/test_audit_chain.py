"""The log as a chain: every entry is bound to the one before it, and no change is made without its own."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from builders.logs import entry, log_of, subjects, tamper, write, wrong
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from host.domain.audit import NOWHERE, coming_from
from host.domain.chain import Wrong
from host.services.audit import verify
from host.storage.audit_rows import Wanted, find_links
from host.storage.database import Database
from host.storage.models import PluginStateRow
from host.storage.records import add_audit, audit_log

ENTRIES = 6
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def rename(database: Database, old: str, new: str) -> None:
    with database.writing() as session:
        session.execute(sa.text(f"alter table {old} rename to {new}"))


@pytest.fixture
def filled(database):
    """A log of six entries."""
    write(database, *range(1, ENTRIES + 1))
    return database


class TestWriting:
    def test_what_was_written_is_whole(self, filled):
        """Each entry has the hash of the one before, and the head is signed."""
        report = verify(log_of(filled))
        assert (report.whole, report.entries, report.head.number) == (True, ENTRIES, ENTRIES)
        with filled.reading() as session:
            links = find_links(session, Wanted(), limit=10, oldest_first=True)
        assert [each.number for each in links] == list(range(1, ENTRIES + 1))
        assert [each.previous for each in links] == [NOWHERE, *(each.hash for each in links[:-1])]
        assert filled.notary.is_signed(report.head)

    def test_an_empty_log_is_whole(self, database):
        """Before anybody has done anything."""
        assert verify(log_of(database)).whole

    def test_what_is_undone_leaves_no_entry(self, filled):
        """Neither the change nor its entry, and no gap in the numbers."""

        def failing() -> None:
            with filled.writing() as session:
                add_audit(session, entry("lost"))
                raise RuntimeError("no")

        with pytest.raises(RuntimeError, match="no"):
            failing()
        write(filled, "next")
        assert subjects(filled) == ["1", "2", "3", "4", "5", "6", "next"]
        assert verify(log_of(filled)).whole

    def test_of_a_savepoint_that_is_undone_nothing_is_written(self, database):
        """What was gathered before it, in others and after it is."""
        with database.writing() as session:
            add_audit(session, entry("before"))
            with pytest.raises(RuntimeError), session.begin_nested():  # noqa: PT012 - both belong to it
                add_audit(session, entry("undone"))
                with session.begin_nested():
                    add_audit(session, entry("inner, kept there"))
                raise RuntimeError
            with session.begin_nested():
                add_audit(session, entry("kept"))
            add_audit(session, entry("after"))
        assert subjects(database) == ["before", "kept", "after"]

    def test_what_a_database_refuses_in_a_savepoint_undoes_that_savepoint_alone(self, database):
        """What was gathered before it belongs to a change that is kept."""
        same = {"plugin": "acme", "enabled": True, "changed_at": NOW, "changed_by": "KAAN"}
        with database.writing() as session:
            session.add(PluginStateRow(**same))
            add_audit(session, entry("before"))
            with pytest.raises(IntegrityError), session.begin_nested():  # noqa: PT012 - both belong to it
                add_audit(session, entry("undone"))
                session.connection().execute(insert(PluginStateRow).values(**same))
            session.expunge_all()
            with pytest.raises(IntegrityError), session.begin_nested():  # noqa: PT012 - and once more by a flush
                add_audit(session, entry("undone"))
                session.add(PluginStateRow(**same))
                session.flush()
            add_audit(session, entry("after"))
        assert subjects(database) == ["before", "after"]

    def test_a_session_that_commits_twice_writes_each_entry_once(self, database):
        """And one that is closed forgets what it did not commit."""
        with database.session(writes=True) as session:
            add_audit(session, entry("first"))
            session.commit()
            add_audit(session, entry("second"))
            session.commit()
            add_audit(session, entry("third"))
            session.rollback()
            add_audit(session, entry("fourth"))
        assert subjects(database) == ["first", "second"]

    def test_where_the_database_refuses_the_entry_the_change_is_not_made(self, database):
        """Both or neither."""
        setting = "insert into host_plugin_setting (plugin, setting, text) values ('a', 'b', 'c')"
        rename(database, "host_audit", "host_audit_away")

        def change() -> None:
            with database.writing() as session:
                session.execute(sa.text(setting))
                add_audit(session, entry("refused"))

        with pytest.raises(sa.exc.DBAPIError):
            change()
        rename(database, "host_audit_away", "host_audit")
        with database.reading() as session:
            assert session.scalar(sa.text("select count(*) from host_plugin_setting")) == 0
        assert subjects(database) == []

    def test_without_a_head_nothing_is_changed(self, filled):
        """Whoever took it away has stopped the log, and with it every change."""
        tamper(filled, "delete from host_audit_head")
        with pytest.raises(RuntimeError, match="lost its head"):
            write(filled, "more")
        assert wrong(filled) == [(ENTRIES, Wrong.UNSIGNED)]

    def test_without_a_notary_nothing_is_changed(self, database):
        """A process without the key cannot write in the log."""
        database.notary = None
        with pytest.raises(RuntimeError, match="cannot be signed"):
            write(database, "x")

    @pytest.mark.parametrize(
        "bad",
        [{"subject": "x" * 513}, {"subject": "\0"}, {"subject": "\ud800"}, {"after": float("nan")}],
        ids=["too long", "nul", "no Unicode", "no JSON"],
    )
    def test_what_cannot_be_stored_is_refused_where_it_is_said(self, database, bad):
        """Not at the end, where nobody knows any more who said it; on both databases alike."""
        with database.session(writes=True) as session, pytest.raises(ValueError):  # noqa: PT011 - several
            add_audit(session, entry(**{"subject": "x", **bad}))

    def test_no_secret_gets_in(self, database):
        """Values that are named as secrets, at any depth, and who signs in to an address."""
        said = {"password": "hunter2", "inner": [{"client_secret": "s3cret"}], "url": "https://me:pw@host/x"}
        with database.writing() as session:
            add_audit(session, entry("x", before=said, after={"password": None, "secret_set": True}))
        with database.reading() as session:
            (found,) = audit_log(session)
        assert not {"hunter2", "s3cret", "pw@"} & set(json.dumps(found.before).split('"'))
        assert found.before == {
            "password": "•••",
            "inner": [{"client_secret": "•••"}],
            "url": "https://host/x",
        }
        assert found.after == {"password": None, "secret_set": True}

    def test_an_entry_says_from_where(self, database):
        """Where it was made, not where it is written."""
        with coming_from("192.0.2.7\n"):
            made = entry("x")
        with database.writing() as session:
            add_audit(session, made)
        with database.reading() as session:
            assert audit_log(session)[0].origin == "192.0.2.7�"


class TestAtOnce:
    def test_sixteen_writers_make_one_chain(self, database):
        """No entry is lost, none comes twice, nobody waits for ever."""
        together = threading.Barrier(16)

        def work(name: int) -> None:
            together.wait()
            for number in range(3):
                with database.writing() as session:
                    update = "update host_generation set number = number + 1 where id = 1"
                    if number == name % 3:
                        session.execute(sa.text(update))
                    add_audit(session, entry(f"{name}.{number}"))
                    add_audit(session, entry(f"{name}.{number} too"))

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))
        report = verify(log_of(database))
        assert (report.whole, report.entries) == (True, 96)
        assert len(set(subjects(database))) == 96
