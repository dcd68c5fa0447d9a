"""Where one licence is handed out and taken back, one person after the other, while everybody else waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from host.api import N_, NotFoundError, Text, Work
from superoffice_tab.domain.comparing import title
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import PLAN, ModuleLicence, full_name
from superoffice_tab.domain.people import Catalogue
from superoffice_tab.domain.planning import Holder, refusal
from superoffice_tab.domain.room import Room
from superoffice_tab.storage.changing import PlannedChange
from superoffice_tab.storage.counts import direct_use, recount
from superoffice_tab.storage.models import Assignment, Associate, Licence

from . import plan_rows, state
from .denials import note_denials
from .in_force import in_force
from .refusals import UnknownPeopleError
from .sampling import note_peaks, note_use

Result = Literal["assigned", "released", "unchanged", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one person's licence.

    Args:
        licence: Full name.
        reason: Why it was refused; None where it was not.
        denied: Whether it was refused for want of a free one.
    """

    user_id: str
    licence: str
    result: Result
    reason: Text | None = None
    denied: bool = False


@dataclass(slots=True, kw_only=True)
class Desk:
    """One licence of an owner, and the people who are concerned.

    Args:
        licence: What is handed out.
        catalogue: All licences of the owner that are in force.
        room: How many of them are held, counted now: what is kept of it may have been altered.
        ids: Their rows, by code name.
        altered: Code names of those whose rows were altered: they count for nothing.
        people: Ids of associates, in order.
        holders: They, with what they hold of this owner.
        weights: How many of each licence they occupy, by associate id and code name.
    """

    work: Work
    licence: ModuleLicence
    catalogue: Catalogue
    room: Room
    ids: dict[str, int]
    altered: frozenset[str]
    people: list[int]
    holders: dict[int, Holder]
    weights: dict[int, dict[str, int]]
    _touched: set[int] = field(default_factory=set)
    _denied: Counter[int] = field(default_factory=Counter)

    def give(self, person: int, weight: int | None, *, instead_of_plan: bool) -> Outcome:
        """Have the associate with this id hold *weight* of the licence, or say why not.

        Args:
            weight: None for as many as they hold, and one where they hold none.
        """
        name, held = self.licence.name, self.weights.get(person, {})
        before = max(0, held.get(name, 0))  # less than one is none, whoever wrote it
        weight = weight or before or 1
        if before == weight:
            return self._outcome(person, "unchanged")
        plans = self._plans(held) if instead_of_plan and self.licence.is_plan else []
        given_up = {each: held[each] for each in {name, *plans}.intersection(held)}
        reason = self._refusal(person, given_up, [name])
        if reason is not None:
            return self._outcome(person, "refused", reason)
        more = weight - before
        full = self.room.move({name: more} | {each: -n for each, n in given_up.items() if each != name})
        if full is not None:
            return self._deny(person, full)
        for each in given_up.keys() - {name}:
            self._delete(person, each)
        self._write(person, weight, again=name in given_up)
        self._audit_given(person, weight, given_up)
        return self._outcome(person, "assigned")

    def take(self, person: int) -> Outcome:
        """Take the licence back from the associate with this id, or say why not."""
        name = self.licence.name
        weight = self.weights.get(person, {}).get(name)
        if weight is None:
            return self._outcome(person, "unchanged")
        reason = self._refusal(person, [name], [])
        if reason is not None:
            return self._outcome(person, "refused", reason)
        self._delete(person, name)
        before = self._told(name, weight)
        self.work.audit("licence.released", self.holders[person].user_id, before=before)
        return self._outcome(person, "released")

    def close(self, now: datetime, timezone: str) -> None:
        """Count what has changed anew, and write the day's use and refusals down."""
        session, day = self.work.session, today(now, timezone)
        if self._touched:
            note_peaks(session, self._touched, day)  # what was kept until now
            recount(session, self._touched)
            note_use(session, self._touched, day)
            session.expire_all()
        note_denials(self._denied, day, session)
        state.remember_time(session, now)

    def _refusal(self, person: int, taken: Iterable[str], given: Iterable[str]) -> Text | None:
        lost, got = ([full_name(self.licence.owner, name) for name in names] for names in (taken, given))
        wrong = [name for name in self.room.with_it(self.licence.name) if name in self.altered]
        if got and wrong:
            called = self.catalogue.get(full_name(self.licence.owner, wrong[0])) or self.licence
            return N_(
                "%(title)s was altered in the database and counts for nothing. Restore it first.",
                title=title(called),
            )
        return refusal(self.holders[person], lost, got, self.catalogue, self.catalogue)

    def _plans(self, names: Iterable[str]) -> list[str]:
        licences = (self.catalogue.get(full_name(self.licence.owner, name)) for name in names)
        return [licence.name for licence in licences if licence is not None and licence.is_plan]

    def _deny(self, person: int, full: ModuleLicence) -> Outcome:
        self._denied[self.ids[full.name]] += 1
        after = {"licence": self.licence.full_name, "none_free": full.full_name}
        self.work.audit("licence.denied", self.holders[person].user_id, after=after)
        return self._outcome(person, "refused", N_("No %(title)s is free.", title=title(full)), denied=True)

    def _outcome(
        self, person: int, result: Result, reason: Text | None = None, *, denied: bool = False
    ) -> Outcome:
        user_id, licence = self.holders[person].user_id, self.licence.full_name
        return Outcome(user_id=user_id, licence=licence, result=result, reason=reason, denied=denied)

    def _write(self, person: int, weight: int, *, again: bool) -> None:
        number = self.ids[self.licence.name]
        if again:
            here = (Assignment.licence_id == number, Assignment.associate_id == person)
            self.work.session.execute(update(Assignment).where(*here).values(weight=weight))
        else:
            row = {"licence_id": number, "associate_id": person, "weight": weight}
            self.work.session.execute(insert(Assignment), [row])
        self._touched.add(number)

    def _delete(self, person: int, name: str) -> None:
        """Delete what somebody holds, and what is planned for it: that is not for what they may get later."""
        for table in (Assignment, PlannedChange):
            here = (table.licence_id == self.ids[name], table.associate_id == person)
            self.work.session.execute(delete(table).where(*here))
        self._touched.add(self.ids[name])

    def _audit_given(self, person: int, weight: int, given_up: Mapping[str, int]) -> None:
        user_id, after = self.holders[person].user_id, self._told(self.licence.name, weight)
        if not given_up:
            self.work.audit("licence.assigned", user_id, after=after)
        for name, former in given_up.items():
            action = "licence.assigned" if name == self.licence.name else "licence.reassigned"
            self.work.audit(action, user_id, before=self._told(name, former), after=after)

    def _told(self, name: str, weight: int) -> dict[str, str | int]:
        return {"licence": full_name(self.licence.owner, name), "weight": weight}


