"""The migrations make the tables that the code speaks of, and take them away again."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine, inspect

import status_tab
from status_tab.storage import metadata

FOLDER = Path(status_tab.__file__).parent / "migrations" / "versions"


@pytest.fixture
def revisions() -> list[ModuleType]:
    """The revisions, oldest first."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        spec = spec_from_file_location(path.stem, path)
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(module)
    return found


@pytest.fixture
def engine():
    """An empty database."""
    made = create_engine("sqlite://")
    yield made
    made.dispose()


def test_up_gives_the_tables_of_the_code_and_down_leaves_nothing(engine: Engine, revisions: list[ModuleType]):
    """Indexes and constraints included."""
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        with Operations.context(context):
            for revision in revisions:
                revision.upgrade()
            assert compare_metadata(context, metadata) == []
            for revision in reversed(revisions):
                revision.downgrade()
        assert inspect(connection).get_table_names() == []
