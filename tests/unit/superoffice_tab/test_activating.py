"""Activate: releases, reassignments and the set in one transaction, or nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from unit.superoffice_tab.building import NOW, SERIAL, FakeWork, claims, module, person, plan
from unit.superoffice_tab.desk import Desk, modules_with

from host.api import Actor, ConflictError
from host.storage.database import Database
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.services import activating, reading
from superoffice_tab.services.activating import (
    CompanyNotConfirmedError,
    PlanOutdatedError,
    TooManyHoldersError,
)
from superoffice_tab.storage.changing import Activation, Alteration, HolderChange, PendingSet, Sample
from superoffice_tab.storage.models import Licence, StoredSet


@pytest.fixture
def short(desk: Desk) -> Desk:
    """Three hold spin, of which the set that waits has one; MOBE has the plan ten-sales too."""
    desk.people(
        person("KAAN", "superoffice.spin"),
        person("MOBE", "superoffice.spin;superoffice.ten-sales"),
        person("SIRA", "superoffice.spin"),
    )
    desk.next_set(module("spin", 1), module("curve", 3))
    return desk


def planned(desk: Desk) -> Desk:
    desk.plan("spin", "KAAN")
    desk.plan("spin", "SIRA", "curve")
    return desk


def seq_in_force(desk: Desk) -> int:
    return reading.known_owner("SUPEROFFICE", desk.session).seq


class TestTheWholeStory:
    def test_the_set_and_the_plan_take_effect_together(self, short: Desk):
        """One loses the licence, one gets a licence that only this set has, and the rest keep theirs."""
        done = planned(short).activate()
        assert (done.seq, done.released, done.reassigned) == (2, 1, 1)
        assert done.changed == {"spin": (5, 1), "curve": (None, 3)}
        assert short.held() == {"MOBE": {"spin": 1, "ten-sales": 1}, "SIRA": {"curve": 1}}
        assert (short.in_use()["spin"], short.in_use()["curve"]) == ((1, 1), (1, 3))
        assert (seq_in_force(short), short.waiting()) == (2, None)

    def test_what_became_of_holders_is_kept(self, short: Desk):
        """So that putting the previous set back can undo it."""
        planned(short).activate()
        columns = (HolderChange.name, HolderChange.weight, HolderChange.to_name)
        rows = {tuple(row) for row in short.session.execute(select(*columns))}
        assert rows == {("spin", 1, "curve"), ("spin", 1, None)}
        assert short.left_over() == (0, 0, 2)

    def test_it_is_written_down_with_everything(self, short: Desk):
        planned(short).activate()
        action, subject, before, after = short.work.audits[-1]
        assert (action, subject) == ("licence.activated", "SUPEROFFICE")
        assert before == {
            "seq": 1,
            "serial": SERIAL,
            "company": "Example Trading AS",
            "expiry": "2027-06-30",
            "totals": {"spin": 5, "curve": None},
        }
        assert (after["seq"], after["totals"]) == (2, {"spin": 1, "curve": 3})
        assert sorted(after["holders"], key=str) == [
            {"licence": "superoffice.spin", "instead": "superoffice.curve", "people": ["SIRA"]},
            {"licence": "superoffice.spin", "instead": None, "people": ["KAAN"]},
        ]

    def test_the_history_knows_of_it(self, short: Desk):
        planned(short).activate()
        newest = short.session.scalars(select(Activation).order_by(Activation.id.desc())).first()
        assert newest is not None
        assert (newest.by, newest.at, newest.automatic, newest.put_back) == ("KAAN", NOW, False, False)
        assert newest.changes == {
            "totals": {"spin": [5, 1], "curve": [None, 3]},
            "expiry": ["2027-06-30", "2027-06-30"],
            "maintenance": ["2027-06-02", "2027-06-02"],
        }

    def test_a_weight_goes_along(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin*3"))
        desk.next_set(without=("spin",))
        desk.plan("spin", "KAAN", "windows")
        desk.activate()
        assert desk.held() == {"KAAN": {"windows": 3}}

    def test_what_is_planned_for_a_set_that_goes_on_waiting_is_looked_at_again(self, desk: Desk):
        """Set 2 has made what KAAN holds the licence for Service, which they keep for open requests."""
        desk.people(person("KAAN", "superoffice.ten-sales", open_requests=1))
        desk.next_set(plan("ten-sales", 0, "user,web"), seq=3)
        desk.plan("ten-sales", "KAAN")
        desk.load(claims(2, modules=modules_with(plan("ten-sales", 3, "user,ej-client"))))
        assert (desk.view.seq, desk.left_over()[:2]) == (3, (1, 0))

    def test_a_licence_that_disappears_leaves_nothing(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin", retired="yes"))
        desk.next_set(without=("spin",))
        desk.plan("spin", "KAAN", "windows")
        desk.plan("spin", "MOBE")
        desk.activate()
        assert desk.held() == {"KAAN": {"windows": 1}}
        assert "spin" not in desk.in_use()

    def test_a_day_on_which_they_were_in_use_stays_so(self, short: Desk):
        """The peak of the day is what was held before the activation."""
        planned(short).activate()
        day = today(NOW, short.timezone)
        peak = short.session.scalars(
            select(Sample.in_use).where(Sample.name == "spin", Sample.day == day)
        ).one()
        assert (peak, day) == (3, date(2026, 11, 24))

    def test_an_altered_row_is_right_again(self, desk: Desk):
        desk.session.execute(update(Licence).where(Licence.name == "spin").values(altered=True, quantity=99))
        owner_id = desk.session.scalars(select(Licence.owner_id)).first()
        desk.session.add(Alteration(owner_id=owner_id, name="spin", kind="changed", found_at=NOW))
        desk.session.commit()
        desk.next_set()
        assert [(each.name, each.total, each.new_total) for each in desk.view.changes] == [("spin", 0, 5)]
        desk.activate()
        assert desk.session.scalars(select(Licence.name).where(Licence.altered)).all() == []
        assert desk.session.scalars(select(Alteration.name)).all() == []
        assert desk.in_use()["spin"] == (0, 5)


class TestOrNothing:
    """Whatever refuses it, not one row changes."""

    def refused(self, desk: Desk, error: type[Exception], **options: object) -> Exception:
        before = desk.everything()
        with pytest.raises(error) as caught:
            desk.activate(**options)
        assert desk.everything() == before
        return caught.value

    def test_too_many_holders(self, short: Desk):
        short.plan("spin", "KAAN")
        error = self.refused(short, TooManyHoldersError)
        assert isinstance(error, TooManyHoldersError)
        (deficit,) = error.deficits
        assert (deficit.name, deficit.in_use, deficit.new_total, deficit.to_remove) == ("spin", 2, 1, 1)

    def test_holders_are_counted_again(self, short: Desk):
        """Somebody got the licence while the dialog was open."""
        planned(short)
        short.people(person("ELSA", "superoffice.spin"))
        assert "2 in use, new total 1" in str(self.refused(short, TooManyHoldersError))

    def test_the_plan_is_looked_at_again(self, desk: Desk):
        """Somebody got open requests while the dialog was open, somebody else the licence itself."""
        desk.people(person("KAAN", "superoffice.ten-service"), person("MOBE", "superoffice.spin"))
        desk.next_set(plan("ten-service", 0, "user,ej-client"), module("spin", 0), module("curve", 5))
        desk.plan("ten-service", "KAAN")
        desk.plan("spin", "MOBE", "windows")
        desk.people(
            person("KAAN", "superoffice.ten-service", open_requests=2),
            person("MOBE", "superoffice.spin;superoffice.windows"),
        )
        error = self.refused(desk, PlanOutdatedError)
        assert isinstance(error, PlanOutdatedError)
        assert [user_id for user_id, _ in error.refused] == ["KAAN", "MOBE"]
        assert "KAAN: The person keeps it: 2 open requests in Service." in str(error)
        assert "MOBE: The person has Windows already." in str(error)

    def test_who_lost_it_meanwhile_is_no_trouble(self, short: Desk):
        planned(short)
        short.people(person("KAAN"))
        done = short.activate()
        assert (done.released, done.reassigned) == (0, 1)
        assert "KAAN" not in short.held()

    def test_a_clock_that_went_back(self, short: Desk):
        planned(short)
        short.now = NOW - timedelta(hours=1)
        error = self.refused(short, VerdictError)
        assert isinstance(error, VerdictError)
        assert (error.verdict, error.source) == (Verdict.CLOCK_MOVED_BACK, "next.lic")

    def test_a_set_that_was_replaced_on_the_command_line(self, short: Desk):
        planned(short)
        short.load(claims(3))
        assert "no longer waits" in str(self.refused(short, ConflictError))

    def test_a_set_whose_row_has_another_signed_file_by_now(self, short: Desk):
        planned(short)
        other = short.issuer.file(claims(9))
        short.session.execute(update(PendingSet).values(content=other))
        short.session.commit()
        assert "was altered in the database" in str(self.refused(short, ConflictError))

    def test_another_set_than_the_person_saw(self, short: Desk):
        planned(short)
        short.next_set(module("spin", 1), seq=3)
        error = self.refused(short, ConflictError, seq=2)
        assert str(error).startswith(
            "Set 3 of SUPEROFFICE waits now, and no longer set 2. Nothing was changed."
        )

    def test_one_that_is_in_force_already(self, short: Desk):
        planned(short).activate()
        error = self.refused(short, ConflictError)
        assert str(error).startswith("Set 2 of SUPEROFFICE is in force already: KAAN activated it.")


class TestANewIdentity:
    def test_a_new_serial_number_has_to_be_typed(self, desk: Desk):
        desk.receive(claims(1, serial="1600007775"))
        for typed in ("", SERIAL):
            with pytest.raises(VerdictError) as caught:
                desk.activate(1, serial=typed)
            assert caught.value.verdict is Verdict.SERIAL
        desk.activate(1, serial="1600007775")
        assert reading.known_owner("SUPEROFFICE", desk.session).serial == "1600007775"

    def test_so_does_a_new_company_name(self, desk: Desk):
        desk.receive(claims(2, CompanyName="Other Trading AS"))
        with pytest.raises(CompanyNotConfirmedError) as caught:
            desk.activate(company="other trading as")
        assert (caught.value.old, caught.value.new) == ("Example Trading AS", "Other Trading AS")
        desk.activate(company="Other Trading AS")
        assert reading.known_owner("SUPEROFFICE", desk.session).company == "Other Trading AS"


def test_two_administrators_who_press_at_once_get_one_activation(short: Desk, store: Database):
    """And one clear message; the holders are those of one activation."""
    planned(short).session.rollback()
    start = threading.Barrier(2)

    def press(user_id: str) -> Exception | None:
        start.wait()
        try:
            with store.writing() as session:
                activating.activate(
                    "SUPEROFFICE",
                    seq=2,
                    confirmed=Confirmation(),
                    roots=short.roots,
                    timezone=short.timezone,
                    work=FakeWork(session),
                    actor=Actor(user_id=user_id),
                    clock=short.clock,
                )
        except ConflictError as error:
            return error
        return None

    with ThreadPoolExecutor(2) as pool:
        met = list(pool.map(press, ("KAAN", "MOBE")))
    assert met.count(None) == 1
    (error,) = (each for each in met if each is not None)
    assert "Set 2 of SUPEROFFICE is in force already" in str(error)
    assert short.held() == {"MOBE": {"spin": 1, "ten-sales": 1}, "SIRA": {"curve": 1}}
    assert short.session.scalars(select(StoredSet.seq).where(StoredSet.in_force)).all() == [2]
