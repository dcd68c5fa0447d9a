"""Admitting a plugin, or rejecting it with the reason. The host starts whatever plugins do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from host.api.values import HookSpecs
from host.domain.errors import RejectedError

from .answers import take_answers
from .checks import check_names, check_permissions
from .declarations import Declarations
from .declaring import Opening, PrepareStore, Surroundings, declarations_of, declare, furnish
from .discovery import Found
from .loading import attempt, load, publishers
from .plugin import Plugin

Adopt = Callable[[list[Found]], Mapping[str, Declarations | str]]
"""Has third parties asked in processes of their own: by id what each declares, or why it is rejected."""


def admit_all(
    found: list[Found], prepare: PrepareStore, opening: Opening, adopt: Adopt | None = None
) -> list[Plugin]:
    """Check every plugin that was found, one after the other.

    Built-in plugins come first, since they publish hooks that others are checked against.

    Args:
        found: What discovery found, built-in ones first.
        prepare: How to open a plugin's store.
        opening: How to give a plugin `current_host`, for reading.
        adopt: How to learn what third parties declare without importing them; None to import them here.
    """
    here = [load(each) for each in found if each.builtin or adopt is None]
    around = Surroundings(published=publishers(here), prepare=prepare, opening=opening)
    plugins: list[Plugin] = []
    for plugin, target in here:
        if not plugin.reason:
            attempt(plugin, lambda: _admit_here(plugin, target, around, plugins))  # noqa: B023 - called at once
        plugins.append(plugin)
    if adopt:
        _admit_remote([each for each in found if not each.builtin], adopt, plugins, around.published)
    return plugins


def _admit_here(plugin: Plugin, target: object, around: Surroundings, others: list[Plugin]) -> None:
    if any(plugin.id == each.id for each in others):
        raise RejectedError(f"The id {plugin.id} belongs to another plugin that is installed too.")
    declare(plugin, target, around)
    _check_among(plugin, others)


def _admit_remote(
    found: list[Found], adopt: Adopt, plugins: list[Plugin], published: list[HookSpecs]
) -> None:
    told = adopt([each for each in found if not each.problem])
    for each in found:
        plugin = Plugin(found=each, reason=each.problem, remote=True)
        answer = told.get(each.id, "It was not asked what it declares.")
        if plugin.reason:
            pass
        elif isinstance(answer, str):
            plugin.reason = answer
        else:
            attempt(
                plugin,
                lambda: _admit_declared(plugin, answer, plugins, published),  # noqa: B023 - called at once
            )
        plugins.append(plugin)


def _admit_declared(
    plugin: Plugin, declared: Declarations, others: list[Plugin], published: list[HookSpecs]
) -> None:
    plugin.take(declared)
    take_answers(plugin, published)
    _check_among(plugin, others)


def _check_among(plugin: Plugin, others: list[Plugin]) -> None:
    check_names(plugin, [each for each in others if not each.reason])
    check_permissions(plugin)
    plugin.scripted = frozenset(each.id for each in plugin.tabs if each.scripts)


def admit_known(found: Found, prepare: PrepareStore) -> Plugin:
    """Load a third party that was asked before, in its runner: quickly, and without checking it again.

    Args:
        found: The plugin.
        prepare: How to open its store.

    Raises:
        RejectedError: It cannot be loaded; carries the reason.
    """
    plugin, target = load(found)
    if not plugin.reason:
        attempt(plugin, lambda: furnish(plugin, target, prepare))
    if plugin.reason:
        raise RejectedError(plugin.reason)
    return plugin


def admit_alone(
    found: Found, builtins: list[Found], prepare: PrepareStore, opening: Opening
) -> tuple[Plugin, Declarations]:
    """Load one third party where nothing else is: in its runner, or in the process that asks it.

    Args:
        found: The plugin.
        builtins: Built-in plugins, whose published hooks it may implement.
        prepare: How to open its store.
        opening: How to give it `current_host`, for reading.

    Raises:
        RejectedError: It may not stand; carries the reason.
    """
    around = Surroundings(
        published=publishers([load(each) for each in builtins]), prepare=prepare, opening=opening
    )
    plugin, target = load(found)
    if not plugin.reason:
        attempt(plugin, lambda: declare(plugin, target, around))
    declared: list[Declarations] = []
    if not plugin.reason:
        attempt(plugin, lambda: declared.append(declarations_of(plugin, around.published)))
    if plugin.reason:
        raise RejectedError(plugin.reason)
    return plugin, declared[0]
