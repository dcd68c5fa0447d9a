"""The Status tab: what this installation is, what it uses, and what is going on in it right now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from host.api import N_, HookSpecs, Permission, Storage, Tab, hookimpl

if TYPE_CHECKING:
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


@hookimpl
def host_hookspecs() -> HookSpecs:
    """What the page asks of others: the licence in force. What others may call: usage and events."""
    from . import api

    return HookSpecs(
        specs=api.StatusSpec,
        schemas={"status_licence_summary": api.LicenceSummarySchema()},
        builtins_only=("status_licence_summary",),
        functions=(
            api.record_usage,
            api.start_event,
            api.advance_event,
            api.finish_event,
            api.satellite_licences,
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
