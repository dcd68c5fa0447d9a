"""What is included and what more of it costs (domain.md 1.8, formats.md 6); tariff files of one's own."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.status_tab.metering import GB, NOW, event, month, send

from host.api import InputError, NotFoundError
from status_tab.domain.metered import METERED_SERVICES
from status_tab.domain.tariff import PUBLISHED, ServiceTariff, packages
from status_tab.schemas.tariff import read_tariff
from status_tab.services.tariffs import list_tariffs, load_tariff, remove_tariff, tariff_for

OTHERS = [service.id for service in METERED_SERVICES if service.id not in ("storage", "mailings")]


def tariff(**changes: Any) -> dict[str, Any]:
    """A tariff file; services can be given by name with ``_`` for ``-``."""
    plain = {"base": 1000, "per_user": 10, "package": 1000, "price": "30"}
    services = {
        "storage": {"base": "50 GB", "per_user": "1.5 GB", "package": "50 GB", "price": "32.40"},
        "mailings": tiers((1, 50, 15000), (51, 100, 30000), (101, None, 60000)),
        **dict.fromkeys(OTHERS, plain),
    }
    return {"valid_from": "2026-11-01", "currency": "NOK", "services": services, **changes}


def tiers(*rows: tuple[int, int | None, int]) -> dict[str, Any]:
    """What a file says of a service with tiers."""
    found = [
        {"from": first, **({} if last is None else {"to": last}), "included": included}
        for first, last, included in rows
    ]
    return {"tiers": found, "package": 50000, "price": "32.40"}


def with_mailings(said: Any) -> str:
    """A file that says this of mailings, one thing a line."""
    content = tariff()
    content["services"]["mailings"] = said
    return json.dumps(content, indent=1)


def refusal(text: str) -> str:
    """Why a file is refused."""
    with pytest.raises(InputError) as caught:
        read_tariff(text, source="own.json")
    return str(caught.value)


class TestThePublishedTable:
    @pytest.mark.parametrize(
        ("users", "included"),
        [(1, 15_000), (50, 15_000), (51, 30_000), (100, 30_000), (101, 60_000), (5000, 60_000)],
    )
    def test_exactly_100_users_belong_to_51_to_100(self, users, included):
        """formats.md 6 decides what the published picture leaves open."""
        assert PUBLISHED.services["mailings"].included(users) == included

    @pytest.mark.parametrize(
        ("used", "number"),
        [(0, 0), (15_000, 0), (15_001, 1), (65_000, 1), (65_001, 2), (115_000, 2), (10**30, 2 * 10**25)],
    )
    def test_65001_mailings_with_40_users_cost_two_packages_and_15000_none(self, used, number):
        """domain.md 1.8: 15,000 are included, a package holds 50,000."""
        found = packages(used, PUBLISHED.services["mailings"].included(40), 50_000)
        assert found == number

    def test_the_same_through_the_whole_house(self, work):
        """From the event to the price: two packages at EUR 32.40 are EUR 64.80."""
        send(work, event(value=65_001))
        line = month(work, date(2026, 11, 1), users=40)["mailings"]
        assert (line.used, line.included, line.overage, line.packages) == (65_001, 15_000, 50_001, 2)
        assert (line.price, line.currency) == (Decimal("64.80"), "EUR")
        assert month(work, date(2026, 11, 1), users=101)["mailings"].packages == 1

    def test_all_five_services_are_in_it(self):
        """Storage in bytes: 1 GB = 10⁹ bytes."""
        assert {each: said.included(60) for each, said in PUBLISHED.services.items()} == {
            "storage": 100 * GB,
            "mailings": 30_000,
            "customer-center-logins": 2_000,
            "chat-sessions": 2_000,
            "form-submissions": 2_000,
        }


@given(used=st.integers(0, 2**64), included=st.integers(0, 2**64), package=st.integers(1, 2**40))
def test_packages_are_just_enough(used, included, package):
    """They cover the use, and one fewer would not."""
    number = packages(used, included, package)
    assert included + number * package >= used
    assert number == 0 or included + (number - 1) * package < used


class TestFiles:
    def test_a_file_says_tiers_or_a_base_with_something_for_every_user(self):
        """Sizes are bytes inside."""
        found = read_tariff(json.dumps(tariff()), source="own.json")
        assert (found.valid_from, found.currency, found.own) == (date(2026, 11, 1), "NOK", True)
        assert found.services["storage"].included(10) == 65 * GB
        assert found.services["storage"].tier(10) is None
        assert found.services["mailings"].included(100) == 30_000
        assert found.services["chat-sessions"] == ServiceTariff(
            service="chat-sessions", base=1000, per_user=10, package=1000, price=Decimal(30)
        )

    @pytest.mark.parametrize(
        ("rows", "line", "problem"),
        [
            (
                [(1, 50, 1), (50, 100, 2), (101, None, 3)],
                19,
                "50 overlaps: the tier before ends at 50; expected 51",
            ),
            ([(1, 50, 1), (52, 100, 2), (101, None, 3)], 19, "52 leaves a gap: the tier before ends at 50"),
            ([(2, 50, 1), (51, None, 2)], 14, "2 leaves a gap: it is the first; expected 1"),
            ([(1, None, 1), (51, None, 2)], 13, 'only the last tier may be without "to"'),
            ([(1, 50, 1), (51, 100, 2)], 20, "the last tier must be without it"),
            ([(1, 50, 1), (51, 40, 2), (41, None, 3)], 20, "40 is less than from"),
        ],
    )
    def test_overlapping_tiers_and_gaps_are_refused_with_their_line(self, rows, line, problem):
        """So that nobody counts brackets."""
        text = with_mailings(tiers(*rows))
        said = refusal(text)
        assert said.startswith(f"own.json: line {line}, services.mailings.tiers[")
        assert problem in said

    def test_tabs_and_everything_on_one_line_can_be_read_too(self):
        """Whatever wrote the file."""
        text = with_mailings(tiers((1, 50, 1), (50, None, 2)))
        assert "line 19, " in refusal(text.replace("\n ", "\n\t"))
        assert "line 1, " in refusal(text.replace("\n", ""))

    @pytest.mark.parametrize(
        ("changes", "place", "problem"),
        [
            ({"valid_from": "1.1.2027"}, "line 2, valid_from", "must be a date such as 2027-01-01"),
            ({"currency": "euro"}, "line 3, currency", "must be an ISO 4217 code such as EUR"),
            ({"services": {}}, "line 4, services", "storage, mailings, customer-center-logins, "),
            ({"services": []}, "line 4, services", "Not a valid mapping type"),
            ({"services": {"mailings": 7}}, "line 5, services.mailings", "must be a JSON object"),
            ({"services": {}, "colour": "red"}, "line 5, colour", "is not part of a tariff file"),
        ],
    )
    def test_what_else_is_wrong_is_named_with_its_line(self, changes, place, problem):
        """The first thing that is."""
        said = refusal(json.dumps(tariff() | changes, indent=1))
        assert said.startswith(f"own.json: {place}")
        assert problem in said

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            ({"base": 1, "package": 1, "price": "1"}, "both base and per_user"),
            ({"package": 1, "price": "1"}, "either tiers, or base and per_user"),
            ({**tiers((1, None, 5)), "base": 1}, "either tiers, or base and per_user"),
            ({**tiers((1, None, 5)), "price": 32.4}, "price: Not a valid string"),
            ({**tiers((1, None, 5)), "price": "32,40"}, "must be a decimal text such as 32.40"),
            ({**tiers((1, None, 5)), "package": 0}, "must be more than 0"),
            ({**tiers((1, None, 5)), "package": 10**16}, "must be between 0 and a million billion"),
            ({**tiers((1, None, -5))}, "included: must be between 0"),
            ({**tiers((1, None, 5)), "package": "50 GB"}, "package: must be a whole number"),
            ({**tiers((1.5, None, 5))}, "must be a whole number of users"),
            ({**tiers(), "tiers": []}, "tiers: Length must be between 1 and 100"),
            (7, "must be a JSON object"),
        ],
    )
    def test_what_a_service_lacks_is_told_in_its_place(self, said, problem):
        """Each with its own sentence."""
        found = refusal(with_mailings(said))
        assert found.startswith("own.json: line ")
        assert ", services.mailings" in found
        assert problem in found

    def test_storage_without_a_unit_is_refused(self):
        """50 bytes would be included, and every installation pay for millions of packages."""
        content = tariff()
        content["services"]["storage"]["base"] = 50
        found = refusal(json.dumps(content, indent=1))
        assert "services.storage.base: must be a size with its unit, such as 50 GB" in found

    def test_an_unknown_service_is_refused(self):
        """A misspelt one would silently include nothing."""
        content = tariff()
        content["services"]["mailing"] = content["services"]["mailings"]
        assert "services.mailing: no such service; expected storage, " in refusal(
            json.dumps(content, indent=1)
        )

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "nothing", '{"a": 1, "a": 2}', "9" * 5000, "[" * 100_000]
    )
    def test_what_is_no_tariff_at_all_is_refused(self, text):
        """Whatever the file holds, one message."""
        assert refusal(text).startswith("own.json")


class TestOwn:
    def file(self, folder: Path, **changes: Any) -> Path:
        """A tariff file."""
        path = folder / "own.json"
        path.write_text(json.dumps(tariff(**changes)), encoding="utf-8")
        return path

    def load(self, path: Path, work: Any) -> None:
        """Load it."""
        load_tariff(path, work=work, clock=lambda: NOW, user_id="KAAN")

    def test_each_holds_from_its_day_on_and_counts_for_months_that_begin_then(self, work, tmp_path):
        """One that holds from the 2nd on counts from the next month on."""
        self.load(self.file(tmp_path, valid_from="2026-11-01", currency="NOK"), work)
        self.load(self.file(tmp_path, valid_from="2027-01-02", currency="DKK"), work)
        found = {
            day: tariff_for(day, work.session).currency
            for day in (date(2026, 10, 31), date(2026, 11, 30), date(2027, 1, 31), date(2027, 2, 1))
        }
        assert list(found.values()) == ["EUR", "NOK", "NOK", "DKK"]

    def test_loading_again_for_the_same_day_replaces_and_removing_brings_the_former_back(
        self, work, tmp_path
    ):
        """Each with an audit row."""
        self.load(self.file(tmp_path), work)
        self.load(self.file(tmp_path, currency="SEK"), work)
        assert [each.tariff.currency for each in list_tariffs(work.session)] == ["SEK"]
        remove_tariff(date(2026, 11, 1), work=work)
        assert tariff_for(date(2026, 11, 1), work.session) == PUBLISHED
        assert [action for action, *_ in work.audited] == ["tariff.loaded", "tariff.loaded", "tariff.removed"]
        with pytest.raises(NotFoundError, match="no tariff of your own that holds from 2026-11-01"):
            remove_tariff(date(2026, 11, 1), work=work)

    def test_a_refused_file_changes_nothing(self, work, tmp_path):
        """The message names the file."""
        path = self.file(tmp_path, currency="")
        with pytest.raises(InputError, match=r"own\.json: line 1, currency"):
            self.load(path, work)
        assert list_tariffs(work.session) == []
        assert work.audited == []
