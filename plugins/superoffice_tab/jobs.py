"""The jobs of the plugin, as the host has them run."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from host.api import current_host

from .circumstances import asking, circumstances, trusted
from .domain.expiry import today
from .domain.licences import tab_of
from .services import attention, owners, upkeep, verifying


def run(job_id: str) -> datetime | None:
    """Do the job *job_id*, and put what needs attention on the tabs.

    Returns:
        When to run it next; None for as often as it says.
    """
    work, clock, zone = current_host.work, current_host.clock, current_host.installation_timezone
    wanted: datetime | None = None
    match job_id:
        case "owners":
            if owners.note_declared(current_host.hooks.superoffice_module_owners(), work=work, clock=clock):
                current_host.tabs_changed()
        case "check":
            upkeep.check_due(settings=current_host.settings, roots=trusted(), get=asking(), **circumstances())
            wanted = upkeep.next_try(work.session, clock())
        case "verify":
            verifying.verify_all(roots=trusted(), work=work, clock=clock)
            current_host.tabs_changed()  # an owner that was renamed, or gone, has the tab again
        case "sample":
            upkeep.count(timezone=zone, work=work, clock=clock)
            wanted = upkeep.next_day(clock(), zone)
    mark_tabs()
    return wanted


def mark_tabs(*touched: str) -> None:
    """Put on tabs what needs attention there.

    Args:
        touched: Owners something was done with, in any case; none for all.
    """
    session = current_host.session
    day = today(current_host.clock(), current_host.installation_timezone)
    for owner in {name.upper() for name in touched} or owners.owner_names(session):
        with suppress(ValueError):  # a tab that is only just coming has its badge the next time
            current_host.set_badge(tab_of(owner), attention.badge(owner, session, day))
