"""The Status tab: what this installation is, what it uses, and what is going on in it right now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from host.api import (
    N_,
    Actor,
    Banner,
    HookSpecs,
    Job,
    Permission,
    Setting,
    Storage,
    Tab,
    current_host,
    hookimpl,
)

if TYPE_CHECKING:
    from datetime import datetime

    from click import Group
    from flask import Blueprint

TABS = [Tab(id="status", title=N_("Status"), order=10, view="status.view", manage="status.manage")]

PERMISSIONS = [
    Permission(
        id="status.view",
        title=N_("See the Status tab"),
        description=N_("Database, metered services and system notifications."),
        default_roles=("administrator", "viewer", "licence_manager"),
    ),
    Permission(
        id="status.manage",
        title=N_("Change things on the Status tab"),
        description=N_("Load the installation, take usage in, start and end system events."),
        default_roles=("administrator",),
    ),
]


@hookimpl
def host_tabs() -> list[Tab]:
    """One tab: the state of the installation."""
    return TABS


@hookimpl
def host_permissions() -> list[Permission]:
    """Seeing it, and changing things on it."""
    return PERMISSIONS


SETTINGS = [
    Setting(
        id="storage_rule",
        title=N_("Storage of a month"),
        default="average",
        description=N_("How its figure is made: average over time, peak, or latest."),
    ),
    Setting(
        id="usage_retention_months",
        title=N_("Months to keep raw usage events"),
        kind="integer",
        default="24",
        description=N_(
            "Counted from the closing of their month; 0 for ever. Daily and monthly figures stay."
        ),
    ),
    Setting(
        id="event_retention_days",
        title=N_("Days to keep finished system events"),
        kind="integer",
        default="400",
        description=N_("0 for ever."),
    ),
    Setting(
        id="upgrade_url",
        title=N_("Where to upgrade the plan"),
        kind="url",
        env="TABHOST_UPGRADE_URL",
        description=N_("Where “Upgrade” beside a restriction leads to. Without it there is no such button."),
    ),
    Setting(
        id="limits_url",
        title=N_("Where the limits of the plans are explained"),
        kind="url",
        env="TABHOST_LIMITS_URL",
        description=N_("Where a restriction leads to."),
    ),
]

JOBS = [
    Job(id="events", title=N_("End and clear up system events"), every=3600, timeout=300),
    Job(id="months", title=N_("Close months, look at alerts, clear up usage"), every=3600, timeout=1800),
]


@hookimpl
def host_settings() -> list[Setting]:
    """How storage is counted, how long things are kept, and where links lead."""
    return SETTINGS


@hookimpl
def host_jobs() -> list[Job]:
    """System events, and closing of months."""
    return JOBS


@hookimpl
def host_run_job(job_id: str) -> datetime | None:
    """Do the job *job_id*."""
    from .jobs import run

    return run(job_id)


@hookimpl
def host_banners(actor: Actor) -> list[Banner]:
    """Messages of the Day; that there is No Login; alerts of metered services, for administrators."""
    from .pages.announcing import banners

    return banners(actor, current_host.session, current_host.clock())


@hookimpl
def host_login_allowed(actor: Actor) -> Banner | None:
    """Nobody but administrators while there is No Login (domain.md 1.9)."""
    if actor.may("status.manage"):
        return None
    from .pages.announcing import no_login

    return no_login(current_host.session, current_host.clock())


@hookimpl
def host_hookspecs() -> HookSpecs:
    """What the page asks of others, what they declare, and what they may call: usage, events, facts."""
    from . import api
    from .schemas.additions import right_services, right_types

    return HookSpecs(
        specs=api.StatusSpec,
        schemas={
            "status_licence_summary": api.LicenceSummarySchema(),
            "status_facts": api.FactSchema(many=True),
            "status_metered_services": api.MeteredServiceSchema(many=True),
            "status_event_types": api.EventTypeSchema(many=True),
        },
        builtins_only=("status_licence_summary", "status_facts"),
        declared={"status_metered_services": right_services, "status_event_types": right_types},
        functions=(
            api.record_usage,
            api.start_event,
            api.advance_event,
            api.finish_event,
            api.satellite_licences,
            api.set_facts,
        ),
    )


@hookimpl
def host_pages() -> Blueprint:
    """The Status page."""
    from .pages import pages

    return pages


@hookimpl
def host_api() -> Blueprint:
    """System events as JSON, to read."""
    from .rest import rest

    return rest


@hookimpl
def host_storage() -> Storage:
    """Installation, system events and usage."""
    from .storage import metadata

    return Storage(metadata=metadata, migrations=Path(__file__).parent / "migrations")


@hookimpl
def host_cli() -> list[Group]:
    """``tabhost status``."""
    from .cli import status

    return [status]


@hookimpl
def host_demo(folder: str) -> list[list[str]]:
    """The demo company's database, usage and events."""
    from .demo import commands

    return commands(Path(folder))
