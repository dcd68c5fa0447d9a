"""The jobs of the plugin, as the host has them run."""

from __future__ import annotations

from datetime import datetime, timedelta

from host.api import current_host

from .circumstances import Taking, note_declared, own_work, taking
from .declared import say
from .domain.events import MONTH_CLOSE
from .services import alerts, closing, event_upkeep
from .services.additions import with_past_services
from .services.own_work import shown

HOUR = timedelta(hours=1)
"""How often alerts are looked at for what time and the number of users change."""


def run(job_id: str) -> datetime | None:
    """Do the job *job_id*.

    Returns:
        When to run it next; None for as often as it says.
    """
    match job_id:
        case "events":
            return _events()
        case "months":
            return _months()
    return None


def _events() -> datetime | None:
    """Mark what is over as ended, and let old history go."""
    work, clock = current_host.work, current_host.clock
    note_declared(work)
    event_upkeep.end_what_is_over(work=work, clock=clock)
    event_upkeep.prune(int(current_host.settings["event_retention_days"]), work=work, clock=clock)
    return event_upkeep.next_end(work.session, clock())


def _months() -> datetime | None:
    """Close what is due, let raw events go that are kept long enough, and look at the alerts."""
    with current_host.apart() as work:  # what the job itself reads would keep the event from being seen
        note_declared(work)
        common = taking(work.session)
        due = closing.due_months(work.session, common["clock"](), common["zone"])
        used = with_past_services(common["services"], work.session, say)
    if due:
        with shown(MONTH_CLOSE, ", ".join(f"{month:%Y-%m}" for month in due), **own_work()):
            everything: Taking = {**common, "services": used}
            closing.close_due(**everything)
    work, clock, zone = common["work"], common["clock"], common["zone"]
    kept = int(current_host.settings["usage_retention_months"])
    closing.make_ready(work=work, clock=clock, zone=zone)
    closing.prune(work=work, clock=clock, zone=zone, months=kept)
    alerts.review(**common)
    return min(clock() + HOUR, closing.next_closing(clock(), zone))
