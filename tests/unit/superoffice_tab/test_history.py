"""What activations did, read again."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update
from unit.superoffice_tab.building import NOW, claims, module
from unit.superoffice_tab.desk import Desk

from superoffice_tab.services import history
from superoffice_tab.storage.changing import Activation


class TestOfALicence:
    def test_activations_that_changed_it_are_listed_newest_first(self, desk: Desk):
        desk.now = NOW + timedelta(hours=1)
        desk.next_set(module("spin", 9), ExpiryDate="2028-06-30T00:00:00", GraceDate=None)
        desk.activate()
        desk.next_set(module("spin", 9), module("curve", 2), seq=3, ExpiryDate=None, GraceDate=None)
        desk.activate(3)
        renewed, newest, first = history.of_licence("superoffice", "SPIN", desk.session)
        assert (renewed.total_before, renewed.total_after, renewed.expiry_after) == (9, 9, None)
        assert (newest.at, newest.by, newest.automatic, newest.put_back) == (desk.now, "KAAN", False, False)
        assert (newest.total_before, newest.total_after) == (5, 9)
        assert newest.expiry_after == date(2028, 6, 30)
        assert (first.by, first.total_before, first.total_after) == ("cli", None, 5)
        assert first.expiry_after == date(2027, 6, 30)
        (added,) = history.of_licence("SUPEROFFICE", "curve", desk.session)
        assert (added.total_before, added.total_after, added.expiry_after) == (None, 2, None)

    def test_what_put_it_back_is_one_of_them(self, desk: Desk):
        desk.next_set(without=("spin",))
        desk.activate()
        desk.put_back()
        back, gone, _ = history.of_licence("SUPEROFFICE", "spin", desk.session)
        assert (back.put_back, back.total_before, back.total_after) == (True, None, 5)
        assert (gone.put_back, gone.total_before, gone.total_after) == (False, 5, None)

    def test_a_renewal_that_changed_no_licence_is_one_of_them(self, desk: Desk):
        """With the total that it had then, whatever became of it since."""
        days = {"ExpiryDate": "2028-06-30T00:00:00", "MaintenanceDate": "2028-03-31T00:00:00"}
        desk.receive(claims(2, GraceDate=None, **days), automatic=True)
        desk.next_set(module("spin", 9), seq=3, GraceDate=None, **days)
        desk.activate(3)
        changed, renewed, _ = history.of_licence("SUPEROFFICE", "spin", desk.session)
        assert (renewed.automatic, renewed.total_before, renewed.total_after) == (True, 5, 5)
        assert (renewed.expiry_before, renewed.expiry_after) == (date(2027, 6, 30), date(2028, 6, 30))
        assert renewed.new_maintenance == date(2028, 3, 31)
        assert (changed.total_before, changed.total_after, changed.new_maintenance) == (5, 9, None)

    def test_a_renewal_is_none_of_what_was_not_there(self, desk: Desk):
        desk.receive(claims(2, ExpiryDate="2028-06-30T00:00:00", GraceDate=None), automatic=True)
        desk.next_set(module("curve", 2), seq=3, ExpiryDate="2028-06-30T00:00:00", GraceDate=None)
        desk.activate(3)
        (added,) = history.of_licence("SUPEROFFICE", "curve", desk.session)
        assert (added.total_before, added.total_after) == (None, 2)

    def test_another_serial_number_is_one_of_them(self, desk: Desk):
        desk.receive(claims(2, serial="9876543210"))
        desk.activate(2, serial="9876543210")
        newest, first = history.of_licence("SUPEROFFICE", "spin", desk.session)
        assert (newest.new_serial, newest.total_after) == ("9876543210", 5)
        assert first.new_serial is None

    def test_of_what_was_activated_before_days_were_written_down_nothing_is_said(self, desk: Desk):
        """Migration 0003 remembers those without what they changed."""
        desk.session.execute(update(Activation).values(changes={"totals": {}}))
        assert history.of_licence("SUPEROFFICE", "spin", desk.session) == []

    def test_only_some_are_listed(self, desk: Desk):
        for seq in (2, 3, 4):
            desk.next_set(module("spin", seq * 10), seq=seq)
            desk.activate(seq)
        totals = [row.total_after for row in history.of_licence("SUPEROFFICE", "spin", desk.session, limit=2)]
        assert totals == [40, 30]

    def test_of_what_nobody_knows_there_is_none(self, desk: Desk):
        assert history.of_licence("SUPEROFFICE", "nosuch", desk.session) == []
        assert history.of_licence("NOBODY", "spin", desk.session) == []


class TestTheLastActivation:
    def test_it_says_what_changed(self, desk: Desk):
        desk.next_set(module("spin", 9))
        desk.activate()
        found = history.last_activation("superoffice", desk.session)
        assert found is not None
        assert (found.seq, found.previous_seq, found.by, found.automatic) == (2, 1, "KAAN", False)
        assert found.totals == {"spin": (5, 9)}
        assert found.can_be_undone

    def test_one_that_happened_by_itself_says_so(self, desk: Desk):
        desk.receive(claims(2, ExpiryDate="2028-06-30T00:00:00", GraceDate=None), automatic=True)
        found = history.last_activation("SUPEROFFICE", desk.session)
        assert found is not None
        assert (found.automatic, found.can_be_undone) == (True, True)

    def test_the_first_one_has_no_predecessor(self, desk: Desk):
        found = history.last_activation("SUPEROFFICE", desk.session)
        assert found is not None
        assert (found.seq, found.previous_id, found.can_be_undone) == (1, None, False)
        assert len(found.totals) == 12

    def test_an_unknown_owner_has_none(self, desk: Desk):
        assert history.last_activation("NOBODY", desk.session) is None
