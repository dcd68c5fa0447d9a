"""0007 makes a chain of the log that is there, whatever stands in it, and can be taken back."""

from __future__ import annotations

import shutil

import pytest
import sqlalchemy as sa
from builders.logs import log_of, tamper, write, wrong
from builders.notaries import notarised

from host.api.values import Actor
from host.domain.chain import Wrong
from host.services.audit import accept, verify
from host.storage.base import Base
from host.storage.migrate import HOST_MIGRATIONS, downgrade, upgrade
from host.storage.records import audit_log

HOST = ("host", HOST_MIGRATIONS, Base.metadata)
ROWS = {
    3: ("'milk'", """'{"b": 1, "a": "\\u00e6"}'""", "null"),
    7: ("'æøå'", "'3'", "'1.50'"),
    8: ("'x'", "'null'", "'\"text\"'"),
}
"""By number, with the gaps of what was undone: subject, before and after as they were stored."""


@pytest.fixture
def before(empty, tmp_path):
    """A log as the version before wrote it."""
    older = tmp_path / "older"
    shutil.copytree(HOST_MIGRATIONS, older)
    for path in (older / "versions").glob("*.py"):
        if path.name >= "0007":
            path.unlink()
    upgrade(empty, "host", older, Base.metadata)
    at = "2026-11-24 12:00:00.000001" if empty.is_sqlite else "2026-11-24 13:00:00.000001+01"
    with empty.writing() as session:
        for number, (subject, old, new) in ROWS.items():
            values = f"{number}, '{at}', 'KAAN', 'acme', 'note.written', {subject}, {old}, {new}"
            columns = "id, at, actor, plugin, action, subject, before, after"
            statement = f"insert into host_audit ({columns}) values ({values})".replace(":", "\\:")
            session.execute(sa.text(statement))
    return notarised(empty, tmp_path)


def told(database) -> list[tuple]:
    with database.reading() as session:
        return [(each.subject, each.before, each.after, each.origin) for each in audit_log(session)]


class TestTheMigration:
    def test_what_was_there_is_whole_and_says_the_same(self, before):
        """With its numbers; nobody knows from where it came."""
        upgrade(before, *HOST)
        assert wrong(before) == []
        assert told(before) == [
            ("x", None, "text", None),
            ("æøå", 3, 1.5, None),
            ("milk", {"b": 1, "a": "æ"}, None, None),
        ]

    def test_what_follows_is_chained_to_it(self, before):
        """The first entry says so, and from then on the end is signed."""
        upgrade(before, *HOST)
        write(before, "more")
        report = verify(log_of(before))
        assert (report.whole, report.entries, report.head.number) == (True, 5, 10)
        with before.reading() as session:
            assert [each.action for each in audit_log(session, limit=2)] == ["note.written", "audit.begun"]

    def test_an_older_entry_cannot_be_changed_or_taken_away_any_more(self, before):
        """The database refuses, and whoever gets round it is found."""
        upgrade(before, *HOST)
        statement = "update host_audit set actor = 'VIWE' where id = 7"
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), before.writing() as session:
            session.execute(sa.text(statement))
        tamper(before, statement)
        assert wrong(before) == [(7, Wrong.CHANGED)]

    def test_down_and_up_again_keeps_every_entry(self, before):
        """Also those that were written in between."""
        upgrade(before, *HOST)
        write(before, "more")
        downgrade(before, *HOST, to="0006")
        with before.writing() as session:  # as the older version does, by the number that the database gives
            columns, values = (
                "at, actor, plugin, action, subject",
                "'2026-11-25 12:00:00', 'A', 'b', 'c', 'd'",
            )
            statement = f"insert into host_audit ({columns}) values ({values})".replace(":", "\\:")
            session.execute(sa.text(statement))
        upgrade(before, *HOST)
        with before.reading() as session:
            assert session.scalar(sa.text("select count(*) from host_audit")) == 6
        # It remembers what was signed then, and the chain is another one now: that is to be explained.
        write(before, "after it")
        (number,) = [each for each, _ in wrong(before)]
        accept(log_of(before), number, "an older version ran for a while", Actor(user_id="cli"))
        assert wrong(before) == []
