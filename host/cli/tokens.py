"""``tabhost token``: API tokens of anybody."""

from __future__ import annotations

import json
from typing import Any

import click

from host.domain.access_tokens import LONGEST_LIFE, USUAL_LIFE, AccessToken
from host.services import access_tokens as service

from .context import Context, pass_context


@click.group()
def token() -> None:
    """Look after the tokens that programs call the JSON API with."""


@token.command()
@click.argument("user_id")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    required=True,
    help="What it may do, as far as the account may; may be given more than once.",
)
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_LIFE),
    default=USUAL_LIFE,
    show_default=True,
    help="For how many days it counts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def add(
    context: Context, user_id: str, name: str, permissions: tuple[str, ...], days: int, as_json: bool
) -> None:
    """Make a token that acts as an account, and print it this once."""
    made, secret = service.add_token(
        context.house, user_id, name=name, permissions=permissions, days=days, actor=context.actor
    )
    if as_json:
        click.echo(json.dumps({"token": _document(made), "secret": secret}, indent=2, ensure_ascii=False))
        return
    click.echo(
        f"Token {made.id} of {made.user_id}, until {made.expires_at:%Y-%m-%d}. Not shown again:", err=True
    )
    click.echo(secret)


@token.command(name="list")
@click.argument("user_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def list_(context: Context, user_id: str | None, as_json: bool) -> None:
    """List the tokens of one account, or everybody's; none of them can be used with what is printed."""
    tokens = service.list_tokens(context.house, user_id)
    if as_json:
        click.echo(json.dumps([_document(each) for each in tokens], indent=2, ensure_ascii=False))
        return
    now = context.house.clock()
    for each in tokens:
        state = "revoked" if each.revoked_at else "in force" if each.counts(now) else "over"
        used = f"used {each.used_at:%Y-%m-%d %H:%M} UTC" if each.used_at else "never used"
        may = ", ".join(sorted(each.permissions))
        click.echo(
            f"{each.id}  {state:<8}  until {each.expires_at:%Y-%m-%d}  {used}  "
            f"{each.user_id}  {each.name}: {may}"
        )


@token.command()
@click.argument("token_id")
@pass_context
def revoke(context: Context, token_id: str) -> None:
    """Let a token be worth nothing from now on."""
    gone = service.revoke_token(context.house, token_id, context.actor)
    click.echo(f"Revoked the token {gone.id} of {gone.user_id}.")


def _document(token: AccessToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "user_id": token.user_id,
        "name": token.name,
        "permissions": sorted(token.permissions),
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "used_at": token.used_at.isoformat() if token.used_at else None,
        "address": token.address,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
