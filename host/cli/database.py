"""``tabhost db``: the database."""

from __future__ import annotations

import click

from .context import Context, pass_context


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@pass_context
def upgrade(context: Context) -> None:
    """Bring the tables of the host and of what comes with it to the newest version.

    Those of third parties follow when `tabhost serve` starts with a new version of theirs.
    """
    house = context.house  # opening the house migrates
    failed = [each for each in house.registry.plugins if each.reason]
    click.echo(f"The database is up to date: {house.stores.host.engine.url.render_as_string()}")
    for plugin in failed:
        click.echo(f"{plugin.id} is rejected: {plugin.reason}")
