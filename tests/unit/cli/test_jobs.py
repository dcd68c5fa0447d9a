"""``tabhost jobs``: what is done by the clock, how it went, and doing it now."""

from __future__ import annotations

import json

import pytest
from builders.jobs import EXITS, HANGS, RAISES, REFUSES, TABLE, WELL, runs, worker
from click.testing import CliRunner, Result
from sqlalchemy import select

from host.cli.context import Context
from host.cli.main import root
from host.domain.people import command_line
from host.services.jobs import find
from host.services.leases import take_now
from host.services.plugins import switch_plugin


@pytest.fixture
def kit(host_on, tmp_path):
    return host_on(worker(tmp_path))


@pytest.fixture
def jobs(kit):
    """Run ``tabhost jobs …`` on the house of the kit."""
    context = Context(settings=kit.settings, borrowed=True)
    context.take(kit.house)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(root, ["jobs", *arguments], obj=context)

    return run


def listed(jobs, job: str) -> dict:
    return next(each for each in json.loads(jobs("list", "--json").stdout) if each["id"] == job)


class TestList:
    def test_json_tells_of_each_job_how_it_went_and_when_it_runs_next(self, kit, jobs):
        """One that never ran too."""
        assert jobs("run", "worker", WELL).exit_code == 0
        well, never = listed(jobs, WELL), listed(jobs, RAISES)
        assert {key: well[key] for key in ("plugin", "title", "every", "timeout", "serving", "running")} == {
            "plugin": "worker", "title": "Job well", "every": 3600, "timeout": 2, "serving": True,
            "running": False,
        }  # fmt: skip
        assert [well[key] for key in ("begun_at", "ended_at", "next_at", "result", "reason", "failures")] == [
            "2026-11-24T12:00:00+00:00", "2026-11-24T12:00:00+00:00", "2026-11-24T13:00:00+00:00",
            "done", "", 0,
        ]  # fmt: skip
        assert [never[key] for key in ("begun_at", "ended_at", "next_at", "result")] == [None, None, None, ""]

    def test_for_people_each_job_is_a_line_with_its_reason_below(self, kit, jobs):
        """In the installation's zone."""
        jobs("run", "worker", WELL)
        jobs("run", "worker", REFUSES)
        take_now(kit.house, find(kit.house, "worker", HANGS))
        lines = [line.strip() for line in jobs("list").stdout.splitlines()]
        assert "worker well     done 2026-11-24 12:00:00; next 2026-11-24 13:00:00" in lines
        assert "worker hangs    running since 2026-11-24 12:00:00" in lines
        assert "worker raises   never ran; next at once" in lines
        place = lines.index("worker refuses  failed 2026-11-24 12:00:00; next 2026-11-24 12:01:00")
        assert lines[place + 1] == "The licence server is busy."
        switch_plugin(kit.house, "worker", on=False, actor=command_line([]))
        assert "never ran; its plugin is switched off" in jobs("list").stdout


class TestRun:
    def test_a_job_is_done_now_though_it_is_not_due(self, kit, jobs, tmp_path):
        """And what it wrote is kept."""
        for _ in range(2):
            outcome = jobs("run", "worker", WELL)
            assert (outcome.exit_code, outcome.stdout) == (
                0, "worker well: done 2026-11-24 12:00:00; next 2026-11-24 13:00:00\n",
            )  # fmt: skip
        with kit.house.stores.host.reading() as session:
            assert list(session.scalars(select(TABLE.c.text))) == [WELL, WELL]

    @pytest.mark.parametrize(
        ("job", "told"),
        [
            (RAISES, "RuntimeError: kaput"),
            (REFUSES, "The licence server is busy."),
            (HANGS, "It was not over within 2 s, and was ended."),
            (EXITS, "Its process ended with exit status 3."),
        ],
    )
    def test_one_that_comes_to_nothing_is_told_and_noted(self, kit, jobs, job, told):
        """Exit status 1, whatever happened to its process."""
        outcome = jobs("run", "worker", job)
        assert outcome.exit_code == 1
        assert told in outcome.stderr
        assert (listed(jobs, job)["result"], listed(jobs, job)["running"]) == ("failed", False)
        assert told in listed(jobs, job)["reason"]
        with kit.house.stores.host.reading() as session:
            assert list(session.scalars(select(TABLE.c.text))) == []

    def test_one_that_runs_already_is_not_begun_again(self, kit, jobs, tmp_path):
        """By `tabhost serve`, or by another cron."""
        take_now(kit.house, find(kit.house, "worker", WELL))
        outcome = jobs("run", "worker", WELL)
        assert "running already" in str(outcome.exception)
        assert runs(tmp_path) == []

    def test_a_job_that_is_not_there_is_named(self, tabhost):
        """With exit status 2 and one line."""
        assert tabhost("jobs", "run", "status_tab", "nothing").is_one_line("status_tab nothing")
