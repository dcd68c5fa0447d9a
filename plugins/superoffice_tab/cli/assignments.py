"""Commands that give licences to people and take them back."""

from __future__ import annotations

import click

from host.api import current_host
from superoffice_tab.domain.people import HEAVIEST
from superoffice_tab.domain.wording import english
from superoffice_tab.lookups import code_of
from superoffice_tab.services import assigning
from superoffice_tab.services.assigning import Outcome

from .group import superoffice

people = click.argument("user_ids", metavar="USER…", nargs=-1, required=True)
REFUSED = 1
"""Exit status where somebody was refused; what was done with the others is kept."""


@superoffice.command("assign")
@click.argument("owner")
@click.argument("licence")
@people
@click.option(
    "--weight",
    type=click.IntRange(1, HEAVIEST),
    help="How many of it each person occupies. Without it, whoever holds it keeps so many, others get 1.",
)
@click.option("--instead-of-plan", is_flag=True, help="Take back the other plan that somebody has.")
def assign(
    owner: str, licence: str, user_ids: tuple[str, ...], weight: int | None, instead_of_plan: bool
) -> None:
    """Give LICENCE of OWNER to people. Whoever is refused is named; the others get it."""
    outcomes = assigning.assign(
        *(owner, code_of(owner, licence), user_ids),
        weight=weight,
        instead_of_plan=instead_of_plan,
        work=current_host.work,
        clock=current_host.clock,
        timezone=current_host.installation_timezone,
    )
    _tell(outcomes)


@superoffice.command("release")
@click.argument("owner")
@click.argument("licence")
@people
def release(owner: str, licence: str, user_ids: tuple[str, ...]) -> None:
    """Take LICENCE of OWNER back from people. Who keeps it is named; the others lose it."""
    outcomes = assigning.release(
        *(owner, code_of(owner, licence), user_ids),
        work=current_host.work,
        clock=current_host.clock,
        timezone=current_host.installation_timezone,
    )
    _tell(outcomes)


def _tell(outcomes: list[Outcome]) -> None:
    for each in outcomes:
        said = f"{each.user_id}: {each.licence} {each.result}"
        if each.reason is None:
            click.echo(f"{said}.")
        else:
            click.echo(f"{said}. {english(each.reason)}", err=True)
    if any(each.result == "refused" for each in outcomes):
        current_host.session.commit()  # another exit status than 0 undoes what is not kept by then
        raise click.exceptions.Exit(REFUSED)
