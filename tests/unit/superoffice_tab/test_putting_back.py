"""Put back the previous set: the last activation is undone, under the rules of any other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from unit.superoffice_tab.building import NOW, Issuer, claims, module, person, plan
from unit.superoffice_tab.desk import Desk

from host.api import ConflictError
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.domain.wording import english
from superoffice_tab.services import putting_back, reading
from superoffice_tab.services.activating import TooManyHoldersError
from superoffice_tab.services.putting_back import PutBackView
from superoffice_tab.storage.changing import Activation
from superoffice_tab.storage.models import StoredSet


@pytest.fixture
def done(desk: Desk) -> Desk:
    """Three held spin; the set in force has one of it: KAAN lost it, SIRA got curve instead."""
    desk.people(*(person(name, "superoffice.spin*2" if name == "KAAN" else "superoffice.spin") for name in (
        "KAAN", "MOBE", "SIRA",
    )))  # fmt: skip
    desk.next_set(module("spin", 1), module("curve", 3), ExpiryDate="2028-06-30T00:00:00", GraceDate=None)
    desk.plan("spin", "KAAN")
    desk.plan("spin", "SIRA", "curve")
    desk.activate()
    return desk


BEFORE = {"KAAN": {"spin": 2}, "MOBE": {"spin": 1}, "SIRA": {"spin": 1}}


def again(desk: Desk, *rows: str) -> None:
    """What became of people since."""
    desk.people(*rows)


def previewed(desk: Desk) -> PutBackView:
    found = desk.preview()
    assert found is not None
    return found


def skipped(desk: Desk) -> dict[str, str]:
    """Who does not get back what they had, and why: told beforehand, and again by what was done."""
    told = {each.user_id: english(each.reason) for each in previewed(desk).skipped}
    assert {each.user_id: english(each.reason) for each in desk.put_back().skipped} == told
    return told


class TestTheWholeStory:
    def test_everything_is_as_it_was(self, done: Desk):
        result = done.put_back()
        assert (result.owner, result.seq, result.undone_seq) == ("SUPEROFFICE", 1, 2)
        assert (result.returned, result.skipped) == (2, [])
        assert result.changed == {"spin": (1, 5), "curve": (3, None)}
        assert done.held() == BEFORE
        assert done.in_use()["spin"] == (4, 5)
        assert "curve" not in done.in_use()
        owner = reading.known_owner("SUPEROFFICE", done.session)
        assert (owner.seq, owner.expiry, owner.activated_by) == (1, date(2027, 6, 30), "KAAN")

    def test_it_is_told_beforehand(self, done: Desk):
        view = previewed(done)
        assert (view.owner, view.title, view.seq, view.previous_seq) == (
            "SUPEROFFICE",
            "SuperOffice AS",
            2,
            1,
        )
        assert (view.activated_by, view.activated_at, view.expiry) == ("KAAN", NOW, date(2027, 6, 30))
        assert (view.days_left, view.grace_until) == (218, None)
        assert (view.returning, view.skipped, view.verdict, view.can_put_back) == (2, [], None, True)
        assert {each.name: (each.in_use, each.new_total) for each in view.changes} == {
            "spin": (1, 5),
            "curve": (1, None),
        }
        said = [english(text) for text in view.effects]
        assert "1 person gets Spin back." in said
        assert "1 person gets Spin instead of Curve." in said

    def test_it_is_told_where_it_is_in_its_grace_period(self, done: Desk):
        """Before and after: expiry is 30 June, and grace ends on 12 July."""
        done.now = datetime(2027, 7, 5, 12, tzinfo=UTC)
        view = previewed(done)
        assert (view.days_left, view.grace_until, view.can_put_back) == (-5, date(2027, 7, 12), True)
        result = done.put_back()
        assert (result.expiry, result.grace_until) == (date(2027, 6, 30), date(2027, 7, 12))

    def test_it_is_written_down(self, done: Desk):
        done.put_back()
        action, subject, before, after = done.work.audits[-1]
        assert (action, subject, before["seq"], after["seq"]) == ("licence.put_back", "SUPEROFFICE", 2, 1)
        assert after["totals"] == {"spin": 5, "curve": None}
        assert sorted(after["holders"], key=str) == [
            {"licence": "superoffice.spin", "instead_of": "superoffice.curve", "people": ["SIRA"]},
            {"licence": "superoffice.spin", "instead_of": None, "people": ["KAAN"]},
        ]
        rows = done.session.execute(
            select(Activation.put_back, Activation.undone).order_by(Activation.id)
        ).all()
        assert rows == [(False, False), (False, True), (True, False)]

    def test_the_set_that_was_undone_waits_and_can_be_activated_again(self, done: Desk):
        done.put_back()
        assert (done.view.seq, done.view.can_activate) == (2, False)
        done.plan("spin", "KAAN")
        done.plan("spin", "SIRA", "curve")
        done.activate()
        assert done.held() == {"MOBE": {"spin": 1}, "SIRA": {"curve": 1}}
        done.put_back()
        assert done.held() == BEFORE

    def test_a_newer_one_that_waits_goes_on_waiting(self, done: Desk):
        done.next_set(module("spin", 7), seq=3)
        done.put_back()
        assert done.view.seq == 3

    def test_what_was_planned_for_what_goes_away_is_forgotten(self, done: Desk):
        """SIRA has no curve any more: should she get one again, it is not to be taken back."""
        done.next_set(module("spin", 1), module("windows", 0), module("curve", 0), seq=3)
        done.plan("curve", "SIRA")
        done.put_back()
        assert done.left_over()[:2] == (1, 0)

    def test_whoever_need_not_lose_anything_any_more_does_not(self, desk: Desk):
        """KAAN was to make room in the set that waits; with SIRA's place free there is enough."""
        desk.people(person("KAAN", "superoffice.windows"), person("SIRA", "superoffice.spin"))
        desk.next_set(module("spin", 0))
        desk.plan("spin", "SIRA", "windows")
        desk.activate()
        desk.next_set(module("windows", 1), seq=3)
        desk.plan("windows", "KAAN")
        desk.put_back()
        assert desk.left_over()[:2] == (1, 0)
        assert (desk.view.seq, desk.view.can_activate) == (3, True)

    def test_the_same_file_can_be_received_again(self, done: Desk):
        content = done.session.scalars(select(StoredSet.content).where(StoredSet.in_force)).one()
        done.put_back()
        assert done.receive(content).outcome == "up-to-date"
        assert done.view.seq == 2

    def test_a_renewal_that_activated_itself_can_be_undone(self, desk: Desk):
        desk.receive(claims(2, ExpiryDate="2028-06-30T00:00:00", GraceDate=None), automatic=True)
        desk.put_back()
        assert reading.known_owner("SUPEROFFICE", desk.session).expiry == date(2027, 6, 30)

    def test_an_identity_that_was_typed_once_need_not_be_again(self, desk: Desk):
        desk.receive(claims(1, serial="1600007775", CompanyName="Other AS"))
        desk.activate(1, serial="1600007775", company="Other AS")
        desk.put_back(1)
        assert reading.known_owner("SUPEROFFICE", desk.session).company == "Example Trading AS"


