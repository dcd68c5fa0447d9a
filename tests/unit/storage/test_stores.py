"""A third party's store is another one, and its audit rows arrive in the host's log exactly once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from builders.plugins import notes

from host.domain.audit import AuditEntry
from host.storage.outbox import OUTBOX, add_to_outbox, take_outbox
from host.storage.stores import RunnerStores, Stores

PAGE = "/tabs/acme/main/"


@pytest.fixture
def local(host_with, tmp_path):
    """The same, on SQLite only."""
    return host_with(notes(tmp_path / "m"), notes(tmp_path / "m", "house", builtin=True))


@pytest.fixture
def kit(host_on, tmp_path):
    """A host with a third party and a built-in plugin that write."""
    return host_on(notes(tmp_path / "m"), notes(tmp_path / "m", "house", builtin=True))


def tables(database) -> set[str]:
    with database.connecting() as connection:
        return set(sa.inspect(connection).get_table_names())


def waiting(kit) -> int:
    with kit.house.stores.own("acme").reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(OUTBOX))


def arrived(kit) -> list[str]:
    return [each.subject for each in kit.audit() if each.plugin == "acme"]


def write_aside(kit, text: str) -> None:
    """A change with its audit row in the outbox, kept but not carried on: a crash came between."""
    with kit.serving("acme") as host:
        host.session.execute(sa.text("insert into acme_note (text) values (:text)"), {"text": text})
        host.audit("note.written", text)
        host.session.commit()
        host.session.close()
        host._scope._sessions.clear()


class TestWhereTablesStand:
    def test_a_third_partys_are_not_among_the_hosts(self, kit):
        """And the host's are not in its store: a file of its own, or a schema of its own."""
        host, own = tables(kit.house.stores.host), tables(kit.house.stores.own("acme"))
        assert {"host_audit", "host_account", "house_note", "house_alembic_version"} <= host
        assert own == {"acme_note", "acme_alembic_version", "tabhost_outbox"}
        assert not host & own

    def test_on_sqlite_it_is_a_file_and_on_postgresql_a_schema(self, kit):
        """Each with the plugin's name on it."""
        store = kit.house.stores.own("acme")
        if store.is_sqlite:
            file = kit.settings.data / "plugins" / "acme" / "store.db"
            with sqlite3.connect(file) as connection:
                assert connection.execute("select count(*) from acme_note").fetchone() == (0,)
            connection.close()
        else:
            with store.reading() as session:
                assert session.scalar(sa.text("select current_schema()")) == "tabhost_acme"
                assert session.scalar(sa.text('select count(*) from "tabhost_acme".acme_note')) == 0

    def test_a_third_party_cannot_read_an_account_by_its_table_name(self, kit):
        """Its session does not know the host's tables."""
        with kit.serving("acme") as host, pytest.raises(sa.exc.DBAPIError):
            host.session.execute(sa.text("select * from host_account"))
        with kit.serving("house") as host:
            assert host.session.execute(sa.text("select * from host_account")).all() == []

    def test_a_store_is_opened_once(self, local):
        """However many ask for it at the same time."""
        stores = local.house.stores
        with ThreadPoolExecutor(8) as pool:
            opened = set(pool.map(lambda _: id(stores.own("acme")), range(32)))
        assert len(opened) == 1


class TestAtARunner:
    def test_it_opens_what_the_host_prepared(self, kit, tmp_path):
        """An address is all that it is given; rows written there are seen by the host."""
        address = kit.house.stores.store_address("acme")
        runner = RunnerStores("acme", address.url, address.schema)
        with runner.own("acme").writing() as session:
            session.execute(sa.text("insert into acme_note (text) values ('milk')"))
        assert runner.own("acme") is runner.own("acme")
        runner.close()
        assert "Notes: [milk]" in kit.client().get(PAGE).text

    def test_its_outbox_is_made_where_nobody_opened_the_store_before(self, database, tmp_path):
        """The host opens no third party's store any more."""
        stores = Stores(database, tmp_path / "plugins")
        address = stores.store_address("acme")
        pushed = []
        runner = RunnerStores("acme", address.url, address.schema, pushed.extend)
        with runner.own("acme").writing() as session:
            add_to_outbox(session, AuditEntry(datetime.now(UTC), "KAAN", "acme", "note.written", "milk"))
        runner.deliver("acme")
        assert [row["subject"] for row in pushed] == ["milk"]
        assert take_outbox(runner.own("acme")) == []
        runner.close()

    def test_it_knows_neither_the_host_nor_anybody_else(self, tmp_path):
        """Whoever asks for them there has made a mistake."""
        runner = RunnerStores("acme", f"sqlite:///{tmp_path / 'store.db'}", None)
        for ask in (lambda: runner.host, lambda: runner.own("other"), lambda: runner.own("host")):
            with pytest.raises(RuntimeError, match="not known"):
                ask()
        runner.close()

    def test_a_writer_gives_up_before_the_page_does(self, tmp_path):
        """On SQLite a third party waits a second for its own other writer; the host's wait longer."""
        runner = RunnerStores("acme", f"sqlite:///{tmp_path / 'store.db'}", None)
        with runner.own("acme").reading() as session:
            assert session.scalar(sa.text("pragma busy_timeout")) == 1_000
        runner.close()


