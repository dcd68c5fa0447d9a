"""On PostgreSQL a third party's store belongs to a role that may do nothing else."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from host.domain.errors import ConfigurationError
from host.services.house import prepare_host
from host.storage.database import Database
from host.storage.roles import Timeouts, prepare_role, role_of
from host.storage.stores import Stores

pytestmark = pytest.mark.postgresql
QUICK = Timeouts(statement=20, lock=3, idle=7)
# A range's second type and what makes its values stay whose they were, and are dropped with the range.
OWNERS = """
select distinct pg_get_userbyid(owner) from (
  select relowner from pg_class where relnamespace = 'tabhost_acme'::regnamespace
  union all select typowner from pg_type where typnamespace = 'tabhost_acme'::regnamespace
    and typname not like '%multirange'
  union all select proowner from pg_proc where pronamespace = 'tabhost_acme'::regnamespace
    and proname not like 'span%'
  union all select nspowner from pg_namespace where nspname = 'tabhost_acme') _ (owner)
"""
EARLIER = [
    'create schema "tabhost_acme"',
    "set local search_path = tabhost_acme",
    "create type mood as enum ('good', 'bad')",
    "create type pair as (a integer, b text)",
    "create domain short as varchar(8)",
    "create type span as range (subtype = float8)",
    'create table "acme_Note: 100 %" (id serial primary key, n integer generated always as identity, m mood)',
    "create table acme_part (id integer, text varchar(80)) partition by range (id)",
    "create table acme_part_one partition of acme_part for values from (0) to (10)",
    "insert into acme_part values (1, 'milk')",
    "create index acme_text on acme_part (text)",
    "create view acme_seen as select text from acme_part",
    "create materialized view acme_kept as select text from acme_part",
    "create sequence acme_number",
    "create function acme_two() returns integer language sql as 'select 2'",
]


@pytest.fixture(params=["superuser", "createrole"])
def host(request, cluster) -> Iterator[Database]:
    """The host's database, opened by a superuser, and by one that may just make roles."""
    with cluster.database() as url:
        name, user = make_url(url).database, "postgres"
        if request.param == "createrole":
            user = f"keeper_{name}"
            say(url, f"create role {user} login createrole", f"alter database {name} owner to {user}")
        with closing(Database(url.replace("postgres@", f"{user}@"))) as database:
            prepare_host(database)
            yield database


@pytest.fixture
def open_store() -> Iterator[object]:
    """Open addresses, and close everything at the end."""
    opened: list[Database] = []

    def open_(url: str) -> Database:
        opened.append(Database(url, schema="tabhost_acme"))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def say(url: str, *statements: str) -> None:
    with closing(Database(url)) as database, database.connecting() as connection:
        for each in statements:
            connection.exec_driver_sql(each, execution_options={"no_parameters": True})


def ask(database: Database, query: str) -> object:
    with database.reading() as session:
        return session.scalar(sa.text(query))


def attributes(host: Database) -> dict[str, object]:
    with host.reading() as session:
        role = role_of("acme", host.engine.url.database)
        query = sa.text("select * from pg_roles where rolname = :role").bindparams(role=role)
        return dict(session.execute(query).mappings().one())


