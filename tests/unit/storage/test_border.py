"""A third party that hangs with a transaction open keeps nobody waiting but itself."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from host.domain.audit import AuditEntry
from host.services.house import prepare_host
from host.storage.database import Database
from host.storage.outbox import add_to_outbox, take_outbox
from host.storage.records import add_audit, audit_log
from host.storage.roles import Timeouts
from host.storage.stores import RunnerStores, StoreAddress, Stores

ENTRY = AuditEntry(datetime(2026, 11, 24, 12, tzinfo=UTC), "KAAN", "acme", "note.written", "milk")

HANGING = """
import sys, sqlalchemy as sa
from host.storage.stores import RunnerStores
url, schema, how = sys.argv[1:]
store = RunnerStores("acme", url, schema or None).own("acme")
if how == "request":
    session = store.session(writes=True)
    session.execute(sa.text("insert into acme_note values (1)"))
    session.execute(sa.text("update acme_note set id = id"))
else:
    turn = store.connecting()
    connection = turn.__enter__()
    connection.execute(sa.text("create table acme_more (id integer)"))
print("hanging", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def stores(database, tmp_path) -> Iterator[Stores]:
    """An installation with two third parties that have tables."""
    with Stores(database, tmp_path / "plugins").closing() as stores:
        for plugin in ("acme", "other"):
            with stores.own(plugin).connecting() as connection:
                connection.execute(sa.text(f"create table {plugin}_note (id integer)"))
        yield stores


def hang(address: StoreAddress, how: str) -> subprocess.Popen[str]:
    """A process that holds a transaction on acme's store until it is ended."""
    command = [sys.executable, "-c", HANGING, address.url, address.schema or "", how]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "hanging\n"
    return process


@pytest.fixture(params=["request", "migration"])
def hanging(request, stores) -> Iterator[None]:
    """A process of acme's that holds what it wrote, in a request or in a migration."""
    with hang(stores.store_address("acme"), request.param) as process:
        yield
        assert process.poll() is None, "it hung to the end"
        process.kill()


def holds(stores: Stores) -> bool:
    """Whether the transaction of the hanging process is still open."""
    if stores.host.is_sqlite:
        path = make_url(stores.store_address("acme").url).database
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("begin immediate")
            except sqlite3.OperationalError as error:
                return "locked" in str(error)
            return False
    hanging = "select 1 from pg_stat_activity where state = 'idle in transaction' and usename = :role"
    with stores.host.reading() as session:
        role = make_url(stores.store_address("acme").url).username
        return session.scalar(sa.text(hanging), {"role": role}) == 1


def host_writes(stores: Stores) -> None:
    with stores.host.writing() as session:
        add_audit(session, ENTRY)


def other_writes(stores: Stores) -> None:
    with stores.own("other").writing() as session:
        session.execute(sa.text("insert into other_note values (1)"))
        add_to_outbox(session, ENTRY)
    stores.deliver("other")


def host_migrates(stores: Stores) -> None:
    prepare_host(stores.host)


def other_migrates(stores: Stores) -> None:
    with stores.own("other").connecting() as connection:
        connection.execute(sa.text("create table other_more (id integer)"))


def runner_starts(stores: Stores) -> None:
    Stores(stores.host, stores._folder).store_address("acme")


WORK = [host_writes, other_writes, host_migrates, other_migrates, runner_starts]


@pytest.mark.usefixtures("hanging")
def test_nobody_else_waits(stores):
    """The host's writers, another plugin's, and both their migrations."""
    for work in WORK:
        work(stores)
        assert holds(stores), f"{work.__name__} was done when nobody hung any more"
    with stores.host.reading() as session:
        assert {each.plugin for each in audit_log(session)} == {"acme", "other"}


@pytest.mark.usefixtures("hanging")
def test_the_plugins_own_readers_do_not_wait_either(stores):
    """They see what was there before."""
    with stores.own("acme").reading() as session:
        assert session.scalar(sa.text("select count(*) from acme_note")) == 0
    assert take_outbox(stores.own("acme")) == []
    assert holds(stores)


@pytest.mark.postgresql
def test_on_postgresql_the_server_ends_it(cluster, tmp_path):
    """What it held is free again, and what it wrote is undone; its pool serves the next one."""
    with cluster.database() as url:
        host = Database(url)
        prepare_host(host)
        stores = Stores(host, tmp_path, Timeouts(idle=0.3))
        address = stores.store_address("acme")
        runner = RunnerStores("acme", address.url, address.schema)
        store = runner.own("acme")
        with store.connecting() as connection:
            connection.execute(sa.text("create table acme_note (id integer)"))
        with store.session(writes=True) as session:  # hangs within it
            session.execute(sa.text("insert into acme_note values (1)"))
            time.sleep(1)
            with pytest.raises(sa.exc.DBAPIError, match=r"idle-in-transaction|closed"):
                session.execute(sa.text("insert into acme_note values (2)"))
        with store.writing() as session:
            assert session.scalar(sa.text("select count(*) from acme_note")) == 0
        runner.close()
        stores.close()
