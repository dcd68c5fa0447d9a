"""``tabhost user identity``: who is who at the company's identity provider."""

from __future__ import annotations

import json

import click

from host.api.errors import InputError
from host.services import identities

from .context import Context, pass_context


@click.command()
@click.argument("user_id")
@click.option("--subject", help="What the provider calls the person for ever (its claim `sub`).")
@click.option("--issuer", default="", help="The provider. Default: the one of TABHOST_OIDC_ISSUER.")
@click.option("--expected", is_flag=True, help="Let the first come in whom the provider gives this user ID.")
@click.option("--remove", is_flag=True, help="Let no provider vouch for the account; ends its sessions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def identity(
    context: Context,
    user_id: str,
    subject: str | None,
    issuer: str,
    expected: bool,
    remove: bool,
    as_json: bool,
) -> None:
    """Link an account with an identity, or take it away. Without any option: show what it is linked with."""
    if (subject is not None) + expected + remove > 1:
        raise InputError("Only one of --subject, --expected and --remove can be given.")
    if remove:
        identities.remove_identities(context.house, user_id, context.actor)
        click.echo(f"{user_id} is linked with no identity any more; every session of that account was ended.")
    elif expected or subject is not None:
        identities.link_identity(context.house, user_id, subject=subject, actor=context.actor, issuer=issuer)
        click.echo(f"{user_id} can sign in with the identity provider.")
    else:
        _show(context, user_id, as_json)


def _show(context: Context, user_id: str, as_json: bool) -> None:
    found = identities.list_identities(context.house, user_id)
    if as_json:
        click.echo(json.dumps([{"issuer": each.issuer, "subject": each.subject} for each in found]))
        return
    for each in found:
        click.echo(f"{each.issuer}  {each.subject or '(not come yet)'}")
    if not found:
        click.echo(f"{user_id} is linked with no identity.")
