"""How use is counted and what blocks an activation (formats.md 6, domain.md 1.4).

Only hidden licences come with a plan, and hidden ones are never assigned by hand. So nobody holds
one licence both ways, and what plans bring can be added to what is assigned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from .licences import LicenceType, ModuleLicence


class Cause(Enum):
    """Why holders stand in the way of a set."""

    SMALLER = "smaller"
    GONE = "gone"
    NOT_ASSIGNABLE = "not assignable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deficit:
    """A licence that more people hold than the new set allows.

    Args:
        name: Code name.
        description: Display name.
        in_use: What is held now.
        new_total: What the new set grants.
        to_remove: How many have to go before the set can be activated.
    """

    name: str
    description: str
    in_use: int
    new_total: int
    to_remove: int
    cause: Cause


def free(in_use: int, total: int) -> int:
    """How many more can be given away; never negative."""
    return max(0, total - in_use)


def to_remove(in_use: int, new_total: int) -> int:
    """How many holders a new total has too many: max(0, in use − new total) (domain.md 1.4)."""
    return max(0, in_use - new_total)


def share(in_use: int, total: int) -> float:
    """Percent of *total* that is in use, with one decimal, at most 100; an empty total is full."""
    return min(100.0, round(100 * in_use / total, 1)) if total > 0 else 100.0


def usage(direct: Mapping[str, int], licences: Iterable[ModuleLicence]) -> dict[str, int]:
    """In use of every user licence of a set, with what plans bring along (domain.md 3.6).

    Args:
        direct: Sum of weights over holders who are not retired, by code name.
        licences: All licences of one owner's set.

    Returns:
        In use by code name. A hidden user licence counts the holders of every plan that brings it.
    """
    users = {licence.name: licence for licence in licences if licence.type is LicenceType.USER}
    counts = Counter({name: direct.get(name, 0) for name in users})
    for plan in users.values():
        for name in plan.brings:
            if name != plan.name and name in users and users[name].hidden:
                counts[name] += direct.get(plan.name, 0)
    return dict(counts)


def deficits(
    direct: Mapping[str, int],
    assigned: Mapping[str, int],
    current: Sequence[ModuleLicence],
    new: Sequence[ModuleLicence],
) -> list[Deficit]:
    """What stands in the way of putting *new* in the place of *current*.

    Args:
        direct: Sum of weights over holders who are not retired, by code name.
        assigned: Sum of weights over everybody, retired people too: what disappears needs all gone.
        current: Licences in force.
        new: Licences that would be.

    Returns:
        One for each licence in the way, in the order of *current* and then of *new*; empty if none is.
    """
    coming = {licence.name: licence for licence in new}
    found = [
        _gone(licence, assigned[licence.name], coming.get(licence.name))
        for licence in current
        if assigned.get(licence.name) and not _assignable(coming.get(licence.name))
    ]
    blocked = {deficit.name for deficit in found}
    counts = usage(direct, new)
    for licence in new:
        held = counts.get(licence.name, 0)
        if licence.is_restricted and licence.name not in blocked and held > licence.quantity:
            found.append(
                Deficit(
                    name=licence.name,
                    description=licence.description,
                    in_use=held,
                    new_total=licence.quantity,
                    to_remove=to_remove(held, licence.quantity),
                    cause=Cause.SMALLER,
                )
            )
    return found


def _assignable(licence: ModuleLicence | None) -> bool:
    return licence is not None and licence.type is LicenceType.USER and not licence.hidden


def _gone(licence: ModuleLicence, held: int, successor: ModuleLicence | None) -> Deficit:
    return Deficit(
        name=licence.name,
        description=licence.description,
        in_use=held,
        new_total=0,
        to_remove=held,
        cause=Cause.GONE if successor is None else Cause.NOT_ASSIGNABLE,
    )
