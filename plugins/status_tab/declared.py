"""What plugins that are on declare, in the reader's language: metered services and types of system events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from host.api import Plain, Text, current_host

from .domain.events import EVENT_TYPES, EventType
from .domain.metered import METERED_SERVICES, MeteredService
from .schemas import additions
from .schemas.additions import service_of, type_of

Value = TypeVar("Value")


def declared_services() -> list[tuple[str, additions.MeteredService]]:
    """Metered services as plugins that are on declare them, with whose they are."""
    return _each(current_host.hooks.status_metered_services())


def declared_types() -> list[tuple[str, additions.EventType]]:
    """Event types as plugins that are on declare them, with whose they are."""
    return _each(current_host.hooks.status_event_types())


def services() -> Sequence[MeteredService]:
    """What is metered now: the five, then by plugin what those that are on declare."""
    own = [service_of(each, plugin, partial(say, plugin)) for plugin, each in declared_services()]
    return (*METERED_SERVICES, *own) if own else METERED_SERVICES


def event_types() -> Mapping[str, EventType]:
    """The types of events that there are now: those of every installation, then by plugin the others."""
    own = [type_of(each, plugin, partial(say, plugin)) for plugin, each in declared_types()]
    return {**EVENT_TYPES, **{each.key: each for each in own}} if own else EVENT_TYPES


def say(plugin: str, text: Text | Plain) -> str:
    """A *text* of *plugin* in the language of the answer."""
    return current_host.translate(text, plugin=plugin)


def _each(answers: Iterable[tuple[str, list[Value]]]) -> list[tuple[str, Value]]:
    return [(plugin, each) for plugin, declared in answers for each in declared]
