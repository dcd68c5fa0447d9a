"""What may be planned for a holder until a new set is activated (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from host.api import N_, Text

from .comparing import title
from .licences import LicenceType, ModuleLicence, UserType, full_name
from .people import Catalogue, keeps_service_licence
from .wording import ngettext

_USER_TYPES = {
    UserType.INTERNAL: "employee",
    UserType.RESOURCE: "resource",
    UserType.EXTERNAL: "external",
    UserType.ANONYMOUS: "anonymous",
    UserType.SYSTEM: "system",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds licences of one owner.

    Args:
        type: Kind of associate, as the file writes it (formats.md 2).
        held: Full names of what was assigned, now.
    """

    user_id: str
    type: str
    retired: bool
    open_requests: int
    held: frozenset[str]


def refusal(
    holder: Holder, taken: Collection[str], given: Sequence[str], before: Catalogue, after: Catalogue
) -> Text | None:
    """Why *holder* cannot lose and get licences when one set takes the place of another.

    Whether there is room is not looked at.

    Args:
        taken: Full names of all that they lose.
        given: Full names of all that they get.
        before: The set in force.
        after: The set that will be.

    Returns:
        The reason; None where nothing speaks against it.
    """
    lost = holder.held.intersection(taken)
    kept = holder.held - lost
    final = kept.union(given)
    reasons = (
        *(_given(holder, name, final, after) for name in given),
        _twice(kept, given, after),
        _plans(final, given, after),
        *(_needed(name, holder, final, before, after) for name in kept),
        _service(holder, lost, final, before, after),
    )
    return next((reason for reason in reasons if reason is not None), None)


def _given(holder: Holder, name: str, final: frozenset[str], after: Catalogue) -> Text | None:
    licence = after.get(name)
    if licence is None or licence.type is not LicenceType.USER or licence.hidden:
        return N_("%(title)s cannot be assigned.", title=_called(name, after))
    if holder.retired:
        return N_("The person is retired.")
    if licence.allowed_user_type is not UserType.UNKNOWN and holder.type != _USER_TYPES.get(
        licence.allowed_user_type
    ):
        return N_("%(title)s is not for people of this kind.", title=title(licence))
    needed = _prerequisite(licence)
    first = after.get(needed) if needed else None
    if needed and (first is None or (_of_people(first) and needed not in after.everything(final))):
        return N_("%(title)s needs %(first)s first.", title=title(licence), first=_called(needed, after))
    return None


def _twice(kept: frozenset[str], given: Sequence[str], after: Catalogue) -> Text | None:
    for place, name in enumerate(given):
        if name in kept or name in given[:place]:
            return N_("The person has %(title)s already.", title=_called(name, after))
    return None


def _plans(final: frozenset[str], given: Sequence[str], after: Catalogue) -> Text | None:
    plans = sorted(name for name in final if _is_plan(after.get(name)))
    new = [name for name in plans if name in given]
    if not new or len(plans) < 2:
        return None
    other = next(name for name in plans if name != new[0])
    return N_(
        "A person has one plan at most: %(title)s does not go with %(other)s.",
        title=_called(new[0], after),
        other=_called(other, after),
    )


def _needed(
    name: str, holder: Holder, final: frozenset[str], before: Catalogue, after: Catalogue
) -> Text | None:
    """Why *name*, which stays, forbids taking away what it needs."""
    licence = after.get(name)
    needed = _prerequisite(licence) if licence else ""
    first = after.get(needed) if needed else None
    if licence is None or first is None or not _of_people(first):
        return None
    if needed not in before.everything(holder.held) or needed in after.everything(final):
        return None
    return N_(
        "%(title)s, which the person has, needs %(first)s. Take %(title)s back first.",
        title=title(licence),
        first=title(first),
    )


def _service(
    holder: Holder, lost: frozenset[str], final: frozenset[str], before: Catalogue, after: Catalogue
) -> Text | None:
    if not keeps_service_licence(holder.open_requests):
        return None
    if not before.lets_work_in_service(lost) or after.lets_work_in_service(final):
        return None
    return ngettext(
        "The person keeps it: %(n)s open request in Service. Close or move it first.",
        "The person keeps it: %(n)s open requests in Service. Close or move them first.",
        holder.open_requests,
    )


def _prerequisite(licence: ModuleLicence) -> str:
    return full_name(licence.owner, licence.prerequisite) if licence.prerequisite else ""


def _of_people(licence: ModuleLicence) -> bool:
    return licence.type is LicenceType.USER


def _is_plan(licence: ModuleLicence | None) -> bool:
    return licence is not None and licence.is_plan


def _called(name: str, catalogue: Catalogue) -> str:
    licence = catalogue.get(name)
    return title(licence) if licence else name
