"""The dialog Remove superfluous licences: who holds one, and what they could get instead (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from host.api import Text
from superoffice_tab.domain.comparing import Change, compare, may_go, title
from superoffice_tab.domain.counting import Cause, free, usage
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.domain.moves import applied

from . import plan_rows
from .holder_pages import Turn, Wanted, page_of
from .holding import holding, refusal_of, refused, usage_without
from .scene import Scene, scene

REMOVE = "remove"
_SHOWN = (
    *("user_id", "full_name", "role", "last_login", "open_requests", "portrait_digest"),
    *("weight", "licence", "retired"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """One holder.

    Args:
        last_login: When they last signed in; None for never.
        portrait_digest: SHA-256 of the portrait; None where there is none.
        weight: How many of the licence they occupy.
        licence: Code name of what was given: the licence, or the plan that it comes with.
        planned: ``remove``, the code name of what they get instead, or None for nothing.
        refusal: Why it cannot be taken back; None where it can.
        retired: Whether they are retired: listed only where the licence disappears.
    """

    user_id: str
    full_name: str
    role: str
    last_login: datetime | None
    open_requests: int
    portrait_digest: str | None
    weight: int
    licence: str
    planned: str | None
    refusal: Text | None
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderPage:
    """A page of holders, and the figures above it.

    Args:
        total: How many holders there are, of those that were searched for.
        in_use: How many of the licence are held, before the plan.
        available: How many there will be; None where any number can be.
        to_remove: How many have to go, before the plan.
        chosen: How many the plan moves or removes.
        may_go: Whether it can be planned to take it back: where nobody has to lose it, it cannot.
    """

    rows: list[HolderRow]
    total: int
    in_use: int
    available: int | None
    to_remove: int
    chosen: int
    may_go: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A licence of the new set that a holder might get instead.

    Args:
        name: Code name.
        title: Display name.
        free: How many are free after the plan; None where any number can be given.
        refusal: Why this person cannot get it; None where they can.
    """

    name: str
    title: str
    free: int | None
    refusal: Text | None


def holders(
    owner: str,
    code: str,
    *,
    session: Session,
    search: str = "",
    limit: int = 50,
    offset: int = 0,
    turn: Turn | None = None,
) -> HolderPage:
    """Who holds the licence *code* of *owner*, those who have not signed in for longest first.

    Of a hidden licence they are the holders of the plans that bring it. Retired people are listed only where
    the licence disappears: else they stand in nobody's way.

    Args:
        search: Only those with this in their user id or name.
        turn: From whom on; None for from *offset* on.

    Raises:
        NotFoundError: No set waits, or no such licence is in force.
    """
    view = scene(owner, session)
    code = view.known(code).name
    changes = _unplanned(view)
    before = next((each for each in changes if each.name == code), None)
    gone = before is not None and before.cause in (Cause.GONE, Cause.NOT_ASSIGNABLE)
    wanted = Wanted(code=code, everybody=gone, search=search)
    found, total = page_of(view, wanted, limit=limit, turn=turn or Turn(offset=offset), session=session)
    in_use, then = _figures(view, code, gone=gone)
    coming = view.coming.get(code)
    return HolderPage(
        rows=_rows(found, view, session),
        total=total,
        in_use=in_use,
        available=0 if coming is None or gone else None if coming.unrestricted else coming.quantity,
        to_remove=before.to_remove if before else 0,
        chosen=in_use - then,
        may_go=not may_go(changes, view.new.licences).isdisjoint(view.given_for(code)),
    )


def losable(view: Scene) -> frozenset[str]:
    """Code names of licences of which it can be planned that holders lose them."""
    return may_go(_unplanned(view), view.new.licences)


def targets(owner: str, code: str, user_id: str, *, session: Session) -> list[Target]:
    """What the holder called *user_id* might get instead of *code*, by display name.

    Raises:
        NotFoundError: No set waits, no such licence is in force, or the person does not hold it.
    """
    view = scene(owner, session)
    held = holding(view, code, user_id, session)
    then, without = view.usage_then(), usage_without(view, held)
    return [
        Target(
            name=licence.name,
            title=title(licence),
            free=None if licence.unrestricted else free(then[licence.name], licence.quantity),
            refusal=refusal_of(view, held, licence.name, without),
        )
        for licence in sorted(view.new.licences, key=lambda each: (title(each).casefold(), each.name))
        if licence.type is LicenceType.USER and not licence.hidden and licence.name != held.licence
    ]


def _unplanned(view: Scene) -> list[Change]:
    return compare(view.current.set, view.new, view.held, view.assigned)


def _rows(found: Sequence[RowMapping], view: Scene, session: Session) -> list[HolderRow]:
    who = [row["id"] for row in found]
    people = plan_rows.holders(who, view.current.owner_id, session)
    planned = plan_rows.planned_for(view.waiting.id, who, session)
    rows = []
    for row in found:
        moves = planned.get(row["id"], {})
        taken: dict[str, str | None] = {**moves, row["licence"]: None}
        rows.append(
            HolderRow(
                **{name: row[name] for name in _SHOWN},
                planned=(moves[row["licence"]] or REMOVE) if row["licence"] in moves else None,
                refusal=refused(view, people[row["id"]], taken),
            )
        )
    return rows


def _figures(view: Scene, code: str, *, gone: bool) -> tuple[int, int]:
    """How many of *code* are in use now, and how many after the plan, counted as what blocks is counted."""
    held, everybody = applied(view.held, view.assigned, view.moves)
    if gone:
        return view.assigned.get(code, 0), everybody.get(code, 0)
    return usage(view.held, view.new.licences).get(code, 0), usage(held, view.new.licences).get(code, 0)
