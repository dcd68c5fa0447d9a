"""The command that plans what activating will do with holders."""

from __future__ import annotations

import click

from host.api import current_host
from superoffice_tab.lookups import code_of
from superoffice_tab.services import planning

from .group import superoffice


@superoffice.command("plan")
@click.argument("owner")
@click.argument("licence")
@click.argument("user_id", metavar="[USER]", required=False)
@click.option("--to", metavar="CODE", help="Give this licence of the new set instead of taking back only.")
@click.option("--undo", is_flag=True, help="Let the person keep the licence.")
@click.option("--longest", is_flag=True, help="Take back from as many as have to go, longest unused first.")
def plan(owner: str, licence: str, user_id: str | None, to: str | None, undo: bool, longest: bool) -> None:
    """Plan to take LICENCE of OWNER back from USER. Nothing takes effect before it is activated."""
    if (user_id is None) != longest or (longest and (to or undo)) or (to and undo):
        raise click.UsageError("Name a USER, with --to or --undo if you like, or say --longest.")
    code = code_of(owner, licence)
    if user_id is None:
        _plan_longest(owner, code)
        return
    if undo:
        planning.unplan(owner, code, user_id, work=current_host.work)
        click.echo(f"{user_id} keeps {code}.")
        return
    planning.plan(
        *(owner, code, user_id, None if to is None else code_of(owner, to)),
        work=current_host.work,
        actor=current_host.actor,
        clock=current_host.clock,
    )
    instead = f" and gets {code_of(owner, to)} instead" if to else ""
    click.echo(f"{user_id} loses {code}{instead}, once the new licence is activated.")


def _plan_longest(owner: str, code: str) -> None:
    chosen = planning.plan_longest_unused(
        owner, code, work=current_host.work, actor=current_host.actor, clock=current_host.clock
    )
    if chosen:
        click.echo(f"These lose {code}, once the new licence is activated: {', '.join(chosen)}.")
    else:
        click.echo(f"Nobody was chosen: of {code} there is nothing left to remove, or nobody may be.")
