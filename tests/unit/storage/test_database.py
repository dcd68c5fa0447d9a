"""Sessions behave alike on SQLite and PostgreSQL: writers lose nothing, readers see one moment."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from host.domain.errors import ConfigurationError
from host.storage.base import UtcDateTime
from host.storage.database import Database

COUNTERS = sa.Table(
    "counter", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
)
NAIVE = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - what a naive time does is the question
MOMENTS = UtcDateTime()
N = sa.select(COUNTERS.c.n)


@pytest.fixture
def counter(empty: Database) -> Database:
    """A database with one counter at nought."""
    with empty.connecting() as connection:
        COUNTERS.metadata.create_all(connection)
        connection.execute(sa.insert(COUNTERS).values(id=1, n=0))
    return empty


class TestWriters:
    def test_nothing_is_lost_between_writers_that_read_first(self, counter):
        """Eight threads, twenty-five steps each: read, add one, write.

        SQLite's writers queue; PostgreSQL's go side by side, and what is read to be written is locked.
        """

        def work(_: int) -> None:
            for _ in range(25):
                with counter.writing() as session:
                    n = session.scalar(N.with_for_update())
                    session.execute(sa.update(COUNTERS).values(n=n + 1))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        with counter.reading() as session:
            assert session.scalar(N) == 200

    def test_a_block_that_raises_leaves_nothing(self, counter):
        """Whatever was written in it."""

        def failing() -> None:
            with counter.writing() as session:
                session.execute(sa.update(COUNTERS).values(n=7))
                raise ValueError("stop")

        with pytest.raises(ValueError, match="stop"):
            failing()
        with counter.reading() as session:
            assert session.scalar(N) == 0

    def test_bare_connections_keep_or_leave_everything_too(self, counter):
        """Migrations run on one; tables are part of the transaction on both databases."""

        def failing() -> None:
            with counter.connecting() as connection:
                connection.execute(sa.text("create table other (id integer)"))
                raise ValueError("stop")

        with pytest.raises(ValueError, match="stop"):
            failing()
        with counter.connecting() as connection:
            assert sa.inspect(connection).get_table_names() == ["counter"]


class TestReaders:
    def test_nothing_that_a_reader_writes_is_kept(self, counter):
        """It may try: at its end everything is taken back."""
        try:
            with counter.reading() as session:
                session.execute(sa.update(COUNTERS).values(n=7))
        except sa.exc.DBAPIError:
            pass  # a database that refuses at once is just as good
        with counter.reading() as session:
            assert session.scalar(N) == 0

    def test_a_reader_does_not_wait_for_a_writer(self, counter):
        """It sees what was there before."""
        inside, done = threading.Event(), threading.Event()

        def write() -> None:
            with counter.writing() as session:
                session.execute(sa.update(COUNTERS).values(n=7))
                inside.set()
                assert done.wait(10)

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            assert inside.wait(10)
            with counter.reading() as session:
                assert session.scalar(N) == 0
            done.set()
            writing.result()
        with counter.reading() as session:
            assert session.scalar(N) == 7

    def test_a_reader_sees_one_moment(self, counter):
        """Two numbers on one page never contradict each other."""
        with counter.reading() as session:
            first = session.scalar(N)
            with counter.writing() as other:
                other.execute(sa.update(COUNTERS).values(n=7))
            assert session.scalar(N) == first


class TestGlances:
    """What is asked past SQLAlchemy, which every request does once."""

    def test_a_glance_sees_what_was_kept_last_and_nothing_else(self, counter):
        question = "SELECT id, n FROM counter"
        with counter.writing() as session:
            session.execute(sa.update(COUNTERS).values(n=1))
            assert counter.glance(question) == [(1, 0)]
        assert counter.glance(question) == [(1, 1)]

    def test_a_glance_that_fails_costs_no_connection(self, counter):
        for _ in range(60):  # more than the pool has
            with pytest.raises(counter.engine.dialect.dbapi.Error):
                counter.glance("SELECT n FROM nowhere")
        assert counter.glance("SELECT n FROM counter") == [(0,)]
        assert counter.engine.pool.checkedout() == 0

    def test_a_glance_leaves_nothing_begun_to_the_next_session(self, counter):
        counter.glance("SELECT n FROM counter")
        with counter.writing() as session:
            session.execute(sa.update(COUNTERS).values(n=2))
        with counter.reading() as session:
            assert session.scalar(N) == 2


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "nonsense",
            "",
            "mysql://localhost/tabhost",
            "sqlite://",
            "sqlite:///:memory:",
            "postgresql://localhost:port/tabhost",
        ],
    )
    def test_an_address_that_cannot_be_used_names_the_variable(self, url):
        """And says what was expected."""
        with pytest.raises(ConfigurationError, match=r"TABHOST_DATABASE_URL.*(sqlite|postgresql)"):
            Database(url)

    def test_a_password_in_an_address_that_cannot_be_read_is_not_shown(self):
        """The message ends up on screens and in logs."""
        with pytest.raises(ConfigurationError) as caught:
            Database("oracle://somebody:secret@localhost/x")
        assert "secret" not in str(caught.value)

    def test_the_folder_of_the_file_is_made(self, tmp_path):
        """A fresh machine has none."""
        database = Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'c.db'}")
        with database.connecting():
            pass
        database.close()
        assert (tmp_path / "a" / "b" / "c.db").is_file()

    def test_sqlite_is_set_up_for_many_threads_and_for_a_power_cut(self, tmp_path):
        """Readers beside a writer, waiting instead of failing, and foreign keys that count."""
        database = Database(f"sqlite:///{tmp_path / 'a.db'}")
        with database.reading() as session:
            found = {
                name: session.scalar(sa.text(f"pragma {name}"))
                for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
            }
        database.close()
        assert found == {"journal_mode": "wal", "busy_timeout": 10_000, "foreign_keys": 1, "synchronous": 2}


class TestMoments:
    @settings(max_examples=50, deadline=None)
    @given(
        moment=st.datetimes(min_value=NAIVE.replace(year=1900), max_value=NAIVE.replace(year=2100)),
        minutes=st.integers(-14 * 60, 14 * 60),
        forgets=st.booleans(),
    )
    def test_a_moment_comes_back_as_the_same_moment_in_utc(self, moment, minutes, forgets):
        """From whatever zone, and whether the database keeps the zone or forgets it."""
        aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
        stored = MOMENTS.process_bind_param(aware, None)
        back = MOMENTS.process_result_value(stored.replace(tzinfo=None) if forgets else stored, None)
        assert back == aware
        assert back.tzinfo is UTC

    def test_a_time_without_a_zone_is_refused(self):
        """It would mean something else on the next machine."""
        with pytest.raises(ValueError, match="without a zone"):
            MOMENTS.process_bind_param(NAIVE, None)

    def test_nothing_stays_nothing(self):
        """Both ways."""
        assert MOMENTS.process_bind_param(None, None) is None
        assert MOMENTS.process_result_value(None, None) is None


def test_a_file_that_is_made_is_its_owners_alone(tmp_path):
    """It holds hashes of passwords, and other accounts of the machine have no business in it."""
    path = tmp_path / "data" / "tabhost.db"
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        session.execute(sa.text("create table one (n integer)"))
        beside = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    database.close()
    assert set(beside.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
