"""What is checked about a plugin that has told everything about itself. Each failure rejects it."""

from __future__ import annotations

from pathlib import Path

from host.api.settings import Setting
from host.api.texts import english, folded
from host.api.values import Storage, Tab
from host.domain.errors import RejectedError

from .plugin import Plugin

PREFIX = "TABHOST_"
HOST_VARIABLES = frozenset(
    PREFIX + name
    for name in (
        "DATA", "DATABASE_URL", "HOST", "ISOLATION", "LANGUAGE", "MAX_UPLOAD_MB", "PORT", "TIMEZONE", "TITLE",
        "WORKERS", "RUNNER_ANSWER_MB", "RUNNER_DEADLINE", "RUNNER_DESCRIPTORS", "RUNNER_IDLE",
        "RUNNER_IN_FLIGHT", "RUNNER_MEMORY_MB", "RUNNER_START",
    )
)  # fmt: skip
"""The host's own variables. Others with its prefix are for built-in plugins."""


OWN_TITLES = frozenset(map(folded, ("Plugins", "People", "Audit", "Health", "Settings")))
"""What the host's own pages are called in the row of tabs."""


def check_names(plugin: Plugin, others: list[Plugin]) -> None:
    """Permissions, titles of tabs and variables belong to one plugin each, or to the host.

    Titles are compared in English, as they are shown; how they are translated is not compared.

    Raises:
        RejectedError: One of them is somebody else's.
    """
    taken = {each.id: other.id for other in others for each in other.permissions}
    for permission in plugin.permissions:
        if permission.id in taken:
            raise RejectedError(f"The permission {permission.id!r} belongs to {taken[permission.id]}.")
        if permission.id.startswith("host.") or not (
            plugin.builtin or permission.id.startswith(f"{plugin.id}.")
        ):
            raise RejectedError(f"The permission {permission.id!r} must start with {plugin.id!r} and a dot.")
    titles = {_title(tab): other.id for other in others for tab in other.tabs}
    for tab in plugin.tabs:
        if _title(tab) in OWN_TITLES:
            raise RejectedError(f"A tab named {_title(tab)!r} would pass for a page of the host itself.")
        if _title(tab) in titles:
            raise RejectedError(
                f"A tab named {_title(tab)!r} is there already; it belongs to {titles[_title(tab)]}."
            )
        titles[_title(tab)] = plugin.id
    variables = {each.env: other.id for other in others for each in other.settings if each.env}
    for setting in plugin.settings:
        _check_setting(plugin, setting, variables)


def _title(tab: Tab) -> str:
    return folded(english(tab.title))


def _check_setting(plugin: Plugin, setting: Setting, variables: dict[str, str]) -> None:
    if setting.env:
        if setting.env in variables:
            raise RejectedError(f"The variable {setting.env} belongs to {variables[setting.env]}.")
        if setting.env in HOST_VARIABLES or (setting.env.startswith(PREFIX) and not plugin.builtin):
            raise RejectedError(f"The variable {setting.env} is the host's: a plugin's starts otherwise.")
        variables[setting.env] = plugin.id
    if setting.default is not None:
        try:
            setting.parse(setting.default)
        except ValueError as error:
            raise RejectedError(f"The default of the setting {setting.id!r} is not usable: {error}") from None


def check_permissions(plugin: Plugin) -> None:
    """Every permission that a tab or a route asks for is one that the plugin declares.

    Raises:
        RejectedError: One is not.
    """
    declared = {each.id for each in plugin.permissions}
    named = [(each.view, f"The tab {each.id!r}") for each in plugin.tabs]
    named += [(each.manage, f"The tab {each.id!r}") for each in plugin.tabs if each.manage]
    named += [(each.permission, f"The route {each.rule}") for each in plugin.routes]
    for permission, who in named:
        if permission not in declared:
            raise RejectedError(f"{who} asks for {permission!r}, which host_permissions() does not declare.")


def checked_storage(plugin: Plugin, storage: object) -> Storage:
    """What `host_storage` returned, if it may stand.

    Raises:
        RejectedError: It is something else, has tables outside the plugin's names, or no migrations.
    """
    if not isinstance(storage, Storage):
        raise RejectedError(f"host_storage() returned {type(storage).__name__}, expected Storage.")
    for table in storage.metadata.tables:
        if not table.startswith(f"{plugin.id}_"):
            raise RejectedError(f"The table {table!r} stands outside the plugin's names: {plugin.id}_….")
    if not (Path(storage.migrations) / "versions").is_dir():
        raise RejectedError("host_storage() names a folder of migrations without versions/ in it.")
    return storage
