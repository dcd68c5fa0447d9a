"""What the four dates of an owner mean on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from superoffice_tab.domain.expiry import Standing, licence_state
from superoffice_tab.domain.licences import OwnerDates

EXPIRY = date(2027, 6, 30)
DATES = OwnerDates(
    warning=date(2027, 6, 2), maintenance=date(2027, 6, 2), expiry=EXPIRY, grace=date(2027, 7, 12)
)


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2027, 6, 1), Standing.OK),
        (date(2027, 6, 2), Standing.WARNING),
        (date(2027, 6, 30), Standing.WARNING),
        (date(2027, 7, 1), Standing.EXPIRED),
        (date(2027, 7, 12), Standing.EXPIRED),
        (date(2027, 7, 13), Standing.READ_ONLY),
        (date(2029, 1, 1), Standing.READ_ONLY),
    ],
)
def test_a_licence_goes_from_ok_over_warning_and_expired_to_read_only(day: date, standing: Standing):
    """Reminders begin on their day; the other dates are the last good ones."""
    assert licence_state(DATES, day).standing is standing


def test_without_a_grace_date_there_is_no_grace():
    """The day after the expiry date is read-only at once."""
    dates = OwnerDates(expiry=EXPIRY)
    assert licence_state(dates, EXPIRY).standing is Standing.OK
    assert licence_state(dates, EXPIRY + timedelta(days=1)).standing is Standing.READ_ONLY


def test_what_never_expires_is_always_ok():
    """A warning date alone warns of nothing."""
    state = licence_state(OwnerDates(warning=EXPIRY), date(2040, 1, 1))
    assert (state.standing, state.days_left, state.upgrades_covered) == (Standing.OK, None, None)


def test_days_left_and_upgrades_are_told_apart_from_how_it_stands():
    """Days are negative once past; upgrades end with the maintenance date, not with the licence."""
    state = licence_state(DATES, date(2027, 6, 3))
    assert (state.standing, state.days_left, state.upgrades_covered) == (Standing.WARNING, 27, False)
    assert licence_state(DATES, date(2027, 6, 2)).upgrades_covered is True
    assert licence_state(DATES, date(2027, 7, 10)).days_left == -10
