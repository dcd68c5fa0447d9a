"""What can be given of an owner's licences, and giving one person just what was chosen for them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from host.api import NotFoundError, Work
from superoffice_tab.domain.counting import free
from superoffice_tab.domain.licences import PLAN, LicenceType
from superoffice_tab.storage.models import Licence, PlanLicence

from .assigning import Outcome, assign, release
from .details import Named
from .people_list import person
from .reading import OwnerView
from .refusals import UnknownPeopleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosable:
    """A licence that can be given to a person by hand.

    Args:
        code: Code name.
        title: Display name.
        is_plan: Whether a person has at most one of its kind.
        prerequisite: Code name of what is needed first; "" for none.
        free: How many are left; None where any number can be given.
        depth: How many others are needed first, one after the other.
    """

    code: str
    title: str
    is_plan: bool
    prerequisite: str
    free: int | None
    depth: int = 0


def choices(owner: OwnerView, session: Session) -> list[Choosable]:
    """What can be given by hand: plans first, each licence after what it needs, else by display name."""
    columns = (Licence.name, Licence.description, Licence.extra_flags, Licence.prerequisite)
    query = select(*columns, Licence.unrestricted, Licence.quantity, Licence.held, Licence.altered).where(
        Licence.owner_id == owner.id,
        Licence.type == LicenceType.USER.value,
        Licence.hidden.is_(False),
    )
    found = {
        row.name: Choosable(
            code=row.name,
            title=row.description or row.name,
            is_plan=bool(row.extra_flags & PLAN),
            prerequisite=row.prerequisite,
            free=None if row.unrestricted else free(row.held, 0 if row.altered else row.quantity),
        )
        for row in session.execute(query)
    }
    paths = {code: _path(each, found) for code, each in found.items()}
    placed = [replace(each, depth=len(paths[code]) - 1) for code, each in found.items()]
    return sorted(placed, key=lambda each: (not each.is_plan, paths[each.code]))


def brought(owner: OwnerView, session: Session) -> dict[str, list[Named]]:
    """What comes with each plan of *owner*, by the code name of the plan (domain.md 1.2)."""
    plan, licence = aliased(Licence), aliased(Licence)
    title = func.coalesce(func.nullif(licence.description, ""), licence.name)
    query = (
        select(plan.name, licence.name, title)
        .join(PlanLicence, PlanLicence.plan_id == plan.id)
        .join(licence, licence.id == PlanLicence.licence_id)
        .where(plan.owner_id == owner.id)
        .order_by(licence.sort_order, licence.name)
    )
    found: dict[str, list[Named]] = {}
    for code, *named in session.execute(query):
        found.setdefault(code, []).append(Named(*named))
    return found


def choose(
    owner: OwnerView,
    user_id: str,
    wanted: Collection[str],
    *,
    seen: Collection[str] | None = None,
    work: Work,
    clock: Callable[[], datetime],
    timezone: str,
) -> list[Outcome]:
    """Give and take back until the person has just *wanted* of *owner*, as far as that can be done.

    Args:
        wanted: Code names; one plan at most, which takes the place of the one they have.
        seen: What they held when that was chosen: what somebody else has done since then stays. None for
            what they hold now.

    Returns:
        An outcome for each licence that is not as it was.

    Raises:
        UnknownPeopleError: There is no such person.
        NotFoundError: No such licence is in force.
    """
    try:
        held = {each.code for each in person(user_id, work.session, owner=owner.name).licences}
    except NotFoundError:
        raise UnknownPeopleError([user_id]) from None
    if seen is not None:
        wanted = (held - (set(seen) - set(wanted))) | (set(wanted) - set(seen))
    known = choices(owner, work.session)
    order = [each.code for each in known]
    replaced = any(each.is_plan for each in known if each.code in wanted and each.code not in held)
    leaving = [
        each.code
        for each in known
        if each.code in held and each.code not in wanted and not (replaced and each.is_plan)
    ]
    coming = sorted(set(wanted) - held, key=lambda code: order.index(code) if code in order else len(order))
    outcomes: list[Outcome] = []
    for code in reversed(leaving):
        outcomes += release(owner.name, code, [user_id], work=work, clock=clock, timezone=timezone)
    for code in coming:
        outcomes += assign(
            owner.name, code, [user_id], instead_of_plan=True, work=work, clock=clock, timezone=timezone
        )
    return outcomes


def _path(each: Choosable, found: dict[str, Choosable]) -> tuple[tuple[str, str], ...]:
    """What is needed first, from the first on, and the licence itself; a ring of needs is cut."""
    path, code, seen = [(each.title.casefold(), each.code)], each.prerequisite, {each.code}
    while code in found and code not in seen:
        seen.add(code)
        path.insert(0, (found[code].title.casefold(), code))
        code = found[code].prerequisite
    return tuple(path)
