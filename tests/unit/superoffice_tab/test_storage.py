"""The migration makes exactly the tables that the code works with, and takes them away again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, inspect, select

import superoffice_tab
from host.storage.database import Database
from host.storage.migrate import downgrade, upgrade
from superoffice_tab.storage.models import Clock, metadata

FOLDER = Path(superoffice_tab.__file__).parent / "migrations"


def test_migrating_up_makes_the_tables_of_the_code_and_down_leaves_none(database_url: str):
    database = Database(database_url)
    try:
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.connecting() as connection:
            context = MigrationContext.configure(
                connection, opts={"include_name": ours, "compare_type": True}
            )
            assert compare_metadata(context, metadata) == []
        downgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.connecting() as connection:
            assert [name for name in inspect(connection).get_table_names() if ours(name, "table")] == []
        upgrade(database, "superoffice_tab", FOLDER, metadata)
    finally:
        database.close()


def ours(name: str | None, kind: str, *_: object) -> bool:
    return kind != "table" or ((name or "").startswith("superoffice_tab_") and "alembic" not in str(name))


def test_every_table_carries_the_name_of_its_plugin():
    assert isinstance(metadata, MetaData)
    assert all(name.startswith("superoffice_tab_") for name in metadata.tables)


def test_the_database_itself_allows_one_set_in_force_for_each_owner(database_url: str):
    database = Database(database_url)
    try:
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.connecting() as connection:
            (index,) = [
                each
                for each in inspect(connection).get_indexes("superoffice_tab_licence_set")
                if each["unique"]
            ]
            assert index["column_names"] == ["owner_id"]
    finally:
        database.close()


def test_the_first_change_already_has_a_row_to_lock(database_url: str):
    """Two first loads at once wait for each other: the clock's row is there from the start, long ago."""
    database = Database(database_url)
    try:
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.reading() as session:
            (seen_at,) = session.scalars(select(Clock.seen_at))
            assert seen_at == datetime(1970, 1, 1, tzinfo=UTC)
    finally:
        database.close()
