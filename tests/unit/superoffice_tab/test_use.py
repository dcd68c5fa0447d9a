"""How use went over months, and what was wanting: what the samples say."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, insert, select
from unit.superoffice_tab.desk import Desk
from unit.superoffice_tab.seats import licence_id

from superoffice_tab.services import use
from superoffice_tab.services.denials import note_denials
from superoffice_tab.services.use import DayUse, MonthUse
from superoffice_tab.storage.changing import Sample, UserSample
from superoffice_tab.storage.models import Owner

TODAY = date(2026, 2, 14)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """An installation without figures: not even those of the day its licences were activated."""
    for table in (Sample, UserSample):
        desk.session.execute(delete(table))
    return desk


def sampled(desk: Desk, *rows: tuple[date, int, int | None], code: str = "spin") -> int:
    """Samples of a licence; the id of its owner."""
    owner_id = desk.session.scalars(select(Owner.id)).one()
    named = {"owner_id": owner_id, "name": code}
    values = [{**named, "day": day, "in_use": n, "bought": m} for day, n, m in rows]
    desk.session.execute(insert(Sample), values)
    return owner_id


def test_a_month_has_its_peak_and_what_there_was_at_its_end(desk: Desk):
    owner = sampled(
        desk,
        (date(2026, 1, 30), 4, 5),
        (date(2026, 1, 2), 6, 9),
        (date(2026, 1, 31), 3, 7),
        (date(2026, 2, 1), 2, None),
    )
    assert use.months(owner, "spin", desk.session, today=TODAY)[-2:] == [
        MonthUse(month=date(2026, 1, 1), peak=6, bought=7),
        MonthUse(month=date(2026, 2, 1), peak=2, bought=None),
    ]


def test_the_last_twelve_months_end_with_this_one(desk: Desk):
    """Those without a sample are there and say nothing; what is older is not."""
    owner = sampled(desk, (date(2025, 2, 28), 9, 9), (date(2025, 3, 1), 1, 5), (date(2025, 12, 31), 2, 5))
    found = use.months(owner, "spin", desk.session, today=TODAY)
    assert [each.month for each in found] == [
        *(date(2025, month, 1) for month in range(3, 13)), date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip
    assert [each.peak for each in found] == [1, *[None] * 8, 2, None, None]
    assert found[1] == MonthUse(month=date(2025, 4, 1), peak=None, bought=None)


def test_a_licence_never_sampled_has_months_that_say_nothing(desk: Desk):
    owner = sampled(desk, (TODAY, 1, 5))
    found = use.months(owner, "windows", desk.session, today=TODAY, months=3)
    assert [each.peak for each in found] == [None, None, None]


def test_days_come_in_order(desk: Desk):
    owner = sampled(desk, (date(2026, 2, 3), 2, 5), (date(2026, 2, 1), 1, 5), (date(2026, 1, 31), 9, 9))
    assert use.daily(owner, "spin", desk.session, since=date(2026, 2, 1)) == [
        DayUse(day=date(2026, 2, 1), in_use=1, bought=5),
        DayUse(day=date(2026, 2, 3), in_use=2, bought=5),
    ]


def test_refusals_of_days_add_up(desk: Desk):
    spin, windows = licence_id(desk, "spin"), licence_id(desk, "windows")
    note_denials({spin: 2, windows: 1}, date(2026, 2, 1), desk.session)
    note_denials({spin: 3}, date(2026, 2, 1), desk.session)
    note_denials({spin: 7}, date(2026, 2, 2), desk.session)
    note_denials({}, date(2026, 2, 2), desk.session)
    assert use.denied(spin, desk.session, date(2026, 2, 1)) == 12
    assert use.denied(spin, desk.session, date(2026, 2, 2)) == 7
    assert use.denied(windows, desk.session, date(2026, 2, 2)) == 0


def test_a_licence_that_comes_again_has_its_figures_still(desk: Desk):
    """It disappears with one set, and is there again when the former one is put back."""
    owner = sampled(desk, (date(2025, 12, 31), 4, 5))
    note_denials({licence_id(desk, "spin"): 3}, date(2026, 2, 1), desk.session)
    desk.next_set(without=("spin",))
    desk.activate()
    assert use.months(owner, "spin", desk.session, today=TODAY)[-3].peak == 4
    desk.put_back()
    assert use.months(owner, "spin", desk.session, today=TODAY)[-3].peak == 4
    assert use.denied(licence_id(desk, "spin"), desk.session, date(2026, 2, 1)) == 3


def test_user_counts_come_in_order_and_leave_out_days_without_one(desk: Desk):
    days = {date(2026, 2, 3): 7, date(2026, 2, 1): 5, date(2026, 1, 31): 9}
    desk.session.execute(insert(UserSample), [{"day": day, "users": n} for day, n in days.items()])
    assert use.user_counts(desk.session, date(2026, 2, 1)) == [(date(2026, 2, 1), 5), (date(2026, 2, 3), 7)]
