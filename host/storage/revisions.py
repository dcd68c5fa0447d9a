"""Whether a store is at its newest version, found out without importing Alembic (11 MB and 0.1 s)."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from .database import Database


def is_newest(database: Database, owner: str, folder: Path) -> bool:
    """Whether there is nothing to do for the migrations in *folder*. When in doubt, no.

    Args:
        database: The store.
        owner: Plugin id or ``host``; names the version table.
        folder: Folder with Alembic's ``versions/``.
    """
    newest = _heads(folder)
    if len(newest) != 1:
        return False
    versions = Table(f"{owner}_alembic_version", MetaData(), Column("version_num", String(32)))
    with database.reading() as session:
        if not inspect(session.connection()).has_table(versions.name):
            return False
        return set(session.scalars(select(versions.c.version_num))) == newest


def _heads(folder: Path) -> set[str]:
    """Revisions that no other one comes after, read from the files without running them."""
    revisions: set[str] = set()
    before: set[str] = set()
    for file in (folder / "versions").glob("*.py"):
        names = _assigned(file, file.lstat().st_mtime_ns)
        if isinstance(names.get("revision"), str):
            revisions.add(names["revision"])
        down = names.get("down_revision")
        before.update([down] if isinstance(down, str) else down or ())
    return revisions - before


@cache
def _assigned(file: Path, changed: int) -> dict[str, Any]:  # noqa: ARG001 - the file as it was then
    """What a migration assigns to plain names at its top level, where that is a literal."""
    found: dict[str, Any] = {}
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return found
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            try:
                found[target.id] = ast.literal_eval(value)
            except ValueError:
                continue
    return found
