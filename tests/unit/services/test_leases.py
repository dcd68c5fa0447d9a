"""The right to run a job: one has it at a time, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from builders.jobs import HANGS, RAISES, WELL, worker

from host.api import ConflictError, NotFoundError
from host.domain.people import command_line
from host.services.jobs import find, list_jobs, look
from host.services.leases import give_back, note_done, note_failed, take, take_now
from host.services.plugins import switch_plugin

MANY = 8
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kit(host_on, tmp_path):
    return host_on(worker(tmp_path))


def planned(kit, job: str = WELL):
    return find(kit.house, "worker", job)


def view(kit, job: str = WELL):
    return next(each for each in list_jobs(kit.house) if each.id == job)


def done(kit, lease, wanted=None) -> None:
    with kit.house.stores.host.writing() as session:
        note_done(session, lease, now=kit.clock(), wanted=wanted)


class TestTaking:
    def test_one_of_many_gets_it(self, kit):
        """However many processes ask at the same moment."""
        start = Barrier(MANY)

        def ask(_: int):
            start.wait()
            return take(kit.house.stores.host, planned(kit), now=kit.clock())

        with ThreadPoolExecutor(MANY) as pool:
            assert len([lease for lease in pool.map(ask, range(MANY)) if lease]) == 1
        assert view(kit).running

    def test_a_job_that_is_not_due_is_nobodys(self, kit):
        """It was done a moment ago, by another parent."""
        done(kit, take(kit.house.stores.host, planned(kit), now=kit.clock()))
        assert take(kit.house.stores.host, planned(kit), now=kit.clock()) is None
        kit.clock.advance(timedelta(seconds=planned(kit).job.every))
        assert take(kit.house.stores.host, planned(kit), now=kit.clock())

    def test_whoever_asks_for_it_by_name_need_not_wait_for_its_time(self, kit):
        """But waits for who runs it, and does not start what is switched off."""
        done(kit, take_now(kit.house, planned(kit)))
        take_now(kit.house, planned(kit))
        with pytest.raises(ConflictError, match="running already"):
            take_now(kit.house, planned(kit))
        switch_plugin(kit.house, "worker", on=False, actor=command_line([]))
        with pytest.raises(ConflictError, match="switched off"):
            take_now(kit.house, planned(kit, RAISES))

    def test_a_lease_runs_out_after_the_jobs_own_time_and_a_minute(self, kit):
        """A machine that is gone gives nothing back."""
        host = kit.house.stores.host
        gone = take(host, planned(kit), now=kit.clock())
        kit.clock.advance(timedelta(seconds=planned(kit).job.timeout) + 0.9 * MINUTE)
        assert take(host, planned(kit), now=kit.clock()) is None
        kit.clock.advance(0.1 * MINUTE)
        assert take(host, planned(kit), now=kit.clock())
        with pytest.raises(ConflictError, match="took it over"):
            done(kit, gone)
        assert not note_failed(host, gone, now=kit.clock(), reason="late")
        give_back(host, gone)
        assert (view(kit).running, view(kit).result) == (True, "")


class TestGivingBack:
    def test_a_job_may_say_when_it_wants_to_run_next(self, kit):
        """Else it is as often as it announced."""
        wanted = kit.clock() + timedelta(days=3)
        done(kit, take_now(kit.house, planned(kit)), wanted)
        assert (view(kit).result, view(kit).next_at) == ("done", wanted)
        done(kit, take_now(kit.house, planned(kit)))
        assert view(kit).next_at == kit.clock() + timedelta(seconds=view(kit).every)

    def test_after_failures_it_waits_longer_each_time_until_it_is_done_once(self, kit):
        """One minute, two, four; then one again."""
        pauses = []
        for _ in range(3):
            note_failed(
                kit.house.stores.host, take_now(kit.house, planned(kit)), now=kit.clock(), reason="No."
            )
            pauses.append((view(kit).next_at - kit.clock()) // MINUTE)
        assert (pauses, view(kit).failures, view(kit).reason) == ([1, 2, 4], 3, "No.")
        done(kit, take_now(kit.house, planned(kit)))
        assert (view(kit).failures, view(kit).reason, view(kit).result) == (0, "", "done")

    def test_what_was_broken_off_is_due_at_once_and_no_failure(self, kit):
        """The host was told to end."""
        done(kit, take_now(kit.house, planned(kit)))
        give_back(kit.house.stores.host, take_now(kit.house, planned(kit)))
        assert (view(kit).running, view(kit).next_at, view(kit).failures) == (False, None, 0)
        assert view(kit).result == "done"

    def test_a_reason_that_no_page_can_carry_is_kept_as_far_as_it_goes(self, kit):
        """It may be anything that a plugin raised."""
        reason = "\ud800" + "x" * 1000
        note_failed(kit.house.stores.host, take_now(kit.house, planned(kit)), now=kit.clock(), reason=reason)
        assert view(kit).reason == "?" + "x" * 499


class TestLooking:
    def looking(self, kit, started, fresh=()):
        jobs = [planned(kit, each) for each in (WELL, RAISES, HANGS)]
        return look(kit.house.stores.host, jobs, now=kit.clock(), started=started, fresh=fresh)

    def test_at_first_everything_is_due(self, kit):
        """There is nothing to wait for."""
        found = self.looking(kit, kit.clock())
        assert [each.job.id for each in found.due] == [WELL, RAISES, HANGS]
        assert found.next_at is None

    def test_what_runs_is_not_due_and_is_looked_at_again_when_its_lease_ends(self, kit):
        """Whoever runs it."""
        take(kit.house.stores.host, planned(kit), now=kit.clock())
        found = self.looking(kit, kit.clock())
        assert [each.job.id for each in found.due] == [RAISES, HANGS]
        assert found.next_at == kit.clock() + timedelta(seconds=planned(kit).job.timeout) + MINUTE

    def test_a_start_makes_due_what_has_not_run_since(self, kit):
        """Once: what another parent has run since then is left alone."""
        for each in (WELL, RAISES, HANGS):
            done(kit, take_now(kit.house, planned(kit, each)))
        kit.clock.advance(MINUTE)
        started = kit.clock()
        every = {("worker", each) for each in (WELL, RAISES, HANGS)}
        done(kit, take_now(kit.house, planned(kit)))
        found = self.looking(kit, started, every)
        assert [each.job.id for each in found.due] == [RAISES, HANGS]
        assert found.fresh == every - {("worker", WELL)}
        assert self.looking(kit, started).due == []

    def test_jobs_of_a_plugin_that_is_switched_off_are_not_due(self, kit):
        """They wait until it is on again."""
        switch_plugin(kit.house, "worker", on=False, actor=command_line([]))
        assert self.looking(kit, kit.clock()).due == []
        assert not view(kit).serving

    def test_a_job_that_is_not_there_is_named_with_those_that_are(self, kit):
        """For whoever mistyped it."""
        with pytest.raises(NotFoundError, match=rf"worker nothing.*worker {WELL}"):
            find(kit.house, "worker", "nothing")
