"""``tabhost role``: roles, and what they allow."""

from __future__ import annotations

import json

import click

from host.api.texts import english
from host.services import roles as service

from .context import Context, pass_context


@click.group()
def role() -> None:
    """Look after the roles that permissions are gathered into."""


@role.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the roles with what each allows."""
    roles = service.list_roles(context.house)
    if as_json:
        rows = [
            {
                "name": each.name,
                "title": english(each.title),
                "origin": each.origin,
                "permissions": sorted(each.permissions),
            }
            for each in roles
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(each.name) for each in roles)
    for each in roles:
        click.echo(
            f"{each.name:<{width}}  {each.origin:<6}  {', '.join(sorted(each.permissions)) or 'nothing'}"
        )


@role.command()
@click.argument("name")
@click.option("--title", default="", help="What it is called on pages; else its name.")
@click.option(
    "--permission", "permissions", multiple=True, help="What it allows; may be given more than once."
)
@pass_context
def add(context: Context, name: str, title: str, permissions: tuple[str, ...]) -> None:
    """Make a role."""
    title = title or name.replace("_", " ")
    service.add_role(context.house, name=name, title=title, permissions=permissions, actor=context.actor)
    click.echo(f"Added the role {name}.")


@role.command()
@click.argument("name")
@click.option("--title", help="What it is called on pages.")
@click.option(
    "--permission", "permissions", multiple=True, help="What it allows from now on, and nothing else."
)
@click.option("--none", is_flag=True, help="It allows nothing from now on.")
@pass_context
def change(context: Context, name: str, title: str | None, permissions: tuple[str, ...], none: bool) -> None:
    """Change a role that was made here. If what it allows changes, whoever has it signs in again."""
    if permissions and none:
        raise click.UsageError("Give --permission or --none, not both.")
    wanted = permissions if permissions or none else None
    service.change_role(context.house, name, title=title, permissions=wanted, actor=context.actor)
    click.echo(f"Changed the role {name}.")


@role.command()
@click.argument("name")
@click.option(
    "--from-everybody", is_flag=True, help="Take it from those who have it; else it is refused then."
)
@pass_context
def remove(context: Context, name: str, from_everybody: bool) -> None:
    """Remove a role that was made here."""
    concerning = None if from_everybody else ()
    service.remove_role(context.house, name, actor=context.actor, concerning=concerning)
    click.echo(f"Removed the role {name}.")
