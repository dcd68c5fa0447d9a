"""What activating a set will do, in sentences for people (``ui/activate.html``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from host.api import N_, Text

from .comparing import Change, title
from .licences import LicenceSet, LicenceType, ModuleLicence, UserType
from .moves import Move
from .wording import ngettext

_MAY_HOLD = {
    UserType.UNKNOWN: N_("From now on anybody can have %(title)s."),
    UserType.INTERNAL: N_("From now on only employees can be given %(title)s."),
    UserType.RESOURCE: N_("From now on only resources can be given %(title)s."),
    UserType.EXTERNAL: N_("From now on only external users can be given %(title)s."),
    UserType.ANONYMOUS: N_("From now on only anonymous users can be given %(title)s."),
    UserType.SYSTEM: N_("From now on only system users can be given %(title)s."),
}


def effects(
    changes: Iterable[Change],
    old: LicenceSet | None,
    new: LicenceSet,
    plan: Iterable[Move],
    *,
    can_be_undone: bool = True,
) -> list[Text]:
    """What activating *new* in the place of *old* will do.

    Args:
        changes: What changes for people, from `comparing.compare`.
        old: The set in force; None where there is none.
        plan: What will be done with holders.
        can_be_undone: Whether *old* can be put back then; not where this is putting back itself.

    Returns:
        Sentences: what becomes of licences, then of holders, then of dates.
    """
    before = {} if old is None else {licence.name: licence for licence in old.licences}
    after = {licence.name: licence for licence in new.licences}
    said: list[Text] = []
    for change in changes:
        was, will = before.get(change.name), after.get(change.name)
        said += _turned(change) if change.kind not in _NUMBERED else _numbers(change)
        said += _rules(change, was, will, before, after)
    said += _moves(plan, before, after)
    said += _identity(old, new)
    said += _dates(old, new)
    if old is not None and can_be_undone:
        said.append(N_("The present set is kept, so it can be put back."))
    return said


_NUMBERED = (LicenceType.USER, LicenceType.SATELLITE)


def _turned(change: Change) -> Iterator[Text]:
    match change.state:
        case "new":
            yield N_("Everyone gets %(title)s at once.", title=change.title)
        case "gone":
            yield N_("Everyone loses %(title)s.", title=change.title)


def _numbers(change: Change) -> Iterator[Text]:
    name = change.title
    if change.to_remove:
        yield in_the_way(change)
    elif change.state == "gone" and change.planned:
        yield N_("%(title)s disappears.", title=name)
    elif change.state == "gone":
        yield N_("%(title)s disappears. Nobody is affected.", title=name)
    elif change.unrestricted_after and not change.unrestricted_before:
        yield N_("Any number of people can have %(title)s.", title=name)
    elif change.unrestricted_before and change.new_total is not None:
        yield ngettext(
            "From now on no more than %(n)s person can have %(title)s.",
            "From now on no more than %(n)s people can have %(title)s.",
            change.new_total,
            title=name,
        )
    elif change.kind is LicenceType.SATELLITE:
        yield from _satellites(change)
    elif change.state == "new" and change.new_total is not None:
        yield ngettext(
            "%(n)s person can have %(title)s, which is new.",
            "%(n)s people can have %(title)s, which is new.",
            change.new_total,
            title=name,
        )
    elif (change.added or 0) > 0:
        yield ngettext(
            "%(n)s more person can have %(title)s.",
            "%(n)s more people can have %(title)s.",
            change.added or 0,
            title=name,
        )
    elif (change.added or 0) < 0 and not change.planned:
        yield N_("Nobody with %(title)s is affected: there is room for all of them.", title=name)


def in_the_way(change: Change) -> Text:
    """That more hold the licence of *change* than there will be room for, so that it cannot be activated."""
    return ngettext(
        "%(n)s too many of %(title)s is in use: one has to go first.",
        "%(n)s too many of %(title)s are in use: they have to go first.",
        change.to_remove,
        title=change.title,
    )


def _satellites(change: Change) -> Iterator[Text]:
    if change.new_total is not None and change.added:
        yield ngettext(
            "%(title)s is good for %(n)s satellite.",
            "%(title)s is good for %(n)s satellites.",
            change.new_total,
            title=change.title,
        )


def _rules(
    change: Change,
    was: ModuleLicence | None,
    will: ModuleLicence | None,
    before: dict[str, ModuleLicence],
    after: dict[str, ModuleLicence],
) -> Iterator[Text]:
    if was is None or will is None:
        return
    if was.type is not will.type:
        yield N_("%(title)s becomes a licence of another type.", title=change.title)
    if will.is_plan and not was.is_plan:
        yield N_("From now on %(title)s is a plan: a person has one plan at most.", title=change.title)
    if was.hidden and not will.hidden:
        yield N_("From now on %(title)s is in the list.", title=change.title)
    elif will.hidden and not was.hidden:
        yield N_("From now on %(title)s is hidden, and is not assigned by hand.", title=change.title)
    more = [after[name] for name in will.brings if name not in was.brings and name in after]
    less = [before[name] for name in was.brings if name not in will.brings and name in before]
    if more:
        yield N_("Everyone with %(title)s also gets %(others)s.", title=change.title, others=_names(more))
    if less:
        yield N_("Everyone with %(title)s loses %(others)s.", title=change.title, others=_names(less))
    if will.prerequisite != was.prerequisite:
        yield _prerequisite(change, will, after)
    if will.allowed_user_type is not was.allowed_user_type:
        yield N_(_MAY_HOLD[will.allowed_user_type].id, title=change.title)


def _prerequisite(change: Change, will: ModuleLicence, after: dict[str, ModuleLicence]) -> Text:
    if not will.prerequisite:
        return N_("From now on %(title)s needs no other licence first.", title=change.title)
    first = after.get(will.prerequisite)
    needed = title(first) if first else will.prerequisite
    return N_(
        "From now on %(title)s can be given only to who has %(first)s.", title=change.title, first=needed
    )


def _moves(
    plan: Iterable[Move], before: dict[str, ModuleLicence], after: dict[str, ModuleLicence]
) -> Iterator[Text]:
    for move in plan:
        lost = _called(move.name, before)
        given = _called(move.to, after)
        if move.to is None:
            yield ngettext(
                "%(n)s person loses %(lost)s.", "%(n)s people lose %(lost)s.", move.people, lost=lost
            )
        elif move.name is None:
            yield ngettext(
                "%(n)s person gets %(title)s back.",
                "%(n)s people get %(title)s back.",
                move.people,
                title=given,
            )
        else:
            yield ngettext(
                "%(n)s person gets %(title)s instead of %(lost)s.",
                "%(n)s people get %(title)s instead of %(lost)s.",
                move.people,
                title=given,
                lost=lost,
            )


def _called(name: str | None, licences: dict[str, ModuleLicence]) -> str:
    licence = licences.get(name or "")
    return title(licence) if licence else name or ""


def _identity(old: LicenceSet | None, new: LicenceSet) -> Iterator[Text]:
    if old is not None and old.company != new.company:
        yield N_("The company is called %(name)s from then on.", name=new.company)
    if old is not None and old.serial != new.serial:
        yield N_("The serial number is %(serial)s from then on.", serial=new.serial)


def _dates(old: LicenceSet | None, new: LicenceSet) -> Iterator[Text]:
    if old is None:
        return
    days = _days_longer(old.dates.expiry, new.dates.expiry)
    if days is None:
        yield N_("The new licence never expires.")
    elif days > 0:
        yield ngettext(
            "The new licence runs %(n)s day longer than the present one.",
            "The new licence runs %(n)s days longer than the present one.",
            days,
        )
    elif days < 0 and old.dates.expiry is None:
        yield N_("The new licence has an expiry date; the present one has none.")
    elif days < 0:
        yield ngettext(
            "The new licence ends %(n)s day before the present one.",
            "The new licence ends %(n)s days before the present one.",
            -days,
        )


def _days_longer(old: date | None, new: date | None) -> int | None:
    """Days from one expiry to the other; None where the new one never comes and the old one would have."""
    if old == new:
        return 0
    return None if new is None else (new - (old or date.max)).days


def _names(licences: Sequence[ModuleLicence]) -> str:
    return ", ".join(title(licence) for licence in licences)