class TestWhatARoleIs:
    def test_it_signs_in_to_its_own_schema_with_its_timeouts(self, host, open_store):
        """Whatever the address says beside it."""
        url = prepare_role(host, "acme", QUICK)
        store = open_store(url)
        assert ask(store, "select current_user") == role_of("acme", host.engine.url.database)
        bare = Database(url)
        assert ask(bare, "select current_schema()") == "tabhost_acme"
        bare.close()
        assert ask(store, "show statement_timeout") == "20s"
        assert ask(store, "show lock_timeout") == "3s"
        assert ask(store, "show idle_in_transaction_session_timeout") == "7s"

    def test_it_may_sign_in_and_nothing_else(self, host):
        """No power over the server, and so many connections."""
        prepare_role(host, "acme", QUICK)
        found = attributes(host)
        powers = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")
        assert [found[each] for each in powers] == [False] * 5
        assert (found["rolcanlogin"], found["rolconnlimit"]) == (True, 20)

    def test_its_name_is_short_enough_and_the_databases_own(self):
        """Roles are the whole server's: another installation has others."""
        longest = role_of("a" * 40, "x" * 63)
        assert len(longest) <= 63
        assert longest != role_of("a" * 40, "y" * 63)

    def test_its_password_is_kept_and_long(self, host):
        """The next process is given the same."""
        url = prepare_role(host, "acme", QUICK)
        assert prepare_role(host, "acme", QUICK) == url
        assert ask(host, "select password from host_store_role") == make_url(url).password
        assert len(make_url(url).password) >= 32

    def test_a_server_that_asks_for_the_password_takes_it_and_no_other(self, host, cluster):
        """The test server trusts everybody: for this role it is told not to."""
        url = prepare_role(host, "acme", QUICK)
        rules = cluster.folder / "data" / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f"local all {role_of('acme', host.engine.url.database)} scram-sha-256\n{before}")
        superuser = cluster.url("postgres")
        try:
            say(superuser, "select pg_reload_conf()")
            wrong = make_url(url).set(password="wrong").render_as_string(hide_password=False)
            ends = time.monotonic() + 10
            while _signs_in(wrong):
                assert time.monotonic() < ends, "the server still trusts everybody"
            assert _signs_in(url)
        finally:
            rules.write_text(before)
            say(superuser, "select pg_reload_conf()")


def _signs_in(url: str) -> bool:
    with closing(Database(url)) as database, contextlib.suppress(sa.exc.OperationalError):
        return ask(database, "select 1") == 1
    return False


class TestWhatARoleCannotDo:
    @pytest.mark.parametrize(
        "statement",
        [
            "select * from {table}",
            "insert into {table} select * from {table}",
            "delete from {table}",
            "lock table {table} in access share mode",
            "drop table {table}",
            "create trigger t before insert on {table} execute function pg_notify('a', 'b')",
        ],
    )
    def test_nothing_of_the_hosts_can_be_reached(self, host, open_store, statement):
        """Not by its full name either."""
        store = open_store(prepare_role(host, "acme", QUICK))
        with host.connecting() as connection:
            tables = [each for each in sa.inspect(connection).get_table_names() if each.startswith("host_")]
        for table in tables:
            with (
                pytest.raises(sa.exc.ProgrammingError, match=r"denied|owner|syntax"),
                store.writing() as session,
            ):
                session.execute(sa.text(statement.format(table=f"public.{table}")))

    @pytest.mark.parametrize(
        "statement",
        [
            "select * from tabhost_other.other_note",
            "create table tabhost_other.mine (id integer)",
            "create schema mine",
            "create role mine",
            "set role {host}",
            "alter role {host} password 'x'",
            "grant {host} to current_user",
        ],
    )
    def test_nothing_of_anothers_can_be_reached(self, host, open_store, statement):
        """Another plugin's tables, or the host's own user."""
        prepare_role(host, "other", QUICK)
        store = open_store(prepare_role(host, "acme", QUICK))
        said = statement.format(host=host.engine.url.username)
        with pytest.raises(sa.exc.DBAPIError, match=r"denied|must"), store.writing() as session:
            session.execute(sa.text(said))