class TestTheOutbox:
    def test_an_entry_arrives_with_everything_it_said(self, kit):
        """Under the plugin's name, and the outbox is empty afterwards."""
        kit.client().post(f"{PAGE}redirect", {"text": "milk"})
        newest = kit.audit()[0]
        assert (newest.plugin, newest.action, newest.subject) == ("acme", "note.written", "milk")
        assert (newest.actor, newest.before, newest.after) == ("ADMI_EN", None, {"text": "milk"})
        assert newest.at == kit.clock.now
        assert newest.outbox_id
        assert waiting(kit) == 0

    def test_what_was_not_carried_on_arrives_with_the_next_one(self, local):
        """In the order in which it was written."""
        write_aside(local, "first")
        assert (waiting(local), arrived(local)) == (1, [])
        local.clock.advance(timedelta(minutes=1))
        local.client().post(f"{PAGE}redirect", {"text": "second"})
        assert arrived(local) == ["second", "first"], "the log's newest comes first"
        assert waiting(local) == 0

    def test_it_arrives_once_however_often_it_is_carried(self, local):
        """Carrying again, with nothing left, adds nothing."""
        write_aside(local, "milk")
        for _ in range(3):
            local.house.stores.deliver("acme")
        assert arrived(local) == ["milk"]

    def test_it_arrives_once_when_a_crash_came_before_the_outbox_was_emptied(self, kit):
        """The row is in the log already and still in the outbox: its id tells."""
        write_aside(kit, "milk")
        store = kit.house.stores.own("acme")
        with store.reading() as session:
            left = [dict(each) for each in session.execute(sa.select(OUTBOX)).mappings()]
        kit.house.stores.deliver("acme")
        with store.writing() as session:
            session.execute(sa.insert(OUTBOX), left)
        assert (waiting(kit), arrived(kit)) == (1, ["milk"])
        kit.house.stores.deliver("acme")
        assert (waiting(kit), arrived(kit)) == (0, ["milk"])

    def test_it_arrives_once_when_several_carry_at_the_same_time(self, kit):
        """Two workers end a request in the same moment; neither fails."""
        for number in range(5):
            write_aside(kit, str(number))
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: kit.house.stores.deliver("acme"), range(12)))
        assert sorted(arrived(kit)) == ["0", "1", "2", "3", "4"]
        assert waiting(kit) == 0

    def test_what_a_crash_left_behind_arrives_when_the_host_starts_again(self, host_with, tmp_path):
        """The plugin may never write again; the log must be complete all the same."""
        url = f"sqlite:///{tmp_path / 'tabhost.db'}"
        first = host_with(notes(tmp_path / "m"), database_url=url)
        write_aside(first, "milk")
        environment = {"TABHOST_DATA": str(first.settings.data)}
        again = host_with(notes(tmp_path / "again"), database_url=url, environment=environment)
        assert arrived(again) == ["milk"]

    def test_a_change_that_is_undone_leaves_nothing_in_the_outbox(self, local):
        """The entry belongs to the change."""
        assert local.client().post(f"{PAGE}raise", {"text": "milk"}).status == 502
        assert (waiting(local), arrived(local)) == (0, [])

    def test_a_host_that_cannot_be_reached_costs_the_entry_some_time_and_nothing_else(self, kit):
        """The change is kept; the person is not told that it failed; the entry waits."""
        client, stores = kit.client(), kit.house.stores
        token = client.token()
        with stores.host.writing() as session:
            session.execute(sa.text("alter table host_audit rename to host_audit_away"))
        response = client.flask.post(f"{PAGE}redirect", data={"csrf_token": token, "text": "milk"})
        with stores.host.writing() as session:
            session.execute(sa.text("alter table host_audit_away rename to host_audit"))
        assert "Notes: [milk]" in client.get(PAGE).text
        assert waiting(kit) == 1
        assert response.status_code == 303
        stores.deliver("acme")
        assert arrived(kit) == ["milk"]


def test_closing_gives_every_connection_back(host_on, tmp_path):
    """The host's and each third party's."""
    kit = host_on(notes(tmp_path / "m"))
    stores = kit.house.stores
    with stores.closing():
        kit.client().get(PAGE)
        pools = [stores.host.engine.pool, stores.own("acme").engine.pool]
        assert any(pool.checkedin() for pool in pools)
    assert [each.engine.pool.checkedin() for each in (stores.host, stores.own("acme"))] == [0, 0]
