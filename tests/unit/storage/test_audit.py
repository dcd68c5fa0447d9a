"""The audit table: rows are only ever added, and the database itself refuses anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from host.domain.audit import AuditEntry
from host.storage.records import add_audit, add_audit_once, audit_log

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def entry(subject: str = "SUPEROFFICE", **more) -> AuditEntry:
    values = {"before": None, "after": {"total": 42, "name": "æøå", "list": [1, None, "x"]}, **more}
    return AuditEntry(NOW, "KAAN", "acme", "licence.activated", subject, **values)


@pytest.fixture
def written(database):
    """A log with one entry."""
    with database.writing() as session:
        add_audit(session, entry())
    return database


class TestTheLog:
    def test_an_entry_comes_back_as_it_was_written(self, written):
        """With what was before and after, as JSON."""
        with written.reading() as session:
            assert audit_log(session) == [entry()]

    def test_the_newest_come_first_and_no_more_than_asked_for(self, written):
        """In the order in which they were written, even within one moment."""
        with written.writing() as session:
            for number in range(5):
                add_audit(session, entry(str(number)))
        with written.reading() as session:
            assert [each.subject for each in audit_log(session, limit=3)] == ["4", "3", "2"]

    def test_nothing_and_null_are_both_nothing(self, written):
        """None is no JSON ``null`` in the table: who looks for rows without a state finds them."""
        with written.reading() as session:
            count = sa.text("select count(*) from host_audit where before is null")
            assert session.scalar(count) == 1

    def test_an_outbox_id_arrives_once(self, written):
        """The second time nothing happens: the row is as it was, and what else is written is kept."""
        with written.writing() as session:
            add_audit_once(session, entry("first", outbox_id="one"))
        with written.writing() as session:
            add_audit_once(session, entry("second", outbox_id="one"))
            add_audit_once(session, entry("third", outbox_id="two"))
        with written.reading() as session:
            assert [each.subject for each in audit_log(session)] == ["third", "first", "SUPEROFFICE"]

    def test_an_outbox_id_is_its_plugins_own(self, written):
        """Another plugin's row of the same id is another row."""
        with written.writing() as session:
            for plugin in ("acme", "other", "other"):
                add_audit_once(session, replace(entry(outbox_id="one"), plugin=plugin))
        with written.reading() as session:
            assert [each.plugin for each in audit_log(session)] == ["other", "acme", "acme"]

    def test_the_database_itself_refuses_an_outbox_id_twice(self, written):
        """Whoever forgets to ask."""
        with written.writing() as session:
            add_audit(session, entry(outbox_id="one"))
        with pytest.raises(sa.exc.IntegrityError), written.writing() as session:
            add_audit(session, entry(outbox_id="one"))


STATEMENTS = {
    "update": "update host_audit set actor = 'somebody else'",
    "update nothing much": "update host_audit set actor = actor",
    "delete": "delete from host_audit",
    "replace": "insert or replace into host_audit (id, at, actor, plugin, action, subject) "
    "select id, at, 'somebody else', plugin, action, subject from host_audit",
    "truncate": "truncate host_audit",
    "upsert": "insert into host_audit (id, at, actor, plugin, action, subject) "
    "select id, at, actor, plugin, action, subject from host_audit where true "
    "on conflict (id) do update set actor = 'somebody else'",
}


class TestAppendOnly:
    @pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
    def test_the_database_refuses_to_change_it(self, written, statement):
        """Each way that its SQL knows; the rows are as they were."""
        spoken = {"truncate": not written.is_sqlite, "insert or replace": written.is_sqlite}
        if not all(known for word, known in spoken.items() if statement.startswith(word)):
            return  # this database's SQL does not have the word
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), written.writing() as session:
            session.execute(sa.text(statement))
        with written.reading() as session:
            assert audit_log(session) == [entry()]
