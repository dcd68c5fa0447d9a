"""The process of jobs of ``tabhost serve``: what is due is done, once, whatever other jobs do."""

from __future__ import annotations

import json
import os
import signal

import pytest
from builders.jobs import (
    EXITS,
    HANGS,
    MARKS,
    RAISES,
    WELL,
    alive,
    eventually,
    keeping,
    runs,
    worker,
)

from host.services.jobs import list_jobs
from host.storage.database import Database
from host.storage.jobs import parents
from host.testing import make_host

LONG = 20.0
"""Seconds until something that should come by itself counts as lost: the machine may be busy."""


@pytest.fixture
def views(database_url, tmp_path):
    """The jobs as another process sees them."""
    kit = make_host(tmp_path / "looking", [worker(tmp_path)], database_url=database_url)
    yield lambda: {each.id: each for each in list_jobs(kit.house)}
    kit.close()


def test_a_start_has_every_job_done_whatever_becomes_of_the_others(database_url, tmp_path, views):
    """One raises, one hangs until its time is over, one ends its process; each is noted, and waits."""
    with keeping(tmp_path, database_url, HANGS, RAISES, EXITS, WELL, MARKS) as [kept]:
        eventually(
            lambda: all(views()[each].result for each in (HANGS, RAISES, EXITS, WELL, MARKS)), within=LONG
        )
        found = views()
        assert sorted(runs(tmp_path)) == sorted([HANGS, RAISES, EXITS, WELL, MARKS])
        assert [found[each].result for each in (HANGS, RAISES, EXITS, WELL, MARKS)] == [
            "failed", "failed", "failed", "done", "done",
        ]  # fmt: skip
        assert found[HANGS].reason == "It was not over within 2 s, and was ended."
        assert found[RAISES].reason.endswith("RuntimeError: kaput")
        assert found[EXITS].reason == "Its process ended with exit status 3."
        eventually(lambda: not kept.children())
        assert sum(_faults(kept)) == 3
    said = kept.said.read_text()
    assert "RuntimeError: kaput" in said
    assert "the job worker hangs failed. It was not over within 2 s, and was ended." in said


def known_parents(database_url):
    """How many parents say that they run."""
    database = Database(database_url)
    try:
        with database.reading() as session:
            return len(parents(session))
    finally:
        database.close()


def test_two_parents_on_one_database_have_a_job_done_once(database_url, tmp_path, views):
    """They start at the same moment; the lease decides."""
    with keeping(tmp_path, database_url, WELL, MARKS, count=2) as kept:
        eventually(
            lambda: known_parents(database_url) == 2, within=LONG
        )  # else the second may be a later start
        eventually(lambda: all(views()[each].result == "done" for each in (WELL, MARKS)), within=LONG)
        for each in kept:
            eventually(lambda each=each: not each.children(), within=LONG)
            each.end()
    assert sorted(runs(tmp_path)) == [MARKS, WELL]


def test_the_next_start_has_them_done_again_and_a_new_process_of_jobs_does_not(database_url, tmp_path, views):
    """A start is one of the whole host."""
    with keeping(tmp_path, database_url, WELL) as [kept]:
        eventually(lambda: views()[WELL].result, within=LONG)
        first = kept.clerk
        os.kill(first, signal.SIGKILL)
        eventually(lambda: kept.clerk not in {0, first}, within=LONG)
        kept.end()
        assert runs(tmp_path) == [WELL]
    (tmp_path / "again").mkdir()
    with keeping(tmp_path / "again", database_url, WELL):
        eventually(lambda: runs(tmp_path / "again") == [WELL], within=LONG)


def test_sigterm_ends_a_job_under_way_within_the_time_of_grace(database_url, tmp_path, views):
    """Though it ignores signals; it is due again, and that is no failure."""
    with keeping(tmp_path, database_url, HANGS) as [kept]:
        eventually(lambda: runs(tmp_path) == [HANGS], within=LONG)
        pids = [kept.clerk, *kept.children()]
        kept.end()  # the job itself would never
        assert not any(alive(pid) for pid in pids)
    view = views()[HANGS]
    assert (view.running, view.result, view.failures, view.next_at) == (False, "", 0, None)


def test_a_job_ends_with_a_process_of_jobs_that_is_killed(database_url, tmp_path):
    """Nobody is left who runs what somebody else takes over."""
    with keeping(tmp_path, database_url, HANGS) as [kept]:
        eventually(lambda: runs(tmp_path) == [HANGS], within=LONG)
        children = kept.children()
        os.kill(kept.clerk, signal.SIGKILL)
        eventually(lambda: not any(alive(pid) for pid in children))


def _faults(kept) -> list[int]:
    """What the ledgers of this start have noted of the plugin."""
    leaves = [json.loads(each.read_text()) for each in kept.folder.glob("worker-*.json")]
    return [leaf["plugins"]["worker"]["faults"] for leaf in leaves if "worker" in leaf["plugins"]]
