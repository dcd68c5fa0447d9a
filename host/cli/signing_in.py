"""``tabhost user second-factor`` and ``tabhost user sessions``: how somebody signs in, and where they are."""

from __future__ import annotations

import json

import click

from host.api.errors import InputError
from host.api.texts import english
from host.domain import browsers
from host.domain.people import Account
from host.domain.sessions import SessionView
from host.services import factor_setup, people, second_factor, sessions

from .context import Context, pass_context


@click.command(name="second-factor")
@click.argument("user_id")
@click.option("--remove", is_flag=True, help="Take it away, and end every session of that account.")
@click.option("--json", "as_json", is_flag=True, help="Say how it stands as JSON.")
@pass_context
def second_factor_(context: Context, user_id: str, remove: bool, as_json: bool) -> None:
    """Say whether somebody has a second factor, or take it away for who has lost it."""
    if remove:
        if as_json:
            raise InputError("--remove says nothing that could be JSON. Leave one of the two out.")
        factor_setup.remove_for(context.house, user_id, context.actor)
        click.echo(f"{user_id} has no second factor any more; every session of that account was ended.")
        return
    stands = second_factor.view(context.house, people.find(context.house, user_id))
    if as_json:
        since = stands.since.isoformat() if stands.since else None
        click.echo(json.dumps({"since": since, "codes_left": stands.codes_left}))
    elif stands.since is None:
        click.echo(f"{user_id} has no second factor.")
    else:
        click.echo(
            f"{user_id} has a second factor since {stands.since:%Y-%m-%d %H:%M} UTC; "
            f"recovery codes left: {stands.codes_left}."
        )


@click.command(name="sessions")
@click.argument("user_id")
@click.option("--end", "ended", metavar="ID", help="End the session that is called so, or all of them: all.")
@click.option("--json", "as_json", is_flag=True, help="List them as JSON.")
@pass_context
def sessions_(context: Context, user_id: str, ended: str | None, as_json: bool) -> None:
    """List where somebody is signed in, or end that."""
    house, account = context.house, people.find(context.house, user_id)
    if ended is not None:
        _end(context, account, ended)
        return
    listed = sessions.list_sessions(house, account)
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in listed], ensure_ascii=False))
        return
    for each in listed:
        program = english(browsers.in_words(each.agent))
        click.echo(f"{each.id}  {each.seen_at:%Y-%m-%d %H:%M} UTC  {each.address or '-':15}  {program}")
    if not listed:
        click.echo(f"{account.user_id} is signed in nowhere.")


def _end(context: Context, account: Account, wanted: str) -> None:
    if wanted != "all":
        sessions.end_session(context.house, account, wanted, context.actor.user_id)
        click.echo("The session has ended.")
        return
    count = sessions.end_all_sessions(context.house, account, context.actor.user_id)
    click.echo(f"Sessions of {account.user_id} that were ended: {count}.")


def _as_json(each: SessionView) -> dict[str, object]:
    return {
        "id": each.id,
        "created_at": each.created_at.isoformat(),
        "seen_at": each.seen_at.isoformat(),
        "expires_at": each.expires_at.isoformat(),
        "address": each.address,
        "agent": each.agent,
        "proved": list(each.proved),
    }
