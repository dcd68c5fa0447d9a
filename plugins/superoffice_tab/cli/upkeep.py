"""The commands that ask a licence server, and compare rows with the signed files."""

from __future__ import annotations

from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from host.api import InputError, current_host
from superoffice_tab.circumstances import asking, circumstances, trusted
from superoffice_tab.domain.status import LicenseStatus
from superoffice_tab.domain.wording import english
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.services import verifying
from superoffice_tab.services.checking import CheckResult, check
from superoffice_tab.services.owner_page import owner_page

from .group import as_json, superoffice
from .output import print_json, print_table


@superoffice.command("fetch")
@click.argument("owner")
def fetch(owner: str) -> None:
    """Ask the licence server of OWNER, such as SUPEROFFICE, for a new licence."""
    known = owner_page(owner, current_host.session)
    found = check(
        known.name, settings=current_host.settings, roots=trusted(), get=asking(), **circumstances()
    )
    mark_tabs(known.name)
    if found.status is LicenseStatus.PROBLEM:
        current_host.session.commit()  # how it went is kept, though the command fails
        raise InputError(" ".join([english(found.text), *_next_try(found)]), source=known.name)
    click.echo(f"{known.name}: {found.status.value}")


def _next_try(found: CheckResult) -> list[str]:
    if found.next_try is None:
        return []
    then = found.next_try.astimezone(ZoneInfo(current_host.installation_timezone))
    return [f"Next try: {then:%Y-%m-%d %H:%M}."]


@superoffice.command("verify")
@click.option("--restore", metavar="OWNER", help="Write the rows of OWNER from the signed file again.")
@as_json
def verify(restore: str | None, as_json: bool) -> None:
    """Compare the licences with their signed files; exit status 1 if something was altered."""
    roots, work, clock = trusted(), current_host.work, current_host.clock
    if restore is not None:
        verifying.restore(restore, roots=roots, work=work, clock=clock)
    found = verifying.verify_all(roots=roots, work=work, clock=clock)
    current_host.tabs_changed()  # an owner that was renamed, or gone, has the tab again
    mark_tabs()
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        print_table(
            ("owner", "licence", "what"), [[each.owner, each.name or "–", each.said] for each in found]
        )
    else:
        click.echo("All licences say what was signed.")
    if found:
        current_host.session.commit()  # what was found is kept, though the command says no
        raise click.exceptions.Exit(1)
