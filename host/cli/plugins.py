"""``tabhost plugins``: what is installed, whether it serves, and why not."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from host.services.adoption import outdated
from host.services.limits import BY_SETTING
from host.services.plugins import change_setting, list_plugins, switch_plugin

from .context import Context, pass_context

LISTED = ("id", "distribution", "version", "builtin", "remote", "pid", "memory", "state", "reason", "tabs")
"""What the list tells of a plugin; how it behaves is known where it is called, in the web workers.

In JSON ``outdated`` stands beside it: the version that was asked, where another one is installed by now.
"""


@click.group()
def plugins() -> None:
    """Look after the plugins."""


@plugins.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the installed plugins with their state."""
    views, before = list_plugins(context.house, context.actor), outdated(context.house)
    if as_json:
        rows = [
            {key: asdict(view)[key] for key in LISTED} | {"outdated": before.get(view.id)} for view in views
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max([len(view.id) for view in views], default=2)
    for view in views:
        source = f"{view.distribution} {view.version}"
        click.echo(f"{view.id:<{width}}  {view.state:<9} {source}")
        if view.reason:
            click.echo(f"{'':<{width}}  {view.reason}")
        if view.id in before:
            click.echo(f"{'':<{width}}  {_newer(view.version, before[view.id])}")


def _newer(installed: str, asked: str) -> str:
    what = f"{installed} is installed" if installed != asked else f"{installed} was changed"
    return f"{what}; what counts is what {asked} declared when it was asked. Restart `tabhost serve`."


@plugins.command()
@click.argument("plugin")
@pass_context
def enable(context: Context, plugin: str) -> None:
    """Switch a plugin on."""
    switch_plugin(context.house, plugin, on=True, actor=context.actor)
    click.echo(f"{plugin} is on.")


@plugins.command()
@click.argument("plugin")
@pass_context
def disable(context: Context, plugin: str) -> None:
    """Switch a plugin off. Its tabs go away; what it stored stays."""
    switch_plugin(context.house, plugin, on=False, actor=context.actor)
    click.echo(f"{plugin} is off.")


@plugins.command(name="set")
@click.argument("plugin")
@click.argument("setting")
@click.argument("value", required=False)
@pass_context
def set_(context: Context, plugin: str, setting: str, value: str | None) -> None:
    """Store the VALUE of a plugin's SETTING; without VALUE it goes back to its default.

    A third party's plugin has limits beside its own settings, such as runner.deadline, in seconds.
    """
    change_setting(context.house, plugin, setting, value, context.actor)
    limit = BY_SETTING.get(setting)
    later = ", from the next start of tabhost serve on" if limit and not limit.at_once else ""
    click.echo(f"{plugin}.{setting} is {'set' if value is not None else 'at its default'}{later}.")
