"""The rows that plugins add to the box *Database*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from host.api import current_host

from . import declared
from .services.additions import ToldFact, in_order, told_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One row, in the reader's language.

    Args:
        label: What stands on the left.
        value: What stands on the right.
    """

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactGroup:
    """The rows of one plugin.

    Args:
        plugin: Its id.
        rows: The rows in their order.
    """

    plugin: str
    rows: Sequence[FactRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of them.

    Args:
        own: Rows of built-in plugins, which stand among the others.
        vendors: Those of third parties, each below its name.
    """

    own: Sequence[FactRow]
    vendors: Sequence[FactGroup]


def asked_facts() -> list[ToldFact]:
    """What built-in plugins say when they are asked."""
    answers = current_host.hooks.status_facts()
    return [ToldFact(plugin=plugin, fact=each) for plugin, facts in answers for each in in_order(facts)]


def pushed_facts() -> list[ToldFact]:
    """What third parties that are on have told."""
    return told_facts(current_host.session, current_host.serves)


def read_facts() -> Facts:
    """All facts, for whoever reads."""
    groups = groupby(pushed_facts(), key=lambda each: each.plugin)
    return Facts(
        own=[in_words(each) for each in asked_facts()],
        vendors=[
            FactGroup(plugin=plugin, rows=[in_words(each) for each in facts]) for plugin, facts in groups
        ],
    )


def in_words(told: ToldFact) -> FactRow:
    """One fact in the language of the answer."""
    fact, plugin = told.fact, told.plugin
    return FactRow(label=declared.say(plugin, fact.label), value=declared.say(plugin, fact.value))


def told() -> list[dict[str, Any]]:
    """All facts for programs: built-in plugins' first."""
    found = []
    for each in (*asked_facts(), *pushed_facts()):
        row = in_words(each)
        found.append(
            {
                "plugin": each.plugin,
                "key": each.fact.key,
                "label": row.label,
                "value": row.value,
                "told": each.told,
            }
        )
    return found
