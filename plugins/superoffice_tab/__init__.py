"""The SUPEROFFICE tab: module owners, their licences, and who holds them. Hook implementations only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from host.api import N_, HookSpecs, Permission, Plain, Setting, Storage, Tab, current_host, hookimpl

if TYPE_CHECKING:
    from click import Group
    from flask import Blueprint

    from status_tab.api import LicenceSummary


@hookimpl
def host_tabs() -> list[Tab]:
    """One tab: the module owner SUPEROFFICE."""
    return [
        Tab(
            id="superoffice",
            title=Plain("SUPEROFFICE"),
            order=20,
            view="superoffice.view",
            manage="licence.manage",
        )
    ]


@hookimpl
def host_permissions() -> list[Permission]:
    """See licences; load and assign them."""
    return [
        Permission(
            id="superoffice.view",
            title=N_("See licences"),
            description=N_("See which licences are in force and who holds them."),
            default_roles=("administrator", "viewer", "licence_manager"),
        ),
        Permission(
            id="licence.manage",
            title=N_("Manage licences"),
            description=N_("Load and activate licences, and decide who holds them."),
            default_roles=("administrator", "licence_manager"),
        ),
    ]


@hookimpl
def host_settings() -> list[Setting]:
    """Which root keys are trusted."""
    return [
        Setting(
            id="root_keys",
            title=N_("Root keys"),
            kind="path",
            env="TABHOST_ROOT_KEYS",
            description=N_(
                "A JWK or JWK set, or a folder of them: only licences that lead to one of these are accepted."
            ),
        )
    ]


@hookimpl
def host_hookspecs() -> HookSpecs:
    """What others may call: looking licences up."""
    from . import api

    return HookSpecs(functions=(api.owners, api.licences, api.licence))


@hookimpl
def host_pages() -> Blueprint:
    """The licence list."""
    from .pages.licences import pages

    return pages


@hookimpl
def host_storage() -> Storage:
    """Owners, licences, associates, assignments, and the signed files behind them."""
    from .storage.models import metadata

    return Storage(metadata=metadata, migrations=Path(__file__).with_name("migrations"))


@hookimpl
def host_cli() -> list[Group]:
    """``tabhost superoffice …`` for the installation, ``tabhost licence …`` for the issuer."""
    from .cli import superoffice
    from .cli_issuer import licence

    return [superoffice, licence]


@hookimpl
def host_demo(folder: str) -> list[list[str]]:
    """The demo company's licences and people."""
    from .demo import write

    return write(Path(folder))


@hookimpl
def status_licence_summary() -> LicenceSummary | None:
    """Company, serial number and next expiry for the Status tab."""
    from .services.summary import licence_summary

    return licence_summary(current_host.session)
