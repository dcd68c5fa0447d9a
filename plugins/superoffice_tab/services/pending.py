"""What the set that waits would change, as the dialog Activate new licence shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from host.api import N_, Text, Work
from superoffice_tab.domain.comparing import Change, compare
from superoffice_tab.domain.effects import effects, in_the_way
from superoffice_tab.domain.expiry import grace_until, today
from superoffice_tab.domain.in_short import nothing_for_people
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import SUPEROFFICE, Claims, LicenceSet
from superoffice_tab.domain.moves import Move
from superoffice_tab.domain.verdicts import VerdictError

from . import plan_rows, state
from .accepting import accept, signed
from .in_force import SetInForce, held, in_force
from .refusals import RefusedError
from .waiting import Waiting, forget, known_waiting, waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingView:
    """A set that waits, and what activating it would do.

    Args:
        owner: Owner name.
        title: Display name of the owner.
        company: To whom it was issued.
        serial: For which installation.
        source: Name of the file, or the address it was fetched from.
        is_first: Whether nothing of this owner is in force yet.
        new_serial: The serial number that has to be typed; None where it stays.
        new_company: The company name that has to be typed; None where it stays.
        expiry_before: Last day of the set in force; None for never, and where there is none.
        expiry: Last day of this one; None for never.
        changes: What it changes for people; empty where it can no longer be verified.
        effects: The same in sentences.
        unchanged: What changes all the same, where *changes* is empty; None where it is not.
        grace_until: The last day of its grace period, where it has expired already; None where it has not.
        blocked: Those of the changes with more holders than there would be room for.
        verdict: Why it would not be accepted now; None where it would.
        can_activate: Whether it can be activated, with what has to be typed.
    """

    owner: str
    title: str
    company: str
    serial: str
    seq: int
    issued_at: datetime
    received_at: datetime
    received_by: str
    source: str
    is_first: bool
    new_serial: str | None
    new_company: str | None
    expiry_before: date | None
    expiry: date | None
    changes: list[Change]
    effects: list[Text]
    unchanged: Text | None
    grace_until: date | None
    blocked: list[Change]
    verdict: VerdictError | None
    can_activate: bool

    @property
    def in_the_way(self) -> list[Text]:
        """Those of the effects that tell what has to go first."""
        return [in_the_way(change) for change in self.blocked]


def pending(
    owner: str, *, session: Session, roots: Roots, timezone: str, clock: Callable[[], datetime]
) -> PendingView | None:
    """The set of *owner*, in any case, that waits; judged again as things are now.

    Args:
        roots: Pinned root keys.
        timezone: IANA name of the zone that days are counted in.

    Returns:
        None where none waits.
    """
    found = waiting(owner, session)
    if found is None:
        return None
    now = clock()
    claims, verdict = _examined(found, roots, timezone, now, session)
    current = in_force(found.owner, session)
    moves = plan_rows.moves(found.id, session)
    changes = [] if claims is None else changes_to(claims.licence, current, moves, session)
    blocked = [change for change in changes if change.to_remove]
    old = current.set if current else None
    return PendingView(
        owner=found.owner,
        title=_title(found, claims, current),
        company=found.company,
        serial=found.serial,
        seq=found.seq,
        issued_at=found.issued_at,
        received_at=found.received_at,
        received_by=found.received_by,
        source=found.source,
        is_first=current is None,
        new_serial=_new(found.serial, current.set.serial) if current else None,
        new_company=_new(found.company, current.set.company) if current and _names(found) else None,
        expiry_before=current.set.dates.expiry if current else None,
        expiry=claims.licence.dates.expiry if claims else None,
        changes=changes,
        effects=[] if claims is None else effects(changes, old, claims.licence, moves),
        unchanged=None if claims is None or changes else nothing_for_people(old, claims.licence),
        grace_until=grace_until(claims.licence.dates, today(now, timezone)) if claims else None,
        blocked=blocked,
        verdict=verdict,
        can_activate=verdict is None and not blocked,
    )


def discard(owner: str, *, seq: int | None = None, work: Work) -> None:
    """Forget the set of *owner*, in any case, that waits, and what was planned for it.

    Args:
        seq: Number of the set that the person saw; None for whichever waits.

    Raises:
        NotFoundError: None waits.
        RefusedError: Another one waits by now.
    """
    state.lock(work.session)
    found = known_waiting(owner, work.session)
    if seq is not None and seq != found.seq:
        raise RefusedError(
            N_(
                "Set %(number)s of %(owner)s waits now, and no longer set %(seen)s. Nothing was changed. "
                "Look at what it changes before you discard it.",
                number=found.seq,
                owner=found.owner,
                seen=seq,
            )
        )
    forget(found.id, work.session)
    before = {"seq": found.seq, "serial": found.serial, "company": found.company, "source": found.source}
    work.audit("licence.discarded", found.owner, before=before)


def changes_to(
    new: LicenceSet, current: SetInForce | None, moves: list[Move], session: Session
) -> list[Change]:
    """What *new* changes for people in the place of *current*, with holders as they are counted."""
    if current is None:
        return compare(None, new, {}, {})
    counts = held(current, new, session)
    return compare(current.set, new, counts.direct, counts.assigned, moves)


def _examined(
    found: Waiting, roots: Roots, timezone: str, now: datetime, session: Session
) -> tuple[Claims | None, VerdictError | None]:
    """What the file says, where it still verifies, and why it would not be accepted now."""
    try:
        file = signed(found.content, source=found.source, roots=roots, now=now)
    except VerdictError as error:
        return None, error
    try:
        accept(file, confirmed=None, timezone=timezone, now=now, session=session)
    except VerdictError as error:
        return file.claims, error
    return file.claims, None


def _title(found: Waiting, claims: Claims | None, current: SetInForce | None) -> str:
    said = claims.licence.description if claims else current.set.description if current else ""
    return said or found.owner


def _names(found: Waiting) -> bool:
    """Whether its company name is the installation's (domain.md 1.4); a vendor may write it as they like."""
    return found.owner == SUPEROFFICE


def _new(value: str, present: str) -> str | None:
    return None if value == present else value
