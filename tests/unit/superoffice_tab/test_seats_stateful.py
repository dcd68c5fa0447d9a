"""Whatever people do with licences, in whatever order: nobody holds what was not bought, and all is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from builders.dialects import engine_on
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session
from unit.superoffice_tab.building import FakeWork, Issuer, claims, module, person, plan
from unit.superoffice_tab.desk import KAAN, Desk
from unit.superoffice_tab.seats import assign, release

from host.api import ConflictError, InputError, NotFoundError
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services import planning, reading
from superoffice_tab.storage.counts import direct_use
from superoffice_tab.storage.models import Licence, Owner, metadata

ISSUER = Issuer()
STAFF = ("ANNA", "BO", "CHLO", "DAVE", "EVA")
users = st.sampled_from(STAFF)
several = st.lists(users, min_size=1, max_size=3)
codes = st.sampled_from(("ten-sales", "ten-service", "spin", "windows", "travel", "visible-for", "user"))
some = st.integers(1, 5)
SIZES = ("sales", "service", "spin", "windows", "hidden")

Held = dict[str, dict[str, int]]


class Told:
    """Who holds what, as one who reads nothing but the audit log knows it."""

    def __init__(self) -> None:
        self.held: Held = {user: {} for user in STAFF}
        self.seq = 0
        self._taken: dict[tuple[str, str], int] = {}

    def hear(self, action: str, subject: str, before: Any, after: Any) -> None:
        """Read one row."""
        match action:
            case "licence.assigned" | "licence.released" | "licence.reassigned":
                if before is not None:
                    assert self.held[subject].pop(before["licence"]) == before["weight"]
                if after is not None:
                    self.held[subject][after["licence"]] = after["weight"]
            case "licence.activated":
                self.seq = after["seq"]
                self._move(after, lost="licence", got="instead")
            case "licence.put_back":
                self.seq = after["seq"]
                self._move(after, lost="instead_of", got="licence")
            case "associates.imported":
                self.held.update(after["licences"])

    def _move(self, after: Any, *, lost: str, got: str) -> None:
        moves = [(each, user) for each in after.get("holders", []) for user in each["people"]]
        weights = [
            self.held[user].pop(each[lost]) if each[lost] else self._taken[user, each[got]]
            for each, user in moves
        ]
        for (each, user), weight in zip(moves, weights, strict=True):
            if each[lost]:
                self._taken[user, each[lost]] = weight
            if each[got]:
                self.held[user][each[got]] = weight


class Licences(RuleBasedStateMachine):
    """An installation whose licences are given, taken back, activated and put back in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.engine = engine_on("sqlite://")
        metadata.create_all(self.engine)
        session = Session(self.engine, expire_on_commit=False)
        self.desk = Desk(work=FakeWork(session), issuer=ISSUER, folder=Path(self.folder.name))
        self.told, self.read, self.seq = Told(), 0, 1
        self.retired: set[str] = set()
        self.requests = dict.fromkeys(STAFF, 0)

    def teardown(self) -> None:
        """Give everything back."""
        self.desk.session.close()
        self.engine.dispose()
        self.folder.cleanup()

    @contextmanager
    def refused(self, *errors: type[Exception]) -> Iterator[None]:
        """What raises one of *errors* changes nothing, like a request that is refused."""
        written = len(self.desk.work.audits)
        try:
            yield
        except errors as error:
            self.desk.session.rollback()
            del self.desk.work.audits[written:]
            event(type(error).__name__)

    @initialize(first=st.lists(users, min_size=2, max_size=4), plans=st.booleans())
    def begin(self, first: list[str], plans: bool) -> None:
        self.desk.load(claims())
        self._import()
        for code in ("spin", "windows", "travel", *(["ten-sales"] if plans else ())):
            assign(self.desk, code, *first)

    @rule(code=codes, people=several, weight=st.integers(1, 3), instead=st.booleans())
    def give(self, code: str, people: list[str], weight: int, instead: bool) -> None:
        with self.refused(NotFoundError):
            for each in assign(self.desk, code, *people, weight=weight, instead_of_plan=instead):
                event(f"give {each.result}")

    @rule(code=codes, people=several)
    def take(self, code: str, people: list[str]) -> None:
        with self.refused(NotFoundError):
            for each in release(self.desk, code, *people):
                event(f"take {each.result}")

    @rule(user=users)
    def retire_or_return(self, user: str) -> None:
        self.retired ^= {user}
        with self.refused(InputError):
            self._import()
            assert self.desk.work.audits[-1][3]["updated"] == [user]
            return
        self.retired ^= {user}

    @rule(user=users, number=st.integers(0, 2))
    def work_in_service(self, user: str, number: int) -> None:
        before, self.requests[user] = self.requests[user], number
        with self.refused(InputError):
            self._import()
            return
        self.requests[user] = before

    @rule(
        numbers=st.fixed_dictionaries(dict.fromkeys(SIZES, some)),
        gone=st.sets(codes, max_size=1),
        plans=st.lists(st.tuples(codes, users, st.none() | codes), max_size=4),
        enough=st.booleans(),
    )
    def change_sets(
        self, numbers: dict[str, int], gone: set[str], plans: list[tuple[str, str, str | None]], enough: bool
    ) -> None:
        """Another set comes, something is planned, and somebody presses Activate."""
        self._have_a_set_wait(numbers, gone)
        for code, user, to in plans:
            with self.refused(ConflictError, NotFoundError):
                self.desk.plan(code, user, to)
                event("planned")
        if enough:
            self._plan_enough()
        self._activate()

    @rule(enough=st.booleans())
    def press_activate(self, enough: bool) -> None:
        if self.desk.waiting() is None:
            return
        if enough:
            self._plan_enough()
        self._activate()

    @rule(fill=codes)
    def put_back(self, fill: str) -> None:
        """Everybody asks for one more licence first: there may be fewer of it in the previous set."""
        self.give(fill, list(STAFF), 1, instead=False)
        before = self.desk.preview()
        if before is None:
            return
        with self.refused(ConflictError, VerdictError):
            done = self.desk.put_back(before.seq)
            event(f"put back, {'some' if done.returned else 'none'} returned")
            assert before.can_put_back
            assert (done.returned, done.skipped) == (before.returning, before.skipped)

    @rule()
    def sleep(self) -> None:
        self.desk.now += timedelta(days=1)

    @invariant()
    def nobody_holds_what_was_not_bought(self) -> None:
        """In use never exceeds the total of a restricted licence, be it hidden or not."""
        if self.read:
            over = {
                code: counts
                for code, counts in self.desk.in_use().items()
                if None not in counts and counts[0] > counts[1]
            }
            assert over == {}

    @invariant()
    def everything_is_told(self) -> None:
        """Whoever reads the audit log alone knows who holds what, and which set is in force."""
        audits = self.desk.work.audits
        for row in audits[self.read :]:
            self.told.hear(*row)
        self.read = len(audits)
        rows = reading.associates(self.desk.session)
        assert {row["user_id"]: row["licences"] for row in rows} == (self.told.held if rows else {})
        assert {row["user_id"] for row in rows if row["retired"]} == self.retired
        for owner in reading.owners(self.desk.session):
            assert owner.seq == self.told.seq

    @invariant()
    def what_is_kept_is_what_is_counted(self) -> None:
        session = self.desk.session
        kept = dict(session.execute(select(Licence.id, Licence.held).where(Licence.held != 0)).all())
        owners = session.scalars(select(Owner.id)).all()
        assert kept == {number: n for owner in owners for number, n in session.execute(direct_use(owner))}

    def _have_a_set_wait(self, numbers: dict[str, int], gone: set[str]) -> None:
        hidden = {"IsHidden": True}
        changed = [
            plan("ten-sales", numbers["sales"], "user,web"),
            plan("ten-service", numbers["service"], "user,ej-client"),
            module("spin", numbers["spin"]),
            module("windows", numbers["windows"]),
            module("user", numbers["hidden"] + 3, **hidden),
            module("web", numbers["hidden"], **hidden),
        ]
        self.seq += 1
        kept = [each for each in changed if each["ModuleName"] not in gone]
        self.desk.next_set(*kept, seq=self.seq, without=tuple(gone))

    def _plan_enough(self) -> None:
        for change in self.desk.view.blocked:
            planning.plan_longest_unused(
                "SUPEROFFICE", change.name, work=self.desk.work, actor=KAAN, clock=self.desk.clock
            )
            self.desk.session.commit()

    def _activate(self) -> None:
        view = self.desk.view
        with self.refused(ConflictError, VerdictError):
            done = self.desk.activate(view.seq)
            event(f"activated, {'some' if done.released or done.reassigned else 'none'} planned")
            assert view.can_activate
            assert self.desk.waiting() is None

    def _import(self) -> None:
        """Load the associates as they are, but for who is retired and who has requests."""
        held = self.desk.held()
        rows = []
        for user in STAFF:
            licences = ";".join(f"superoffice.{code}*{n}" for code, n in held.get(user, {}).items())
            retired = "yes" if user in self.retired else "no"
            rows.append(person(user, licences, retired=retired, open_requests=self.requests[user]))
        self.desk.people(*rows)


TestLicences = Licences.TestCase
TestLicences.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
