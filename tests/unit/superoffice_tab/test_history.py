"""What activations did, read again."""

from __future__ import annotations

from datetime import date, timedelta

from unit.superoffice_tab.building import NOW, claims, module
from unit.superoffice_tab.desk import Desk

from superoffice_tab.services import history


class TestOfALicence:
    def test_activations_that_changed_it_are_listed_newest_first(self, desk: Desk):
        desk.now = NOW + timedelta(hours=1)
        desk.next_set(module("spin", 9), ExpiryDate="2028-06-30T00:00:00", GraceDate=None)
        desk.activate()
        desk.next_set(module("spin", 9), module("curve", 2), seq=3, ExpiryDate=None, GraceDate=None)
        desk.activate(3)
        newest, first = history.of_licence("superoffice", "SPIN", desk.session)
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
