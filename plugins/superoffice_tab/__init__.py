"""The SUPEROFFICE tab: module owners, their licences, and who holds them. Hook implementations only."""

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
    from datetime import date, datetime

    from click import Group
    from flask import Blueprint

    from status_tab.api import Fact, LicenceSummary


@hookimpl
def host_tabs() -> list[Tab]:
    """A tab for each module owner: SUPEROFFICE, and those whose licences are here or can be had."""
    from .services.owners import tabs

    return tabs(current_host.session)


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
    """Which root keys are trusted, and where licences come from."""
    return [
        Setting(
            id="root_keys",
            title=N_("Root keys"),
            kind="existing_path",
            env="TABHOST_ROOT_KEYS",
            description=N_(
                "A JWK or JWK set, or a folder of them: only licences that lead to one of these are accepted."
            ),
        ),
        Setting(
            id="licence_url",
            title=N_("Licence server of SUPEROFFICE"),
            kind="url",
            env="TABHOST_LICENCE_URL",
            description=N_("Asked in the place of the one that the licence in force names."),
        ),
        Setting(
            id="automatic_updates",
            title=N_("Activate by itself what changes nothing for anybody"),
            kind="boolean",
            default="yes",
            description=N_("Where the owner of the licences does not forbid it."),
        ),
        Setting(
            id="shop_url",
            title=N_("Shop of SUPEROFFICE"),
            kind="url",
            env="TABHOST_SHOP_URL",
            description=N_("Where “Purchase new licences” leads to. Without it there is no such button."),
        ),
    ]


@hookimpl
def host_hookspecs() -> HookSpecs:
    """Who sells licences of their own; and what others may call: looking licences up."""
    from . import api

    return HookSpecs(
        specs=api.SuperofficeSpec,
        schemas={"superoffice_module_owners": api.ModuleOwnerSchema(many=True)},
        functions=(api.owners, api.licences, api.licence, api.holders),
    )


@hookimpl
def host_pages() -> Blueprint:
    """The licence list."""
    from .pages.licences import pages

    return pages


@hookimpl
def host_api() -> Blueprint:
    """The same as JSON: owners, licences, holders, and sets that wait."""
    from .rest import rest

    return rest


@hookimpl
def host_jobs() -> list[Job]:
    """New licences, the day's samples and the look at the rows, and the owners that add-ons announce."""
    from .services.upkeep import JOBS

    return JOBS


@hookimpl
def host_run_job(job_id: str) -> datetime | None:
    """One of them."""
    from .jobs import run

    return run(job_id)


@hookimpl
def host_storage() -> Storage:
    """Owners, licences, associates, assignments, and the signed files behind them."""
    from .storage import metadata

    return Storage(metadata=metadata, migrations=Path(__file__).with_name("migrations"))


@hookimpl
def host_cli() -> list[Group]:
    """``tabhost superoffice …`` for the installation, ``tabhost licence …`` for the issuer."""
    from .cli import superoffice
    from .cli_issuer import licence

    return [superoffice, licence]


@hookimpl
def host_banners(actor: Actor) -> list[Banner]:
    """That a licence expires, for those who look after them; that it has expired, for all who see them."""
    if not actor.may("superoffice.view"):
        return []
    from .domain.expiry import today
    from .services.banners import banners

    day = today(current_host.clock(), current_host.installation_timezone)
    return banners(current_host.session, day, warned=actor.may("licence.manage"))


@hookimpl
def host_demo(folder: str) -> list[list[str]]:
    """The demo company's licences and people."""
    from .demo import write

    return write(Path(folder))


@hookimpl
def status_facts() -> list[Fact]:
    """Whose licences are in force beside SUPEROFFICE's, for the Status tab."""
    from .services.summary import facts

    return facts(current_host.session)


@hookimpl
def status_licence_summary(users_since: date | None) -> LicenceSummary | None:
    """Company, serial number, next expiry and the number of users for the Status tab."""
    from .services.summary import licence_summary

    return licence_summary(current_host.session, users_since)
