"""Put the previous set back: undo the last activation, under the rules of any other (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from host.api import N_, Actor, Text, Work
from superoffice_tab.domain.comparing import Change, Totals
from superoffice_tab.domain.effects import effects
from superoffice_tab.domain.expiry import grace_until, licence_state, today
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import OwnerDates
from superoffice_tab.domain.verdicts import VerdictError

from . import state
from .accepting import Signed, accept
from .history import LastActivation, last_activation
from .in_force import SetInForce, in_force
from .pending import changes_to
from .putting_in_force import refuse_deficits
from .refusals import RefusedError
from .refused_files import written_down
from .returning import Returning, Skipped, returning
from .undoing import former_content, former_set, undo


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackView:
    """What putting the previous set back would do.

    Args:
        owner: Owner name.
        title: Display name of the owner.
        seq: Number of the set in force, which would be undone.
        previous_seq: Number of the set that would come back in force.
        activated_at: When the set in force was activated.
        activated_by: User id of who did it.
        expiry: Last day of the previous set; None for never, and where it can no longer be verified.
        grace_until: The last day of its grace period, where it has expired already; None where it has not.
        days_left: To its expiry, negative once past; None where that is None.
        changes: What it changes for people; empty where it can no longer be verified.
        effects: The same in sentences.
        blocked: Those of the changes with more holders than there would be room for.
        returning: How many holders get back what they had.
        skipped: Those who do not.
        verdict: Why the previous set would not be accepted now; None where it would.
    """

    owner: str
    title: str
    seq: int
    previous_seq: int
    activated_at: datetime
    activated_by: str
    expiry: date | None
    grace_until: date | None
    days_left: int | None
    changes: list[Change]
    effects: list[Text]
    blocked: list[Change]
    returning: int
    skipped: list[Skipped]
    verdict: VerdictError | RefusedError | None

    @property
    def can_put_back(self) -> bool:
        """Whether it can be done."""
        return self.verdict is None and not self.blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What putting the previous set back did.

    Args:
        owner: Owner name.
        seq: Number of the set that is in force again.
        undone_seq: Number of the set that was in force.
        expiry: Last day of the set that is in force again; None for never.
        grace_until: The last day of its grace period, where it has expired already; None where it has not.
        changed: Code name → (total before, total after); None where the licence was or is not there.
        returned: How many holders got back what they had.
        skipped: Those who did not.
    """

    owner: str
    seq: int
    undone_seq: int
    expiry: date | None
    grace_until: date | None
    changed: Totals
    returned: int
    skipped: list[Skipped]


def preview(
    owner: str, *, session: Session, roots: Roots, timezone: str, clock: Callable[[], datetime]
) -> PutBackView | None:
    """What undoing the last activation of *owner*, in any case, would do.

    Args:
        roots: Pinned root keys.
        timezone: IANA name of the zone that days are counted in.

    Returns:
        None where there is nothing to undo: the first set is in force, or one that was put back.
    """
    last, current = last_activation(owner, session), in_force(owner.upper(), session)
    if last is None or current is None or not last.can_be_undone:
        return None
    verdict: VerdictError | RefusedError | None = None
    former: Signed | None = None
    try:
        former = former_set(last, roots, clock(), session).file
        accept(former, confirmed=None, replayed=True, timezone=timezone, now=clock(), session=session)
    except (VerdictError, RefusedError) as error:
        verdict = error
    new = former.claims.licence if former else None
    dates, day = new.dates if new else OwnerDates(), today(clock(), timezone)
    who = returning(last.id, current, new, session) if new else Returning()
    changes = changes_to(new, current, who.moves, session) if new else []
    return PutBackView(
        owner=current.set.owner,
        title=current.set.description or current.set.owner,
        seq=last.seq,
        previous_seq=last.previous_seq or 0,
        activated_at=last.at,
        activated_by=last.by,
        expiry=dates.expiry,
        grace_until=grace_until(dates, day),
        days_left=licence_state(dates, day).days_left,
        changes=changes,
        effects=effects(changes, current.set, new, who.moves, can_be_undone=False) if new else [],
        blocked=[change for change in changes if change.to_remove],
        returning=len(who.back),
        skipped=who.skipped,
        verdict=verdict,
    )


def put_back(
    owner: str,
    *,
    seq: int,
    roots: Roots,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
) -> PutBack:
    """Undo the last activation of *owner*, or change nothing.

    The former set is verified again and judged like a new one, but for its number. Holders whose licence
    that activation took get it back where they still exist, are not retired and got nothing else since. The
    set that was undone waits to be activated afterwards, unless a newer one does.

    Args:
        owner: Owner name, in any case.
        seq: Number of the set in force that the person saw.
        roots: Pinned root keys.
        timezone: IANA name of the zone that days are counted in.

    Raises:
        RefusedError: Another set is in force, there is nothing to undo, or the former one was altered.
        VerdictError: The former set is no longer accepted.
        TooManyHoldersError: Licences have more holders than it allows; carries the deficits.
    """
    now, session = clock(), work.session
    state.lock(session)
    last, current = _as_seen(owner.upper(), seq, session)
    with written_down(former_content(last, session), f"set {last.previous_seq}", work=work):
        former = former_set(last, roots, now, session)
        accept(former.file, confirmed=None, replayed=True, timezone=timezone, now=now, session=session)
    new = former.file.claims.licence
    who = returning(last.id, current, new, session)
    refuse_deficits(current, new, who.moves, session)
    changed = undo(
        last, current, former, who, roots=roots, work=work, actor=actor, now=now, timezone=timezone
    )
    return PutBack(
        owner=new.owner,
        seq=former.file.claims.seq,
        undone_seq=last.seq,
        expiry=new.dates.expiry,
        grace_until=grace_until(new.dates, today(now, timezone)),
        changed=changed,
        returned=len(who.back),
        skipped=who.skipped,
    )


def _as_seen(owner: str, seq: int, session: Session) -> tuple[LastActivation, SetInForce]:
    last, current = last_activation(owner, session), in_force(owner, session)
    if last is None or current is None:
        raise RefusedError(
            N_("No licence of %(owner)s is in force, so there is nothing to put back.", owner=owner)
        )
    if current.seq != seq:
        raise RefusedError(
            N_(
                "Set %(other)s of %(owner)s is in force now, and no longer set %(seq)s. Nothing was changed.",
                other=current.seq,
                owner=owner,
                seq=seq,
            )
        )
    if not last.can_be_undone:
        raise RefusedError(
            N_(
                "There is nothing to put back: set %(seq)s of %(owner)s is the first, or was put back "
                "itself.",
                seq=seq,
                owner=owner,
            )
        )
    return last, current
