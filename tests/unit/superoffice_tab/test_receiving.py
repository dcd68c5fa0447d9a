"""A licence file arrives: it waits, or activates by itself, or is known already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from unit.superoffice_tab.building import NOW, SERIAL, Installation, Issuer, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with

from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.services import reading
from superoffice_tab.services.receiving import Reception
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Assignment


def refused(desk: Desk, *args, **kwargs) -> Verdict:
    before = desk.everything()
    with pytest.raises(VerdictError) as caught:
        desk.receive(*args, **kwargs)
    assert desk.everything() == before
    return caught.value.verdict


def in_force(desk: Installation) -> int:
    owner = reading.owner("SUPEROFFICE", desk.session)
    assert owner is not None
    return owner.seq


class TestANewerSet:
    def test_it_waits_and_changes_nothing(self, desk: Desk):
        done = desk.receive(claims(2, modules=modules_with(module("spin", 9))))
        assert (done.outcome, done.owner, done.seq, done.activation) == (
            Reception.PENDING, "SUPEROFFICE", 2, None,
        )  # fmt: skip
        assert in_force(desk) == 1
        assert desk.in_use()["spin"] == (0, 5)

    def test_it_is_written_down(self, desk: Desk):
        desk.receive(claims(2), source="https://licences.example/SUPEROFFICE/1.lic")
        desk.receive(claims(3), source="third.lic")
        (_, _, nothing, first), (action, subject, before, after) = desk.work.audits[-2:]
        assert nothing is None
        assert (action, subject, before) == (
            "licence.received", "SUPEROFFICE", {"seq": 2, "serial": SERIAL},
        )  # fmt: skip
        assert first["source"] == "https://licences.example/SUPEROFFICE/1.lic"
        assert (after["seq"], after["serial"], after["source"]) == (3, SERIAL, "third.lic")

    def test_a_newer_one_takes_its_place(self, desk: Desk):
        desk.receive(claims(2))
        assert desk.receive(claims(4)).outcome is Reception.PENDING
        assert (desk.view.seq, desk.left_over()[0]) == (4, 1)

    def test_an_older_one_does_not(self, desk: Desk):
        desk.receive(claims(4))
        assert refused(desk, claims(3)) is Verdict.REPLAYED
        assert refused(desk, claims(4, CompanyName="Same number, other content")) is Verdict.REPLAYED


class TestTheSameAgain:
    def test_what_waits_is_known(self, desk: Desk):
        content = desk.issuer.file(claims(2))
        desk.receive(content)
        before = desk.everything()
        assert desk.receive(content).outcome is Reception.UP_TO_DATE
        assert desk.everything() == before

    def test_what_is_in_force_is_known(self, desk: Desk):
        content = desk.issuer.file(claims(2))
        desk.load(content)
        done = desk.receive(content)
        assert (done.outcome, done.owner, done.seq) == (Reception.UP_TO_DATE, "SUPEROFFICE", 2)

    def test_the_same_number_with_other_content_is_a_replay(self, desk: Desk):
        assert refused(desk, claims(1, CompanyName="Other")) is Verdict.REPLAYED


class TestByItself:
    """What changes nothing for anybody, where the owner allows it (domain.md 1.4)."""

    def test_a_renewal_activates_itself(self, desk: Desk):
        renewed = claims(2, ExpiryDate="2028-06-30T00:00:00", GraceDate="2028-07-12T00:00:00")
        done = desk.receive(renewed, automatic=True)
        assert done.outcome is Reception.ACTIVATED
        assert done.activation is not None
        assert (in_force(desk), desk.waiting()) == (2, None)
        assert [action for action, *_ in desk.work.audits[-2:]] == ["licence.received", "licence.activated"]

    def test_it_waits_where_that_is_not_wanted(self, desk: Desk):
        assert desk.receive(claims(2), automatic=False).outcome is Reception.PENDING

    def test_it_waits_where_the_set_in_force_forbids_it(self, desk: Desk):
        """By whichever way it comes."""
        desk.load(claims(2, ExtraInfo="AutoUpdate=no"))
        assert desk.receive(claims(3), automatic=True).outcome is Reception.PENDING

    def test_it_waits_where_more_people_hold_a_licence_than_there_are(self, desk: Desk):
        """They are counted: whatever was kept of an earlier count may have been altered since."""
        desk.people(person("KAAN", "superoffice.spin"))
        desk.session.execute(update(Assignment).values(weight=6))
        desk.session.commit()
        assert desk.receive(claims(2), automatic=True).outcome is Reception.PENDING
        recount(desk.session)
        desk.session.commit()
        assert [change.name for change in desk.view.blocked] == ["spin"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"modules": modules_with(module("spin", 9))},
            {"CompanyName": "Other Trading AS"},
            {"ExpiryDate": "2027-06-29T00:00:00"},
            {"serial": "1600007775"},
        ],
    )
    def test_what_changes_something_waits(self, desk: Desk, changes):
        assert desk.receive(claims(2, **changes), automatic=True).outcome is Reception.PENDING
        assert in_force(desk) == 1

    def test_a_first_set_waits(self, empty: Installation):
        first = Desk(work=empty.work, issuer=empty.issuer, folder=empty.folder)
        assert first.receive(claims(), automatic=True).outcome is Reception.PENDING
        assert reading.owners(first.session) == []
        assert first.view.is_first
        first.activate(1)
        assert in_force(first) == 1

    def test_it_takes_the_place_of_one_that_waits_and_leaves_holders_alone(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin"))
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")
        assert desk.receive(claims(3), automatic=True).outcome is Reception.ACTIVATED
        assert desk.held() == {"KAAN": {"spin": 1}, "MOBE": {"spin": 1}}
        assert desk.left_over() == (0, 0, 0)


class TestVerdicts:
    """The whole list is in test_verdicts.py; these are asked of the installation."""

    def test_a_changed_file(self, desk: Desk):
        content = desk.issuer.file(claims(2)).replace(b'"signature": "', b'"signature": "A')
        assert refused(desk, content) is Verdict.SIGNATURE

    def test_a_clock_that_went_back(self, desk: Desk):
        desk.now = NOW - timedelta(hours=1)
        assert refused(desk, claims(2)) is Verdict.CLOCK_MOVED_BACK

    def test_a_set_that_ran_out(self, desk: Desk):
        ran_out = claims(2, ExpiryDate="2026-10-01T00:00:00", GraceDate="2026-10-12T00:00:00")
        assert refused(desk, ran_out) is Verdict.EXPIRED

    def test_the_name_of_the_file_is_said(self, desk: Desk):
        with pytest.raises(VerdictError) as caught:
            desk.receive(b"{}", source="bad.lic")
        assert caught.value.source == "bad.lic"


class TestANewIdentity:
    def test_a_new_serial_number_waits_to_be_typed(self, desk: Desk):
        desk.receive(claims(1, serial="1600007775", CompanyName="Other Trading AS"))
        assert (desk.view.new_serial, desk.view.new_company) == ("1600007775", "Other Trading AS")
        assert desk.view.can_activate

    def test_other_owners_must_have_the_installations(self, desk: Desk):
        vendor = Issuer("ACME")
        desk.trusted = vendor.roots
        content = vendor.file(claims(owner="ACME", serial="1600007775", modules=(module("spin"),)))
        assert refused(desk, content) is Verdict.SERIAL

    def test_a_vendor_may_write_the_company_as_they_like(self, desk: Desk):
        vendor = Issuer("ACME")
        desk.trusted = vendor.roots
        desk.receive(vendor.file(claims(owner="ACME", modules=(module("spin"),), CompanyName="As Acme does")))
        found = desk.waiting("acme")
        assert found is not None
        assert (found.owner, found.is_first, found.new_company, found.can_activate) == (
            "ACME", True, None, True,
        )  # fmt: skip


class TestThePlanWhenANewerSetComes:
    @pytest.fixture
    def planned(self, desk: Desk) -> Desk:
        """Three hold spin, of which the set that waits has one; one is planned away, one reassigned."""
        desk.people(*(person(name, "superoffice.spin") for name in ("KAAN", "MOBE", "SIRA")))
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")
        desk.plan("spin", "MOBE", "windows")
        return desk

    def rows(self, desk: Desk) -> int:
        return desk.left_over()[1]

    def test_what_still_makes_sense_stays(self, planned: Desk):
        planned.next_set(module("spin", 1), module("curve", 3), seq=3)
        assert self.rows(planned) == 2
        assert planned.view.can_activate

    def test_nobody_is_removed_for_nothing(self, planned: Desk):
        planned.next_set(module("spin", 3), seq=3)
        assert self.rows(planned) == 0

    def test_a_licence_that_is_not_in_it_is_given_to_nobody(self, planned: Desk):
        planned.next_set(module("spin", 1), seq=3, without=("windows",))
        assert self.rows(planned) == 1

    def test_neither_is_one_without_room(self, planned: Desk):
        planned.next_set(module("spin", 1), module("windows", 0), seq=3)
        assert self.rows(planned) == 1

    def test_who_no_longer_holds_it_needs_no_plan(self, planned: Desk):
        planned.people(person("KAAN"))
        planned.next_set(module("spin", 1), seq=3)
        assert self.rows(planned) == 1


def test_a_file_that_is_no_longer_accepted_is_written_down(desk: Desk):
    """It was when it came; neither it nor the one before it can be put in force any more."""
    desk.load(claims(2, ProductDescription="Another"))
    desk.next_set(module("spin", 9), seq=3)
    desk.now += timedelta(days=300)
    for press, name in ((lambda: desk.activate(3), "next.lic"), (lambda: desk.put_back(2), "set 1")):
        with pytest.raises(VerdictError):
            press()
        action, subject, _, after = desk.work.audits[-1]
        assert (action, subject, after["verdict"]) == ("licence.refused", name, "expired")


def test_roots_are_those_of_the_installation(desk: Desk):
    desk.trusted = Issuer().roots
    assert refused(desk, desk.issuer.file(claims(2))) is Verdict.UNKNOWN_ROOT