class TestMending:
    def test_a_schema_of_an_earlier_version_is_handed_over_with_all_that_is_in_it(self, host, open_store):
        """It was the host's; its rows stay, and the plugin can change its tables from now on."""
        say(host.url, *EARLIER)
        role = role_of("acme", host.engine.url.database)
        store = open_store(prepare_role(host, "acme", QUICK))
        with host.reading() as session:
            assert session.scalars(sa.text(OWNERS)).all() == [role]
        assert ask(store, "select text from acme_seen") == "milk"
        with store.writing() as session:
            session.execute(sa.text("alter table acme_part add column more integer"))
            session.execute(sa.text("select nextval('acme_number')"))
            session.execute(sa.text("drop function acme_two()"))

    def test_what_was_changed_by_hand_is_put_right(self, host, cluster, open_store):
        """Powers it was given, settings it lost, a password nobody knows."""
        url = prepare_role(host, "acme", QUICK)
        role, name = role_of("acme", host.engine.url.database), host.engine.url.database
        say(
            cluster.url(name),
            f"alter role {role} createrole nologin connection limit 3 password null",
            f"alter role {role} in database {name} reset all",
        )
        before = attributes(host)
        assert (before["rolcreaterole"], before["rolcanlogin"]) == (True, False)
        assert prepare_role(host, "acme", QUICK) == url
        after = attributes(host)
        assert (after["rolcreaterole"], after["rolcanlogin"], after["rolconnlimit"]) == (False, True, 20)
        assert ask(open_store(url), "show lock_timeout") == "3s"

    def test_a_dump_that_was_restored_elsewhere_makes_its_roles_again(self, host, cluster, open_store):
        """The row is there, the role is not."""
        url = prepare_role(host, "acme", QUICK)
        role = role_of("acme", host.engine.url.database)
        say(cluster.url(host.engine.url.database), f"drop owned by {role}", f"drop role {role}")
        assert prepare_role(host, "acme", QUICK) == url
        assert ask(open_store(url), "select current_schema()") == "tabhost_acme"

    def test_many_at_once_make_one(self, host):
        """Every worker of every machine does it as it starts; nobody fails."""
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(lambda _: prepare_role(host, "acme", QUICK), range(16)))
        assert len(found) == 1

    def test_a_database_that_not_everybody_may_enter_lets_the_role_in(self, host, cluster, open_store):
        """Only where it has to be said."""
        name = host.engine.url.database
        keeper = host.engine.url.username
        say(cluster.url(name), f"revoke connect on database {name} from public")
        say(cluster.url(name), f"grant connect on database {name} to {keeper} with grant option")
        assert ask(open_store(prepare_role(host, "acme", QUICK)), "select 1") == 1


class TestAUserThatMayNot:
    @pytest.fixture(params=["", "createrole"])
    def weak(self, request, cluster) -> Iterator[Database]:
        """A host's user without the right to make roles, or without the right to make schemas."""
        with cluster.database() as url:
            name = make_url(url).database
            say(
                url,
                f"create role weak_{name} login {request.param}",
                f"grant all on schema public to weak_{name}",
            )
            with closing(Database(url.replace("postgres@", f"weak_{name}@"))) as database:
                prepare_host(database)
                yield database

    def test_the_operator_reads_what_to_grant(self, weak):
        """And that another setting does not help; nothing is left half made."""
        user, name = weak.engine.url.username, weak.engine.url.database
        with pytest.raises(ConfigurationError) as caught:
            prepare_role(weak, "acme", QUICK)
        said = str(caught.value)
        assert f'ALTER ROLE "{user}" CREATEROLE' in said
        assert f'GRANT CREATE ON DATABASE "{name}"' in said
        assert "TABHOST_ISOLATION" in said
        assert "permission denied" in said
        assert (
            ask(
                weak,
                "select count(*) from pg_roles where rolname like 'tabhost_acme_%' "
                f"and rolname = '{role_of('acme', name)}'",
            )
            == 0
        )


def test_an_address_can_be_had_without_anything_being_opened(host, tmp_path):
    """For a runner: the role is there, the tables are not touched."""
    with closing(Stores(host, tmp_path)) as stores:
        address = stores.store_address("acme")
        assert address.schema == "tabhost_acme"
        assert make_url(address.url).password not in repr(address)
        assert (
            ask(host, "select count(*) from pg_class where relnamespace = 'tabhost_acme'::regnamespace") == 0
        )