class TestWhoIsLeftOut:
    """Who no longer exists, is retired, or got something else since."""

    def test_somebody_who_is_gone(self, done: Desk):
        done.people(person("MOBE", "superoffice.spin"), person("SIRA", "superoffice.curve"), prune=True)
        assert skipped(done) == {}
        assert done.held() == {"MOBE": {"spin": 1}, "SIRA": {"spin": 1}}

    def test_somebody_who_is_retired(self, done: Desk):
        again(done, person("KAAN", retired="yes"))
        assert skipped(done) == {"KAAN": "The person is retired."}
        assert "KAAN" not in done.held()

    def test_somebody_who_lost_what_they_got_instead(self, done: Desk):
        again(done, person("SIRA", "superoffice.windows"))
        assert skipped(done) == {"SIRA": "What they got instead was changed since."}
        assert done.held()["SIRA"] == {"windows": 1}

    def test_somebody_who_has_it_again(self, done: Desk):
        again(done, person("MOBE"), person("KAAN", "superoffice.spin"))
        assert skipped(done) == {"KAAN": "The person has Spin already."}
        assert done.held()["KAAN"] == {"spin": 1}

    def test_somebody_who_has_another_plan_by_now(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.ten-sales"))
        desk.next_set(plan("ten-sales", 0, "user,web"))
        desk.plan("ten-sales", "KAAN")
        desk.activate()
        desk.people(person("KAAN", "superoffice.ten-service"))
        reason = "A person has one plan at most: Ten-Sales does not go with Ten-Service."
        assert skipped(desk) == {"KAAN": reason}

    def test_somebody_with_open_requests_keeps_what_they_need_for_them(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.ten-sales"))
        desk.next_set(plan("ten-sales", 0, "user,web"))
        desk.plan("ten-sales", "KAAN", "ten-service")
        desk.activate()
        desk.people(person("KAAN", "superoffice.ten-service", open_requests=1))
        reason = "The person keeps it: 1 open request in Service. Close or move it first."
        assert skipped(desk) == {"KAAN": reason}

    def test_what_is_needed_comes_back_with_it(self, desk: Desk):
        """Travel needs windows; without windows it does not come back, and the other one does."""
        desk.people(*(person(name, "superoffice.windows;superoffice.travel") for name in ("KAAN", "MOBE")))
        desk.next_set(without=("windows", "travel"))
        for name in ("KAAN", "MOBE"):
            desk.plan("travel", name)
            desk.plan("windows", name, "spin")
        desk.activate()
        desk.people(person("MOBE"))
        told = [(each.user_id, each.title, english(each.reason)) for each in desk.put_back().skipped]
        assert told == [
            ("MOBE", "Travel", "Travel needs Windows first."),
            ("MOBE", "Windows", "What they got instead was changed since."),
        ]
        assert desk.held() == {"KAAN": {"windows": 1, "travel": 1}}


class TestRefused:
    def refused(self, desk: Desk, error: type[Exception], seq: int = 2) -> Exception:
        before = desk.everything()
        with pytest.raises(error) as caught:
            desk.put_back(seq)
        assert desk.everything() == before
        return caught.value

    def test_more_people_hold_a_licence_than_there_were(self, desk: Desk):
        desk.next_set(module("spin", 9), module("curve", 3))
        desk.activate()
        desk.people(person("KAAN", "superoffice.spin*7;superoffice.curve"))
        view = previewed(desk)
        assert [(each.name, each.to_remove) for each in view.blocked] == [("curve", 1), ("spin", 2)]
        assert not view.can_put_back
        error = self.refused(desk, TooManyHoldersError)
        assert isinstance(error, TooManyHoldersError)
        assert [(each.name, each.to_remove) for each in error.deficits] == [("curve", 1), ("spin", 2)]

    def test_a_clock_that_went_back(self, done: Desk):
        done.now = NOW - timedelta(hours=1)
        assert previewed(done).verdict is not None
        error = self.refused(done, VerdictError)
        assert isinstance(error, VerdictError)
        assert error.verdict is Verdict.CLOCK_MOVED_BACK

    def test_a_set_that_ran_out(self, done: Desk):
        done.now = NOW + timedelta(days=300)
        view = previewed(done)
        assert view.verdict is not None
        assert (view.verdict.verdict, view.can_put_back) == (Verdict.EXPIRED, False)
        self.refused(done, VerdictError)

    def test_a_file_that_was_altered(self, done: Desk):
        done.session.execute(update(StoredSet).where(StoredSet.seq == 1).values(content=b"{}"))
        done.session.commit()
        view = previewed(done)
        assert (view.changes, view.returning, view.can_put_back) == ([], 0, False)
        error = self.refused(done, VerdictError)
        assert isinstance(error, VerdictError)
        assert error.verdict is Verdict.MALFORMED

    def test_a_row_that_has_another_signed_file_by_now(self, done: Desk):
        other = done.issuer.file(claims(9))
        done.session.execute(update(StoredSet).where(StoredSet.seq == 1).values(content=other))
        done.session.commit()
        assert not previewed(done).can_put_back
        assert "was altered in the database" in str(self.refused(done, ConflictError))

    def test_a_root_that_is_no_longer_trusted(self, done: Desk):
        done.trusted = Issuer().roots
        assert not previewed(done).can_put_back
        self.refused(done, VerdictError)

    def test_another_set_than_the_person_saw(self, done: Desk):
        assert "Set 2 of SUPEROFFICE is in force now" in str(self.refused(done, ConflictError, 1))

    def test_the_first_set_has_no_predecessor(self, desk: Desk):
        assert desk.preview() is None
        assert "nothing to put back" in str(self.refused(desk, ConflictError, 1))

    def test_what_was_put_back_is_not_put_back_again(self, done: Desk):
        """The set that was undone waits: whoever wants it activates it."""
        done.put_back()
        assert done.preview() is None
        assert "nothing to put back" in str(self.refused(done, ConflictError, 1))

    def test_an_owner_without_licences(self, desk: Desk):
        found = putting_back.preview(
            "NOBODY", session=desk.session, roots=desk.roots, timezone=desk.timezone, clock=desk.clock
        )
        assert found is None
