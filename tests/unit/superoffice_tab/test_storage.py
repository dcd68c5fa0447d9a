"""The migration makes exactly the tables that the code works with, and takes them away again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, insert, inspect, select

import superoffice_tab
from host.storage.database import Database
from host.storage.migrate import downgrade, upgrade
from superoffice_tab.storage.models import Assignment, Associate, Base, Clock, Licence, Owner, metadata

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


def filled(model: type[Base], *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows with something in every column that needs a value: made from the row's number."""
    table = model.__table__
    needed = [column for column in table.c if not column.nullable and column.server_default is None]
    return [{column.name: column.type.python_type(row["id"]) for column in needed} | row for row in rows]


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


def test_what_is_held_is_counted_when_the_column_comes(database_url: str):
    """An installation of the first version keeps its numbers: those of people who are not retired."""
    database = Database(database_url)
    try:
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.writing() as session:
            session.execute(insert(Owner), filled(Owner, {"id": 1}))
            session.execute(insert(Licence), filled(Licence, *({"id": n, "owner_id": 1} for n in (1, 2))))
            people = filled(Associate, {"id": 1, "retired": False}, {"id": 2, "retired": True})
            session.execute(insert(Associate), people)
            rows = ({"id": n, "licence_id": 1, "associate_id": n, "weight": n + 1} for n in (1, 2))
            session.execute(insert(Assignment), [*rows])
        downgrade(database, "superoffice_tab", FOLDER, metadata, to="0001")
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.reading() as session:
            held = session.execute(select(Licence.id, Licence.held).order_by(Licence.id)).all()
            assert held == [(1, 2), (2, 0)]
    finally:
        database.close()
