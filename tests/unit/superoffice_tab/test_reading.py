"""What pages and commands show."""

from __future__ import annotations

from datetime import date

import pytest
from unit.superoffice_tab.building import Installation, claims, module, person

from host.api import NotFoundError
from superoffice_tab.domain.expiry import days_left, today
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.pages.view import facts, groups
from superoffice_tab.services import reading


def rows(installation: Installation, **options: object) -> dict[str, reading.LicenceView]:
    owner = reading.known_owner("SUPEROFFICE", installation.session)
    found = reading.licences(owner, installation.session, **options)  # type: ignore[arg-type]
    return {each.code: each for each in found}


class TestTheList:
    def test_hidden_licences_are_left_out_unless_asked_for(self, installation: Installation):
        assert set(rows(installation)) == {
            "ten-sales", "ten-service", "visible-for", "spin", "windows", "travel", "aiplatform", "satellite",
        }  # fmt: skip
        assert set(rows(installation, hidden=True)) - set(rows(installation)) == {
            "user",
            "web",
            "ej-client",
            "server",
        }

    def test_use_is_the_sum_of_weights_of_people_who_are_not_retired(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.spin*2;superoffice.ten-sales"),
            person("MOBE", "superoffice.spin"),
            person("SIRA", "superoffice.spin*2;superoffice.ten-service", retired="yes"),
        )
        found = rows(installation, hidden=True)
        assert (found["spin"].in_use, found["spin"].total, found["spin"].free) == (3, 5, 2)
        assert (found["ten-service"].in_use, found["ten-service"].free) == (0, 2)
        assert (found["ej-client"].in_use, found["user"].in_use) == (0, 1)

    def test_a_hidden_licence_is_used_through_every_plan_that_brings_it(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.ten-sales"),
            person("MOBE", "superoffice.ten-sales"),
            person("SIRA", "superoffice.ten-service"),
        )
        found = rows(installation, hidden=True)
        assert [found[name].in_use for name in ("user", "web", "ej-client")] == [3, 2, 1]
        assert [found[name].free for name in ("user", "web", "ej-client")] == [2, 1, 1]

    def test_who_retires_or_goes_holds_nothing_any_more(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.spin*2"), person("MOBE", "superoffice.spin"))
        assert rows(installation)["spin"].in_use == 3
        installation.people(person("KAAN", "superoffice.spin*2", retired="yes"))
        assert rows(installation)["spin"].in_use == 1
        installation.people(person("KAAN", "superoffice.spin*2"), prune=True)
        assert rows(installation)["spin"].in_use == 2

    def test_a_new_set_leaves_the_holders_counted(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-sales"))
        installation.load(claims(seq=2))
        found = rows(installation, hidden=True)
        assert (found["ten-sales"].in_use, found["web"].in_use) == (1, 1)

    def test_an_unrestricted_licence_has_no_total(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.visible-for"), person("MOBE", "superoffice.visible-for")
        )
        row = rows(installation)["visible-for"]
        assert (row.in_use, row.total, row.free, row.share) == (2, None, None, None)

    def test_a_system_licence_is_on_and_not_counted(self, installation: Installation):
        row = rows(installation)["aiplatform"]
        assert (row.type, row.in_use, row.total, row.free) == (LicenceType.SYSTEM, None, None, None)

    def test_a_search_looks_in_names_in_any_case_and_takes_no_wild_cards(self, installation: Installation):
        assert set(rows(installation, search="TEN-")) == {"ten-sales", "ten-service"}
        assert rows(installation, search="%") == {}

    def test_one_group_can_be_asked_for(self, installation: Installation):
        assert set(rows(installation, kind=LicenceType.SYSTEM)) == {"aiplatform"}

    def test_what_is_unrestricted_stands_last(self, installation: Installation):
        users = [each.code for each in groups(list(rows(installation).values())).user]
        assert users == ["spin", "ten-sales", "ten-service", "travel", "windows", "visible-for"]

    def test_the_switches_count_what_they_show(self, installation: Installation):
        owner = reading.known_owner("SUPEROFFICE", installation.session)
        counts = reading.licence_counts(owner, installation.session)
        assert (counts.all, counts.user, counts.system, counts.satellite, counts.hidden) == (8, 6, 1, 1, 4)
        everything = reading.licence_counts(owner, installation.session, hidden=True)
        assert (everything.all, everything.user, everything.system) == (12, 9, 2)


class TestOwners:
    def test_an_unknown_owner_is_named_with_those_that_are_known(self, installation: Installation):
        with pytest.raises(NotFoundError, match=r"“NOBODY”.*Loaded owners: SUPEROFFICE"):
            reading.known_owner("NOBODY", installation.session)

    @pytest.mark.parametrize(
        ("day", "left", "covered"),
        [
            (date(2026, 11, 24), 218, True),
            (date(2027, 6, 2), 28, True),
            (date(2027, 6, 3), 27, False),
            (date(2027, 6, 30), 0, False),
            (date(2028, 3, 6), -250, False),
        ],
    )
    def test_dates_are_told_as_of_today(
        self, installation: Installation, day: date, left: int, covered: bool
    ):
        found = facts(reading.known_owner("SUPEROFFICE", installation.session), day)
        assert (found.days_left, found.upgrades_covered, found.reminders_then) == (left, covered, True)

    def test_never_has_no_days(self, empty: Installation):
        empty.load(claims(ExpiryDate=None, GraceDate=None, MaintenanceDate=None))
        found = facts(reading.known_owner("SUPEROFFICE", empty.session), date(2026, 11, 24))
        assert (found.days_left, found.upgrades_covered) == (None, None)


@pytest.mark.parametrize(("zone", "day"), [("Europe/Oslo", 25), ("UTC", 24), ("America/New_York", 24)])
def test_days_are_counted_in_the_installations_zone(installation: Installation, zone: str, day: int):
    now = installation.now.replace(hour=23, minute=30)
    assert today(now, zone) == date(2026, 11, day)


def test_days_left_is_a_difference_of_days():
    assert days_left(date(2027, 6, 30), date(2026, 6, 10)) == 385


def test_a_licence_of_an_unknown_type_is_on_or_off(empty: Installation):
    empty.load(claims(modules=(module("odd", 1, "Unknown"),)))
    assert [each.code for each in groups(list(rows(empty).values())).system] == ["odd"]
