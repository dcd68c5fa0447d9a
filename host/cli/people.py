"""``tabhost user``: accounts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from host.api.errors import InputError
from host.domain.people import VIEWER
from host.services import looking_after, people
from host.services.passwords import ADVISED
from host.services.portraits import set_portrait
from host.settings import Settings

from .context import Context, pass_context
from .identities import identity
from .signing_in import second_factor_, sessions_


@click.group()
def user() -> None:
    """Look after the accounts of those who may sign in."""


user.add_command(second_factor_)
user.add_command(sessions_)


@user.command()
@click.argument("user_id")
@click.option("--name", "full_name", default="", help="Full name.")
@click.option("--role", "roles", multiple=True, help="A role; may be given more than once. Default: viewer.")
@click.option("--language", help="Language, such as da.")
@click.option("--timezone", help="Time zone, such as Europe/Oslo.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--link", is_flag=True, help="Set no password; print a link that signs in once.")
@pass_context
def add(
    context: Context,
    user_id: str,
    full_name: str,
    roles: tuple[str, ...],
    language: str | None,
    timezone: str | None,
    password_stdin: bool,
    link: bool,
) -> None:
    """Add an account. Asks for a password unless told otherwise."""
    people.add_account(
        context.house,
        user_id=user_id,
        full_name=full_name,
        password=None if link else _password(password_stdin),
        roles=roles or (VIEWER,),
        language=language,
        timezone=timezone,
        actor=context.actor,
    )
    click.echo(f"Added {user_id}.")
    if link:
        click.echo(open_link(context, user_id))


@user.command()
@click.argument("user_id")
@pass_context
def disable(context: Context, user_id: str) -> None:
    """Let somebody no longer sign in, and end their sessions."""
    people.disable_account(context.house, user_id, context.actor)
    click.echo(f"Disabled {user_id}, and ended every session of that account.")


@user.command()
@click.argument("user_id")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@pass_context
def reset(context: Context, user_id: str, password_stdin: bool) -> None:
    """Give an account a new password and let it sign in again."""
    people.reset_password(context.house, user_id, _password(password_stdin), context.actor)
    click.echo(f"{user_id} has a new password; every session of that account was ended.")


@user.command()
@click.argument("user_id")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_context
def portrait(context: Context, user_id: str, file: Path) -> None:
    """Give an account the picture in FILE, a PNG or JPEG of up to 200 kB."""
    try:
        picture = file.read_bytes()
    except OSError as error:
        raise InputError(f"this file cannot be read: {error.strerror}", source=str(file)) from None
    set_portrait(context.house, user_id, picture, context.actor)
    click.echo(f"{user_id} has a portrait.")


@user.command(name="link")
@click.argument("user_id")
@pass_context
def link_(context: Context, user_id: str) -> None:
    """Print a link that signs somebody in once, within the next hour."""
    click.echo(open_link(context, user_id))


user.add_command(identity)


def open_link(context: Context, user_id: str) -> str:
    """The line that a newcomer opens."""
    settings: Settings = context.get_settings()
    number = looking_after.number_of(context.house, user_id)
    link = looking_after.give_link(context.house, number, context.actor)
    return f"Open {settings.base_url}/login/once/{link}"


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked = f"Password ({ADVISED} characters or more are advised)"
    return str(click.prompt(asked, hide_input=True, confirmation_prompt=True))
