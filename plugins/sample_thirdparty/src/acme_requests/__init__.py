"""Requests: a tab where people ask for licences. Hook implementations only; what they return lives beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from host.api import N_, Permission, Setting, Storage, Tab, hookimpl

if TYPE_CHECKING:
    from click import Group
    from flask import Blueprint

    from status_tab.api import EventType, MeteredService
    from superoffice_tab.api import ModuleOwner


@hookimpl
def host_tabs() -> list[Tab]:
    """One tab: the requests that are open."""
    return [
        Tab(id="requests", title=N_("Requests"), view="acme_requests.view", manage="acme_requests.manage")
    ]


@hookimpl
def host_permissions() -> list[Permission]:
    """Seeing requests, and adding or closing them."""
    return [
        Permission(
            id="acme_requests.view",
            title=N_("See requests for licences"),
            default_roles=("administrator", "viewer"),
        ),
        Permission(
            id="acme_requests.manage",
            title=N_("Add requests for licences and mark them as done"),
            default_roles=("administrator",),
        ),
    ]


@hookimpl
def host_settings() -> list[Setting]:
    """How many requests may be open. Set by ``tabhost plugins set acme_requests most_open 20``."""
    return [
        Setting(
            id="most_open",
            title=N_("How many requests may be open"),
            kind="integer",
            default="50",
            env="ACME_REQUESTS_MOST_OPEN",
            description=N_("Beyond that, some have to be marked as done before others can be added."),
        )
    ]


@hookimpl
def host_pages() -> Blueprint:
    """The page, its two forms, and a download."""
    from .pages import pages

    return pages


@hookimpl
def host_api() -> Blueprint:
    """The same as JSON, for programs."""
    from .rest import rest

    return rest


@hookimpl
def host_storage() -> Storage:
    """One table, in a store of our own."""
    from .storage import metadata

    return Storage(metadata=metadata, migrations=Path(__file__).parent / "migrations")


@hookimpl
def superoffice_module_owners() -> list[ModuleOwner]:
    """We sell licences of our own: they have a tab beside SUPEROFFICE's, and keep it when we are gone."""
    from superoffice_tab.api import ModuleOwner

    return [ModuleOwner(name="ACME", title="Acme Inc.", shop_url="https://shop.acme.example/licences")]


@hookimpl
def status_metered_services() -> list[MeteredService]:
    """Requests are metered: they stand beside what SuperOffice meters, and on an invoice of our own."""
    from .on_status import REQUESTS

    return [REQUESTS]


@hookimpl
def status_event_types() -> list[EventType]:
    """The review is a system event while it runs."""
    from .on_status import REVIEW

    return [REVIEW]


@hookimpl
def host_cli() -> list[Group]:
    """``tabhost acme-requests``."""
    from .cli import acme_requests

    return [acme_requests]


@hookimpl
def host_demo() -> list[list[str]]:
    """Three requests for the demo company. An argument that is not needed may be left out."""
    from .demo import commands

    return commands()
