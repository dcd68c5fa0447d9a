"""Many rows by one statement, given to each driver as it is fastest: most of what taking usage in costs.

PostgreSQL gets an array for each column, in its binary form; SQLite, which has no arrays, the rows.
SQLAlchemy writes the statements, once; it would look at each value of each row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ARRAY, Connection, Dialect, Table, bindparam, func, select
from sqlalchemy.orm import Session

from .dialect import insert_for
from .tables import Base

Columns = Mapping[str, Sequence[Any]]
"""The values of rows by column, all of one length."""
Names = tuple[str, ...]
_VALUE = re.compile(r"%\((\w+)\)s")


def insert_rows(row: type[Base], columns: Columns, session: Session) -> None:
    """Write new rows into the table of *row*.

    Args:
        row: Whose table.
        columns: Their values; moments are in UTC.
        session: The store.
    """
    if not any(columns.values()):
        return
    connection, names = session.connection(), tuple(columns)
    if _has_arrays(connection):
        connection.exec_driver_sql(_by_arrays(connection.dialect, row, names), dict(columns))
    else:
        rows = _rows(row, columns, connection.dialect)
        connection.exec_driver_sql(_by_rows(connection.dialect, row, names, 1), rows)


def insert_missing(
    row: type[Base], columns: Columns, *, unique: Sequence[str], returning: Sequence[str], session: Session
) -> list[tuple[Any, ...]]:
    """Write those rows into the table of *row* that are not there yet.

    Args:
        row: Whose table.
        columns: Their values. PostgreSQL writes them in this order: writers that sort them alike never wait
            for each other.
        unique: The columns by which rows are told apart; no two of the new ones are alike in them.
        returning: Columns to read back; they come as the driver knows them.
        session: The store.

    Returns:
        The values of *returning* for each row that was written, in any order.
    """
    if not any(columns.values()):
        return []
    connection, names, wanted = session.connection(), tuple(columns), (tuple(unique), tuple(returning))
    if _has_arrays(connection):
        found = connection.exec_driver_sql(_by_arrays(connection.dialect, row, names, *wanted), dict(columns))
    else:
        rows = _rows(row, columns, connection.dialect)
        text = _by_rows(connection.dialect, row, names, len(rows), *wanted)
        found = connection.exec_driver_sql(text, tuple(value for each in rows for value in each))
    return [tuple(each) for each in found]


def _has_arrays(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _rows(row: type[Base], columns: Columns, dialect: Dialect) -> list[tuple[Any, ...]]:
    """The rows, with their values as the driver takes them."""
    table = cast("Table", row.__table__)
    given: list[Any] = []
    for name, values in columns.items():
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        # Months and moments of arrival are few.
        given.append(map(lru_cache(maxsize=None)(process), values) if process else values)
    return list(zip(*given, strict=True))


@lru_cache(maxsize=16)
def _by_arrays(
    dialect: Dialect, row: type[Base], names: Names, unique: Names = (), returning: Names = ()
) -> str:
    """What writes rows, with an array for each column."""
    table = cast("Table", row.__table__)
    arrays = [bindparam(name, type_=ARRAY(table.c[name].type)) for name in names]
    source = func.unnest(*arrays).table_valued(*names, name="arriving").render_derived()
    insert = insert_for(row, dialect.name).from_select(list(names), select(*source.c))
    # The driver writes texts and moments faster in their binary form, but for those only where it is told.
    return _VALUE.sub(r"%(\1)b", _text(dialect, row, insert, unique, returning))


@lru_cache(maxsize=64)  # a batch may have any number of rows, but most have the same
def _by_rows(
    dialect: Dialect, row: type[Base], names: Names, number: int, unique: Names = (), returning: Names = ()
) -> str:
    """What writes *number* rows, with a question mark for each value."""
    insert = insert_for(row, dialect.name).values({name: bindparam(name) for name in names})
    one = f"({', '.join('?' * len(names))})"
    text = _text(dialect, row, insert, unique, returning)
    return text.replace(f"VALUES {one}", f"VALUES {', '.join([one] * number)}")


def _text(dialect: Dialect, row: type[Base], insert: Any, unique: Names, returning: Names) -> str:
    if unique:
        insert = insert.on_conflict_do_nothing(index_elements=list(unique))
    if returning:
        insert = insert.returning(*(getattr(row, name) for name in returning))
    return str(insert.compile(dialect=dialect))
