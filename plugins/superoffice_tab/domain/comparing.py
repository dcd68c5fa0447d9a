"""What a new set changes for people: rows of the dialog Activate new licence (domain.md 1.2, 1.4, 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .counting import Cause, Deficit, deficits, usage
from .licences import LicenceSet, LicenceType, ModuleLicence, OwnerDates
from .moves import Move, applied, carriers

State = Literal["new", "gone", "changed"]
Totals = dict[str, tuple[int | None, int | None]]
"""Code name → (total before, total after); None where the licence was or is not there."""

_KINDS = (LicenceType.USER, LicenceType.SATELLITE, LicenceType.SYSTEM, LicenceType.UNKNOWN)
_COUNTED = (LicenceType.USER, LicenceType.SATELLITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of the dialog Activate new licence: a licence that is new, gone, or no longer the same.

    Figures are None where they say nothing: of what is on or off, unrestricted, or not there.

    Args:
        name: Code name.
        title: Display name.
        kind: What it is for; of a licence that stays, what it will be for.
        in_use: What is held now.
        free: Still to give away now; negative where more are held than there are.
        total: Bought until now.
        added: New total less total.
        new_total: Bought from then on.
        new_free: Still to give away after activation and what is planned; negative where it blocks.
        unrestricted_before: Whether any number of people may hold it now.
        unrestricted_after: Whether any number of people may hold it then.
        hidden: Whether it is not in the list: it comes with a plan.
        to_remove: How many still have to go, after what is planned; 0 where nothing blocks.
        planned: How many holders the plan moves or removes.
        cause: Why holders stand in the way; None where none do.
    """

    name: str
    title: str
    kind: LicenceType
    state: State
    in_use: int | None
    free: int | None
    total: int | None
    added: int | None
    new_total: int | None
    new_free: int | None
    unrestricted_before: bool = False
    unrestricted_after: bool = False
    hidden: bool = False
    to_remove: int = 0
    planned: int = 0
    cause: Cause | None = None


def title(licence: ModuleLicence) -> str:
    """What a licence is called in the list."""
    return licence.description or licence.name


def compare(
    current: LicenceSet | None,
    new: LicenceSet,
    direct: Mapping[str, int],
    assigned: Mapping[str, int],
    plan: Iterable[Move] = (),
) -> list[Change]:
    """What *new* changes for people in the place of *current*.

    What is only called otherwise, or stands elsewhere in the list, changes nothing for anybody.

    Args:
        current: The set in force; None where there is none.
        direct: Sum of weights over holders who are not retired, by code name.
        assigned: Sum of weights over everybody, by code name.
        plan: What will be done with holders.

    Returns:
        One for each licence that changes or stands in the way: first those that do, then by type and name.
    """
    plan = tuple(plan)
    before = () if current is None else current.licences
    after_direct, after_assigned = applied(direct, assigned, plan)
    blocked = {each.name: each for each in deficits(after_direct, after_assigned, before, new.licences)}
    figures = _Figures(usage(direct, before), usage(after_direct, new.licences), blocked, plan, new.licences)
    old = {licence.name: licence for licence in before}
    coming = {licence.name: licence for licence in new.licences}
    found = [
        figures.change(coming.get(name) or old[name], old.get(name), coming.get(name))
        for name in {**old, **coming}
        if name in blocked or _for_people(old.get(name)) != _for_people(coming.get(name))
    ]
    return sorted(found, key=_rank)


def may_go(changes: Iterable[Change], coming: Sequence[ModuleLicence]) -> frozenset[str]:
    """Code names of licences that have to be taken back from somebody before a set can be activated.

    That is what stands in the way, the plans that bring it, and whatever needs one of these first and so
    has to go before it (domain.md 1.4).

    Args:
        changes: What the set changes.
        coming: The licences that will be.
    """
    by_name = {licence.name: licence for licence in coming}
    found: set[str] = set()
    more = {name for each in changes if each.to_remove for name in carriers(each.name, coming)}
    while more:
        found |= more
        lost = found.union(*(by_name[name].brings for name in found if name in by_name))
        needing = [each.name for each in coming if each.prerequisite in lost and each.prerequisite in by_name]
        more = {carrier for name in needing for carrier in carriers(name, coming)} - found
    return frozenset(found)


