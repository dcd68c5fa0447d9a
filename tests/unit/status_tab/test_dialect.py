"""What both databases can say of themselves."""

from __future__ import annotations

from host.storage.database import Database
from status_tab.storage.dialect import server


def test_it_can_say_what_it_is(database_url):
    """Name and version, as the Status tab shows it."""
    database = Database(database_url)
    with database.reading() as session:
        name, _, version = server(session).partition(" ")
    assert name == ("SQLite" if database.is_sqlite else "PostgreSQL")
    assert version[0].isdigit()
    database.close()
