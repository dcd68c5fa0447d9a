"""``tabhost jobs``: what plugins want done by the clock, how it went, and doing it now."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from host.engine.runner.children import bury
from host.services.house import House
from host.services.jobs import JobView, find, list_jobs
from host.services.leases import Lease, give_back, note_failed, take_now

from .context import Context, pass_context
from .errands import begin, run_in_time

TICK = 0.02


@click.group()
def jobs() -> None:
    """Look after what is done by the clock."""


@jobs.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the jobs: how each went when it last ran, and when it runs next."""
    views = list_jobs(context.house)
    if as_json:
        rows = [{name: _plain(value) for name, value in asdict(each).items()} for each in views]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max([len(f"{each.plugin} {each.id}") for each in views], default=0)
    for each in views:
        click.echo(f"{f'{each.plugin} {each.id}':<{width}}  {_told(context.house, each)}")
        if each.reason:
            click.echo(f"{'':<{width}}  {each.reason}")


@jobs.command(name="run")
@click.argument("plugin")
@click.argument("job")
@pass_context
def run_(context: Context, plugin: str, job: str) -> None:
    """Do the JOB of a PLUGIN now, whether it is due or not.

    `tabhost serve` does so by itself. Under another web server nobody does: have cron run this.
    """
    house = context.house
    _run_apart(house, take_now(house, find(house, plugin, job)))
    (view,) = (each for each in list_jobs(house) if (each.plugin, each.id) == (plugin, job))
    if view.reason:
        raise click.ClickException(f"the job {plugin} {job} failed. {view.reason}")
    click.echo(f"{plugin} {job}: {_told(house, view)}")


def _run_apart(house: House, lease: Lease) -> None:
    """Do it in a child, and wait for that."""
    house.stores.close()  # no connection may be shared with the child; they open again by themselves
    errand = begin(lease, lambda: run_in_time(house, lease))
    try:
        while not (ended := bury(errand.pid)):
            if errand.late:
                errand.end()
                note_failed(house.stores.host, lease, now=house.clock(), reason=errand.overdue)
                return
            time.sleep(TICK)
    except BaseException:
        errand.end()
        give_back(house.stores.host, lease)
        raise
    if not ended.clean:
        note_failed(house.stores.host, lease, now=house.clock(), reason=errand.reason(ended))


def _told(house: House, view: JobView) -> str:
    """How a job stands, in a line."""
    if view.running:
        return f"running since {_local(house, view.begun_at)}"
    how = f"{view.result} {_local(house, view.ended_at)}" if view.result else "never ran"
    if not view.serving:
        return f"{how}; its plugin is switched off"
    return f"{how}; next {_local(house, view.next_at) if view.next_at else 'at once'}"


def _local(house: House, moment: datetime | None) -> str:
    return f"{moment.astimezone(ZoneInfo(house.timezone)):%Y-%m-%d %H:%M:%S}" if moment else ""


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