def totals(current: LicenceSet | None, new: LicenceSet) -> Totals:
    """Each licence that differs in anything at all, by code name, with its quantities."""
    old = {} if current is None else {licence.name: licence for licence in current.licences}
    coming = {licence.name: licence for licence in new.licences}
    return {
        name: (
            old[name].quantity if name in old else None,
            coming[name].quantity if name in coming else None,
        )
        for name in sorted({*old, *coming})
        if old.get(name) != coming.get(name)
    }


def is_harmless(current: LicenceSet | None, new: LicenceSet, changes: Sequence[Change]) -> bool:
    """Whether *new* changes nothing for anybody, and so may activate by itself.

    Nothing in *changes*, no date earlier than before, the same company and serial number (domain.md 1.4).
    """
    if current is None or changes:
        return False
    same = (current.company, current.serial) == (new.company, new.serial)
    pairs = zip(_ends(current.dates), _ends(new.dates), strict=True)
    return same and all(after >= before for before, after in pairs)


def _ends(dates: OwnerDates) -> tuple[date, ...]:
    return tuple(each or date.max for each in (dates.warning, dates.expiry, dates.stop, dates.maintenance))


def _for_people(licence: ModuleLicence | None) -> tuple[object, ...] | None:
    if licence is None:
        return None
    return (
        licence.type,
        _total(licence),
        _unrestricted(licence),
        licence.hidden,
        licence.is_plan,
        frozenset(licence.brings),
        licence.prerequisite,
        licence.allowed_user_type,
    )


def _total(licence: ModuleLicence | None) -> int | None:
    counted = licence is not None and licence.type in _COUNTED and not _unrestricted(licence)
    return licence.quantity if licence is not None and counted else None


def _unrestricted(licence: ModuleLicence | None) -> bool:
    return licence is not None and licence.type in _COUNTED and licence.unrestricted


@dataclass(frozen=True, slots=True)
class _Figures:
    in_use: Mapping[str, int]
    in_use_then: Mapping[str, int]
    blocked: Mapping[str, Deficit]
    plan: Sequence[Move]
    coming: Sequence[ModuleLicence]

    def change(self, licence: ModuleLicence, old: ModuleLicence | None, new: ModuleLicence | None) -> Change:
        name = licence.name
        deficit = self.blocked.get(name)
        to_remove = deficit.to_remove if deficit else 0
        total, new_total = _total(old), _total(new)
        held = self.in_use.get(name) if old else None
        return Change(
            name=name,
            title=title(licence),
            kind=licence.type,
            state="new" if old is None else "gone" if new is None else "changed",
            in_use=held,
            free=None if total is None or held is None else total - held,
            total=total,
            added=_added(old, new),
            new_total=new_total,
            new_free=-to_remove if to_remove else self._left(name, new_total),
            unrestricted_before=_unrestricted(old),
            unrestricted_after=_unrestricted(new),
            hidden=licence.hidden,
            to_remove=to_remove,
            planned=self._planned(name),
            cause=deficit.cause if deficit else None,
        )

    def _planned(self, name: str) -> int:
        given = carriers(name, self.coming)
        return sum(move.people for move in self.plan if move.name in given and move.to not in given)

    def _left(self, name: str, new_total: int | None) -> int | None:
        held = self.in_use_then.get(name)
        return None if new_total is None or held is None else new_total - held


def _added(old: ModuleLicence | None, new: ModuleLicence | None) -> int | None:
    before, after = _total(old), _total(new)
    if (old and before is None) or (new and after is None):
        return None  # on or off, or unrestricted: there is nothing to count with
    return (after or 0) - (before or 0)


def _rank(change: Change) -> tuple[bool, int, str, str]:
    return (not change.to_remove, _KINDS.index(change.kind), change.title.casefold(), change.name)
