"""``tabhost user list``, ``roles`` and ``enable``: who has an account, and what they may do."""

from __future__ import annotations

import json
from typing import Any

import click

from host.services import looking_after
from host.storage.granting import Listed

from .context import Context, pass_context
from .people import user

__all__ = ["user"]
"""The group, with the commands of this module in it."""


@user.command(name="list")
@click.option("--state", type=click.Choice(looking_after.STATES), default="all", help="Whom to list.")
@click.option("--role", default="", help="Only those who have this role.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def list_(context: Context, state: str, role: str, as_json: bool) -> None:
    """List the accounts with their roles."""
    everybody = looking_after.list_people(context.house)
    people = looking_after.chosen(everybody, state=state, role=role)
    if as_json:
        click.echo(json.dumps([_document(each) for each in people], indent=2, ensure_ascii=False))
        return
    width = max([len(each.account.user_id) for each in people], default=2)
    for each in people:
        account = each.account
        last = each.signed_in_at.strftime("%Y-%m-%d %H:%M UTC") if each.signed_in_at else "never"
        click.echo(
            f"{account.user_id:<{width}}  {'disabled' if account.disabled_at else 'active':<8}  "
            f"signed in {last}  {', '.join(account.roles) or 'no role'}"
        )


@user.command()
@click.argument("user_id")
@click.option(
    "--role", "roles", multiple=True, help="A role to have from now on; may be given more than once."
)
@click.option("--none", is_flag=True, help="Take all roles away.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def roles(context: Context, user_id: str, roles: tuple[str, ...], none: bool, as_json: bool) -> None:
    """Show somebody's roles, or with --role give them these and no others; then their sessions end."""
    number = looking_after.number_of(context.house, user_id)
    if roles and none:
        raise click.UsageError("Give --role or --none, not both.")
    if roles or none:
        looking_after.change_roles(context.house, number, roles, context.actor)
    account = looking_after.one_of(context.house, number).account
    if as_json:
        click.echo(json.dumps({"user_id": account.user_id, "roles": account.roles}, ensure_ascii=False))
        return
    click.echo(f"{account.user_id} has {', '.join(account.roles) or 'no role'}.")


@user.command()
@click.argument("user_id")
@pass_context
def enable(context: Context, user_id: str) -> None:
    """Let somebody sign in again who was disabled."""
    looking_after.enable(context.house, looking_after.number_of(context.house, user_id), context.actor)
    click.echo(f"{user_id} may sign in.")


def _document(person: Listed) -> dict[str, Any]:
    account = person.account
    return {
        "user_id": account.user_id,
        "full_name": account.full_name,
        "roles": account.roles,
        "language": account.language,
        "timezone": account.timezone,
        "disabled_at": account.disabled_at.isoformat() if account.disabled_at else None,
        "created_at": person.created_at.isoformat(),
        "signed_in_at": person.signed_in_at.isoformat() if person.signed_in_at else None,
        "sessions": person.sessions,
        "has_password": person.has_password,
    }
