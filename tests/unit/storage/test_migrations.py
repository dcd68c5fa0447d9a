"""The host's tables: made, taken back and made again; and the same as the models say."""

from __future__ import annotations

import shutil
from functools import partial

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from builders.plugins import create, write_migrations

from host.storage.base import Base
from host.storage.migrate import HOST_MIGRATIONS, downgrade, upgrade

HOST = ("host", HOST_MIGRATIONS, Base.metadata)
ONE_ROW = (
    "insert into host_audit (id, at, actor, plugin, action, subject, outbox_id) "
    "values (7, '2026-11-24 12:00:00', 'KAAN', 'acme', 'note.written', 'milk', 'one')"
)


def tables(database) -> set[str]:
    with database.connecting() as connection:
        return set(sa.inspect(connection).get_table_names())


class TestTheHosts:
    def test_up_down_and_up_again(self, empty):
        """Down leaves nothing but Alembic's own table."""
        upgrade(empty, *HOST)
        assert set(Base.metadata.tables) <= tables(empty)
        downgrade(empty, *HOST)
        assert tables(empty) == {"host_alembic_version"}
        upgrade(empty, *HOST)
        assert set(Base.metadata.tables) <= tables(empty)

    def test_once_more_changes_nothing(self, database):
        """Every start of the host runs them."""
        with database.writing() as session:
            session.execute(
                sa.text("insert into host_plugin_setting (plugin, setting, text) values ('a', 'b', 'c')")
            )
        upgrade(database, *HOST)
        with database.reading() as session:
            assert session.scalar(sa.text("select count(*) from host_plugin_setting")) == 1

    def test_they_make_what_the_models_say(self, database):
        """Tables, columns, types, indexes and keys."""
        with database.connecting() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "compare_type": True,
                    "compare_server_default": True,
                    "include_name": lambda name, kind, _: kind != "table" or name in Base.metadata.tables,
                },
            )
            assert compare_metadata(context, Base.metadata) == []

    def test_every_constraint_has_the_name_that_the_convention_gives_it(self, database):
        """So that a later migration can name it, on both databases."""
        with database.connecting() as connection:
            inspector = sa.inspect(connection)
            for table in Base.metadata.tables.values():
                found = {inspector.get_pk_constraint(table.name)["name"]}
                found |= {each["name"] for each in inspector.get_foreign_keys(table.name)}
                found |= {each["name"] for each in inspector.get_unique_constraints(table.name)}
                assert found == {str(each.name) for each in table.constraints}

    def test_every_table_is_named_for_the_host(self):
        """Plugins' tables stand beside them."""
        assert all(name.startswith("host_") for name in Base.metadata.tables)


@pytest.fixture
def of_0001(empty, tmp_path):
    """The host's tables as the first version made them, with a log of one row from an outbox."""
    versions = tmp_path / "first" / "versions"
    versions.mkdir(parents=True)
    shutil.copy(HOST_MIGRATIONS / "versions" / "0001_first.py", versions)
    upgrade(empty, "host", tmp_path / "first", Base.metadata)
    with empty.writing() as session:
        session.execute(sa.text(ONE_ROW))
    return empty


class TestTheSecond:
    """0002 changes a table that nobody may change."""

    def test_the_log_is_kept_and_stays_append_only(self, of_0001):
        """Up, down and up again, on both databases."""
        for step in (upgrade, partial(downgrade, to="0001"), upgrade):
            step(of_0001, *HOST)
            with of_0001.reading() as session:
                row = session.execute(sa.text("select * from host_audit")).mappings().one()
            assert (row["id"], row["plugin"], row["outbox_id"]) == (7, "acme", "one")
            for statement in ("update host_audit set actor = 'x'", "delete from host_audit"):
                with pytest.raises(sa.exc.DBAPIError, match="append-only"), of_0001.writing() as session:
                    session.execute(sa.text(statement))

    def test_ids_are_each_plugins_own_from_then_on(self, of_0001):
        """Another plugin's is another row; one plugin's comes once."""
        again = ONE_ROW.replace("7,", "8,")
        with pytest.raises(sa.exc.IntegrityError), of_0001.writing() as session:
            session.execute(sa.text(again.replace("acme", "other")))
        upgrade(of_0001, *HOST)
        with pytest.raises(sa.exc.IntegrityError), of_0001.writing() as session:
            session.execute(sa.text(again))
        with of_0001.writing() as session:
            session.execute(sa.text(again.replace("acme", "other")))


class TestAnOwners:
    def test_owners_have_a_version_each(self, database, tmp_path):
        """Taking one back leaves the others."""
        folder = write_migrations(tmp_path / "m", create("acme_note"))
        upgrade(database, "acme", folder, sa.MetaData())
        assert {"acme_note", "acme_alembic_version", "host_alembic_version"} <= tables(database)
        downgrade(database, "acme", folder, sa.MetaData())
        assert "acme_note" not in tables(database)
        assert "host_audit" in tables(database)

    def test_a_step_that_fails_takes_the_steps_before_it_back(self, database, tmp_path):
        """All of them or none: the next try starts from where the last good one ended."""
        folder = write_migrations(
            tmp_path / "m", create("acme_note"), ("raise ValueError('half way')", "pass")
        )
        with pytest.raises(ValueError, match="half way"):
            upgrade(database, "acme", folder, sa.MetaData())
        assert "acme_note" not in tables(database)
        (folder / "versions" / "0002_step.py").unlink()
        upgrade(database, "acme", folder, sa.MetaData())
        assert "acme_note" in tables(database)

    def test_a_percent_sign_in_the_path_does_no_harm(self, database, tmp_path):
        """Alembic reads its settings with place-holders."""
        folder = write_migrations(tmp_path / "100 % ours", create("acme_note"))
        upgrade(database, "acme", folder, sa.MetaData())
        assert "acme_note" in tables(database)
