"""All plugins of this process, and the hooks they publish to each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from marshmallow import ValidationError

from host.api.errors import TabhostError
from host.api.published import Published, record_of
from host.api.values import Permission
from host.domain.errors import PluginFault

from .guard import guarded
from .ledger import Ledger
from .plugin import Plugin


class Opener(Protocol):
    """Makes a plugin the one being served, for as long as the block lasts."""

    def __call__(self, plugin: Plugin) -> AbstractContextManager[Any]:
        """Open `current_host` for *plugin*."""


class Registry:
    """The plugins that admission let in or turned away.

    Args:
        plugins: In the order of admission.
        ledger: Where calls are noted.
    """

    def __init__(self, plugins: list[Plugin], ledger: Ledger) -> None:
        self.ledger = ledger
        self.fill(plugins)

    def fill(self, plugins: list[Plugin]) -> None:
        """Take *plugins* in, in place of those that were here."""
        self.plugins = plugins
        self._by_id = {each.id: each for each in plugins if not each.reason}
        publishing = [each.published for each in plugins if each.published and not each.reason]
        self._schemas = {name: schema for each in publishing for name, schema in each.schemas.items()}
        records = [record_of(function) for each in publishing for function in each.functions]
        self._functions = {(each.owner, each.name): each for each in records if each}

    def get(self, plugin: str) -> Plugin | None:
        """The admitted plugin with that id, or None."""
        return self._by_id.get(plugin)

    def admitted(self) -> Iterator[Plugin]:
        """Every plugin that was not rejected."""
        return iter(self._by_id.values())

    def published(self, owner: str, name: str) -> Published | None:
        """The function *name* that the built-in plugin *owner* publishes, or None."""
        return self._functions.get((owner, name))

    def schema(self, hook: str) -> Any:
        """The schema of a published hook; None if nobody publishes it."""
        return self._schemas.get(hook)

    def permissions(self) -> list[Permission]:
        """All declared permissions."""
        return [permission for plugin in self.admitted() for permission in plugin.permissions]

    def ask(
        self, hook: str, arguments: dict[str, Any], opening: Opener, switched_off: frozenset[str]
    ) -> list[tuple[str, Any]]:
        """Call a published hook for each plugin that is on, and check what comes back.

        Returns:
            (plugin id, value) pairs, sorted by plugin id. Whoever failed or answered None is left out.

        Raises:
            AttributeError: No built-in plugin publishes *hook*.
        """
        schema = self._schemas.get(hook)
        if schema is None:
            raise AttributeError(f"No built-in plugin publishes the hook {hook!r}.")
        answers = []
        for plugin in sorted(self.admitted(), key=lambda each: each.id):
            if plugin.id in switched_off or not plugin.implements(hook):
                continue
            if hook in plugin.answers:  # it was asked and judged when it was loaded: no call of its code
                answers.append((plugin.id, plugin.answers[hook]))
                continue
            try:
                value = guarded(
                    self.ledger,
                    plugin.id,
                    lambda: _checked(plugin, hook, arguments, opening, schema),  # noqa: B023 - called at once
                )
            except (PluginFault, TabhostError):
                continue  # the ledger has it; the others' answers still count
            if value is not None:
                answers.append((plugin.id, value))
        return answers


def _checked(plugin: Plugin, hook: str, arguments: dict[str, Any], opening: Opener, schema: Any) -> Any:
    if plugin.declared is not None:  # it was asked when it was adopted
        packed = plugin.declared.answers.get(hook)
        return None if packed is None else schema.load(packed)
    with opening(plugin):
        value = plugin.call(hook, **arguments)
    if value is None:
        return None
    try:
        return schema.load(schema.dump(value))
    except (ValidationError, AttributeError, TypeError, ValueError) as error:
        raise TypeError(f"{hook}() returned a value that is not valid: {error}") from error