def desk(owner: str, code: str, user_ids: Sequence[str], work: Work) -> Desk:
    """Lock everybody else out, and lay out what is needed to hand a licence out or take it back.

    Args:
        owner: Owner name, in any case.
        code: Code name, in any case.
        user_ids: Of associates, in any case; whoever is named twice counts once.

    Raises:
        NotFoundError: No such licence is in force, or there is no such person.
    """
    session = work.session
    state.lock(session)
    current = in_force(owner.upper(), session)
    licences = {} if current is None else {each.name: each for each in current.set.licences}
    if current is None or code.lower() not in licences:
        raise NotFoundError(f"{owner.upper()} has no licence “{code}” in force. Nothing was changed.")
    columns = (Licence.name, Licence.id, Licence.altered)
    rows = session.execute(select(*columns).where(Licence.owner_id == current.owner_id)).all()
    people = _people(user_ids, session)
    return Desk(
        work=work,
        licence=licences[code.lower()],
        catalogue=Catalogue(licences.values()),
        room=Room(licences.values(), _held(licences[code.lower()], current.owner_id, session)),
        ids={row.name: row.id for row in rows},
        altered=frozenset(row.name for row in rows if row.altered),
        people=people,
        holders=plan_rows.holders(people, current.owner_id, session),
        weights=_weights(people, current.owner_id, session),
    )


def _held(licence: ModuleLicence, owner_id: int, session: Session) -> dict[str, int]:
    """How many are held of all that giving *licence* out may move: of plans, all that there are."""
    query = direct_use(owner_id).add_columns(func.min(Licence.name))
    plans = or_(Licence.hidden, Licence.extra_flags.bitwise_and(PLAN) != 0)
    rows = session.execute(query.where(plans if licence.is_plan else Licence.name == licence.name))
    return {name: int(held) for _, held, name in rows}


def _weights(people: Collection[int], owner_id: int, session: Session) -> dict[int, dict[str, int]]:
    query = (
        select(Assignment.associate_id, Licence.name, Assignment.weight)
        .join(Licence, Licence.id == Assignment.licence_id)
        .where(Licence.owner_id == owner_id, Assignment.associate_id.in_(people))
    )
    found: dict[int, dict[str, int]] = {}
    for person, name, weight in session.execute(query):
        found.setdefault(person, {})[name] = weight
    return found


def _people(user_ids: Sequence[str], session: Session) -> list[int]:
    wanted = {user_id.casefold(): user_id for user_id in user_ids}
    query = select(Associate.user_key, Associate.id).where(Associate.user_key.in_(wanted))
    known = dict(session.execute(query).all())
    missing = [user_id for key, user_id in wanted.items() if key not in known]
    if missing:
        raise UnknownPeopleError(missing)
    return [known[key] for key in wanted]
