"""Doing a job of a plugin: with `current_host`, in one transaction that also says that it is done."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from host.api.errors import TabhostError
from host.api.runtime import serving
from host.domain.audit import coming_from
from host.domain.errors import PluginFault
from host.domain.people import host_itself
from host.engine.guard import guarded
from host.engine.plugin import Plugin
from host.services.house import House
from host.services.leases import Lease, note_done, note_failed
from host.services.own_jobs import OWNER, run_own
from host.services.scope import Scope
from host.services.settling import settle

from .owners import make_renderers
from .ways import host_here, opening_in


@coming_from("job")
def run_job(house: House, lease: Lease) -> None:
    """Do a job, and note in the database and in the ledger how it went, whatever the plugin raises.

    Args:
        house: The house.
        lease: The right to; it is given back.
    """
    if lease.planned.plugin == OWNER:
        run_own(house, lease)
        return
    plugin = house.registry.get(lease.planned.plugin)
    if plugin is None:
        reason = f"{lease.planned.plugin} does not serve."
        note_failed(house.stores.host, lease, now=house.clock(), reason=reason)
        return
    scope = Scope(
        place=house,
        actor=host_itself(house.registry.permissions()),
        locale=house.language,
        timezone=house.timezone,
        writes=True,
    )
    try:
        guarded(house.registry.ledger, plugin.id, partial(_run, house, plugin, scope, lease))
    except TabhostError as error:
        note_failed(house.stores.host, lease, now=house.clock(), reason=str(error))
    except PluginFault as fault:
        reason = f"{fault.error_id}: {fault.trace.strip().rpartition(chr(10))[2]}"
        note_failed(house.stores.host, lease, now=house.clock(), reason=reason)
    else:
        settle(house, scope.effects, opening_in(house))


def _run(house: House, plugin: Plugin, scope: Scope, lease: Lease) -> None:
    job = lease.planned.job.id
    try:
        with serving(host_here(house, scope, plugin, make_renderers(house.registry.admitted()))):
            wanted = plugin.call("host_run_job", job_id=job)
        if wanted is not None and not (isinstance(wanted, datetime) and wanted.tzinfo):
            raise TypeError(f"host_run_job({job!r}) returned {wanted!r}, expected an aware datetime or None")
        note_done(scope.session(plugin), lease, now=house.clock(), wanted=wanted)
        scope.finish(keep=True)
    finally:
        scope.finish(keep=False)
