"""What a job does counts as a whole, or not at all; and whoever does it is the host itself."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from builders.jobs import MARKS, RAISES, REFUSES, TABLE, WANTS, WELL, worker
from builders.plugins import vendor

from host.api import Job, Plain, current_host
from host.domain.jobs import SPARE, pause_after
from host.services.jobs import find, list_jobs
from host.services.leases import take_now
from host.web.jobs import run_job

JOB = Job(id="daily", title=Plain("Sweep"), every=86_400)


def notes(kit) -> list[str]:
    with kit.house.stores.host.reading() as session:
        return list(session.scalars(sa.select(TABLE.c.text).order_by(TABLE.c.id)))


class TestDone:
    def test_what_it_wrote_is_kept_with_its_audit_row_and_the_note_that_it_is_done(self, host_on, tmp_path):
        """All in one transaction, by ``system``."""
        kit = host_on(worker(tmp_path))
        view = kit.run_job("worker", WELL)
        assert (view.result, view.reason, view.failures, view.running) == ("done", "", 0, False)
        assert (view.begun_at, view.ended_at) == (kit.clock(), kit.clock())
        assert notes(kit) == [WELL]
        assert [(each.actor, each.plugin, each.action, each.subject) for each in kit.audit()] == [
            ("system", "worker", "note.written", WELL)
        ]

    def test_badges_and_tabs_that_it_changes_are_there_for_everybody(self, host_on, tmp_path):
        """From the next page on."""
        kit = host_on(worker(tmp_path))
        client = kit.client()
        assert "Tab worker more" not in client.get("/").text
        assert kit.run_job("worker", MARKS).result == "done"
        page = client.get("/").text
        assert "Tab worker more" in page
        assert "To do" in page

    def test_it_may_say_when_it_wants_to_run_next(self, host_on, tmp_path):
        """Here in three days."""
        kit = host_on(worker(tmp_path))
        view = kit.run_job("worker", WANTS)
        assert (view.next_at - kit.clock()).days == 3

    def test_it_has_everything_that_a_command_has(self, host_with):
        """Settings, the zone of days, and every permission."""
        seen = []

        def run(job_id):
            host = current_host
            seen.append(
                (job_id, host.actor.user_id, host.actor.full_name, host.installation_timezone, host.locale)
            )
            seen.append((dict(host.settings), host.can("host.plugins.manage"), host.can("worker.view")))

        plugin = vendor("worker", builtin=True, host_jobs=[JOB], host_run_job=run)
        kit = host_with(plugin, environment={"TABHOST_TIMEZONE": "Europe/Oslo", "TABHOST_LANGUAGE": "da"})
        assert kit.run_job("worker", "daily").result == "done"
        assert seen == [("daily", "system", "System", "Europe/Oslo", "da"), ({}, True, False)]


class TestFailed:
    def test_nothing_is_kept_of_one_that_raises_and_the_plugin_is_blamed(self, host_on, tmp_path):
        """In the list of jobs with an error id, and in the ledger with the traceback."""
        kit = host_on(worker(tmp_path))
        view = kit.run_job("worker", RAISES)
        behaviour = kit.house.registry.ledger.behaviour("worker")
        assert view.result == "failed"
        assert view.reason == f"{behaviour.last_error_id}: RuntimeError: kaput"
        assert "kaput" in behaviour.last_trace
        assert (view.failures, view.next_at) == (1, kit.clock() + pause_after(1))
        assert (notes(kit), kit.audit(), behaviour.faults) == ([], [], 1)

    def test_one_that_says_no_is_not_the_plugins_fault(self, host_on, tmp_path):
        """Its sentence stands in the list, and it is tried again."""
        kit = host_on(worker(tmp_path))
        view = kit.run_job("worker", REFUSES)
        assert (view.result, view.reason) == ("failed", "The licence server is busy.")
        assert view.next_at == kit.clock() + pause_after(1)
        assert (notes(kit), kit.house.registry.ledger.behaviour("worker").faults) == ([], 0)

    def test_an_answer_that_is_no_moment_is_a_fault(self, host_with):
        """A time without a zone would mean something else on the next machine."""
        naive = vendor(
            "worker",
            builtin=True,
            host_jobs=[JOB],
            host_run_job=lambda job_id: current_host.clock().replace(tzinfo=None),
        )
        view = host_with(naive).run_job("worker", "daily")
        assert view.result == "failed"
        assert "expected an aware datetime" in view.reason

    def test_nothing_is_kept_of_one_whose_lease_somebody_else_has_by_now(self, host_on, tmp_path):
        """A machine that slept for an hour would do the same thing twice."""
        kit = host_on(worker(tmp_path))
        planned = find(kit.house, "worker", WELL)
        late = take_now(kit.house, planned)
        kit.clock.advance(timedelta(seconds=planned.job.timeout) + SPARE)
        take_now(kit.house, planned)
        run_job(kit.house, late)
        assert (notes(kit), kit.audit()) == ([], [])

    def test_a_plugin_that_does_not_serve_any_more_is_told(self, host_on, tmp_path):
        """It was updated, and is rejected now."""
        kit = host_on(worker(tmp_path))
        lease = take_now(kit.house, find(kit.house, "worker", WELL))
        plugins = kit.house.registry.plugins
        kit.house.registry.fill([])
        run_job(kit.house, lease)
        kit.house.registry.fill(plugins)
        view = next(each for each in list_jobs(kit.house) if each.id == WELL)
        assert (view.result, view.reason) == ("failed", "worker does not serve.")
