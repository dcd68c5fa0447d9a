"""Parents that run at the same time are one start of the installation, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from host.domain.jobs import SILENCE
from host.services.house import prepare_host
from host.services.parents import Start, announce, leave
from host.storage.database import Database

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HERE, THERE = os.getppid(), 4711


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    prepare_host(database)
    yield database
    database.close()


def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_first_begins_the_installations_start(database):
    """And goes on to do so, however often it says that it is there."""
    start = Start(pid=HERE, at=NOW)
    assert announce(database, start, now=NOW) == NOW
    assert announce(database, start, now=NOW + HOUR) == NOW


def test_who_comes_while_another_runs_joins_its_start(database):
    """On this machine and on another; also when the first has gone by then."""
    first, second = Start(pid=HERE, at=NOW), Start(pid=os.getpid(), at=NOW + MINUTE)
    third = Start(pid=THERE, at=NOW + 2 * MINUTE, machine="elsewhere")
    assert announce(database, first, now=NOW) == NOW
    assert announce(database, second, now=NOW + MINUTE) == NOW
    leave(database, first)
    assert announce(database, third, now=NOW + 2 * MINUTE) == NOW
    leave(database, second)
    assert announce(database, third, now=NOW + HOUR) == NOW


def test_who_comes_when_nobody_is_left_begins_a_start(database):
    """It was restarted."""
    announce(database, Start(pid=HERE, at=NOW), now=NOW)
    leave(database, Start(pid=HERE, at=NOW))
    assert announce(database, Start(pid=HERE, at=NOW + MINUTE), now=NOW + MINUTE) == NOW + MINUTE


def test_one_that_was_killed_is_known_to_be_gone_on_its_own_machine(database):
    """Nobody has to wait for it; so it is where the next one has the same number, as in a container."""
    announce(database, Start(pid=gone(), at=NOW), now=NOW)
    assert announce(database, Start(pid=HERE, at=NOW + MINUTE), now=NOW + MINUTE) == NOW + MINUTE
    assert announce(database, Start(pid=HERE, at=NOW + HOUR), now=NOW + HOUR) == NOW + HOUR


def test_one_on_another_machine_is_gone_after_a_while_of_silence(database):
    """Three minutes; until then it may be there."""
    announce(database, Start(pid=gone(), at=NOW, machine="elsewhere"), now=NOW)
    early, late = NOW + SILENCE - MINUTE, NOW + SILENCE
    assert announce(database, Start(pid=HERE, at=early), now=early) == NOW
    leave(database, Start(pid=HERE, at=early))
    assert announce(database, Start(pid=HERE, at=late), now=late) == late
