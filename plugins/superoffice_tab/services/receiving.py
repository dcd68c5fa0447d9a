"""Take a licence file in: it waits to be activated, or activates by itself where it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import N_, Actor, Work
from superoffice_tab.domain.comparing import compare, is_harmless
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.storage.models import Owner, StoredSet

from . import state
from .accepting import accept, signed
from .in_force import held_now, in_force
from .plan_pruning import prune
from .putting_in_force import Activation, put_in_force
from .waiting import Waiting, keep, waiting

NO_AUTOMATIC = "autoupdate=no"
"""In the ``ExtraInfo`` of an owner's set: nothing is activated by itself (domain.md 1.4, ADR 10)."""


class Reception(StrEnum):
    """What became of a file."""

    PENDING = "pending"
    ACTIVATED = "activated"
    UP_TO_DATE = "up-to-date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a file.

    Args:
        owner: Owner name.
        seq: Number of its set.
        activation: What activating it did; None where it was not activated.
    """

    outcome: Reception
    owner: str
    seq: int
    activation: Activation | None = None


def receive(
    content: bytes,
    *,
    source: str,
    roots: Roots,
    timezone: str,
    automatic: bool,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
    owner: str = "",
) -> Received:
    """Verify a file and have its set wait, in the place of an older one that does.

    A SUPEROFFICE set with a new serial number or company name is taken: what is new has to be typed when it
    is activated (domain.md 1.4). What is planned stays where it still makes sense.

    Args:
        content: The file as it came; it is kept.
        source: Its name, or the address it was fetched from.
        roots: Pinned root keys.
        timezone: IANA name of the zone that days are counted in.
        automatic: Whether what changes nothing for anybody is activated at once, unless the set in force
            forbids it.
        owner: Whose it has to be, upper case; "" for anybody's.

    Raises:
        VerdictError: The file is not accepted, or is older than the set that waits.
    """
    now, session = clock(), work.session
    file = signed(content, source=source, roots=roots, now=now)
    claims = file.claims
    _refuse_others(claims, owner, source)
    state.lock(session)
    older = waiting(claims.issuer, session)
    if content in (older.content if older else None, _in_force(claims.issuer, session)):
        return Received(outcome=Reception.UP_TO_DATE, owner=claims.issuer, seq=claims.seq)
    accept(file, confirmed=None, timezone=timezone, now=now, session=session)
    _refuse_older(claims, older, source)
    state.remember_time(session, now)
    _audit(claims, older, source, work)
    if automatic and _may_by_itself(claims, session):
        done = put_in_force(
            *(claims, content),
            plan_of=None,
            automatic=True,
            roots=roots,
            timezone=timezone,
            work=work,
            actor=actor,
            now=now,
        )
        return Received(outcome=Reception.ACTIVATED, owner=claims.issuer, seq=claims.seq, activation=done)
    number = keep(claims, content, source=source, by=actor.user_id, now=now, session=session)
    prune(number, claims.licence, session)
    return Received(outcome=Reception.PENDING, owner=claims.issuer, seq=claims.seq)


def _in_force(owner: str, session: Session) -> bytes | None:
    query = select(StoredSet.content).join(Owner, Owner.id == StoredSet.owner_id)
    return session.scalar(query.where(Owner.name == owner, StoredSet.in_force))


def _may_by_itself(claims: Claims, session: Session) -> bool:
    """Whether it changes nothing for anybody, with holders counted now, and its owner does not forbid it."""
    current = in_force(claims.issuer, session)
    if current is None or NO_AUTOMATIC in current.set.extra_info.lower():
        return False
    counts = held_now(current, claims.licence, session)
    changes = compare(current.set, claims.licence, counts.direct, counts.assigned)
    return is_harmless(current.set, claims.licence, changes)


def _refuse_others(claims: Claims, owner: str, source: str) -> None:
    if owner not in ("", claims.issuer):
        names = {"issuer": claims.issuer, "owner": owner}
        detail = N_("it is %(issuer)s's, and %(owner)s's is wanted here", **names)
        raise VerdictError(Verdict.OWNER_MISMATCH, detail, source=source)


def _refuse_older(claims: Claims, waits: Waiting | None, source: str) -> None:
    if waits is not None and waits.serial == claims.audience and claims.seq <= waits.seq:
        numbers = {"number": claims.seq, "last": waits.seq}
        detail = N_("its number is %(number)s, the one that waits has %(last)s", **numbers)
        raise VerdictError(Verdict.REPLAYED, detail, source=source)


def _audit(claims: Claims, older: Waiting | None, source: str, work: Work) -> None:
    work.audit(
        "licence.received",
        claims.issuer,
        before=None if older is None else {"seq": older.seq, "serial": older.serial},
        after={
            "seq": claims.seq,
            "serial": claims.audience,
            "company": claims.licence.company,
            "source": source,
        },
    )
