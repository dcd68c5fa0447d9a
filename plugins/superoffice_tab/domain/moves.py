"""What is to be done with holders when a set is activated, summed up, and what is counted then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .licences import LicenceType, ModuleLicence


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What activating will do with some holders of one licence.

    Args:
        name: Code name of the licence that is taken back; None for nothing.
        to: Code name of what they get instead; None for nothing.
        people: How many they are, retired ones too.
        weight: How many of the licence those who are not retired occupy.
        assigned: How many all of them occupy.
    """

    name: str | None
    to: str | None
    people: int
    weight: int
    assigned: int


def applied(
    direct: Mapping[str, int], assigned: Mapping[str, int], plan: Iterable[Move]
) -> tuple[dict[str, int], dict[str, int]]:
    """*direct* and *assigned* as they are once *plan* is done."""
    after, everybody = dict(direct), dict(assigned)
    for move in plan:
        for counts, weight in ((after, move.weight), (everybody, move.assigned)):
            if move.name is not None:
                counts[move.name] = counts.get(move.name, 0) - weight
            if move.to is not None:
                counts[move.to] = counts.get(move.to, 0) + weight
    return after, everybody


def carriers(name: str, licences: Iterable[ModuleLicence]) -> frozenset[str]:
    """Code names of what somebody is given who holds *name*: itself, and plans that bring it if it is hidden.

    Args:
        licences: The set that says so.
    """
    by_name = {licence.name: licence for licence in licences}
    licence = by_name.get(name)
    if licence is None or licence.type is not LicenceType.USER or not licence.hidden:
        return frozenset({name})
    return frozenset({name, *(plan.name for plan in by_name.values() if name in plan.brings)})
