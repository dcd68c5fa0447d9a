"""Statements are put into SQL once in a session, not once for every database that a test opens.

SQLAlchemy keeps a compiled statement by the dialect it was compiled for, and every engine has a dialect
object of its own. A program opens its databases once; the suite opens thousands, and compiled the same few
hundred statements anew for each.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import Dialect

from host.storage import database

STATEMENTS = 3000

_SHARED: dict[str, tuple[Dialect, Any]] = {}
"""By kind of engine: the dialect, and what was compiled for it."""


def engine_on(url: Any, **options: Any) -> Engine:
    """`sqlalchemy.create_engine`, with the dialect of an earlier engine of its kind that has connected."""
    engine = sqlalchemy.create_engine(url, query_cache_size=STATEMENTS, **options)
    # What a dialect learns at its first connection, such as the default schema, hangs on these.
    kind = f"{engine.dialect.name} {options.get('connect_args')}"
    if kind in _SHARED:
        engine.dialect, engine._compiled_cache = _SHARED[kind]
        return engine

    @event.listens_for(engine, "connect", once=True)
    def learned(*_: object) -> None:
        _SHARED.setdefault(kind, (engine.dialect, engine._compiled_cache))

    return engine


def share_dialects() -> None:
    """Have the product's databases in this process share them."""
    database.create_engine = engine_on  # type: ignore[attr-defined] # the one place where it makes engines
