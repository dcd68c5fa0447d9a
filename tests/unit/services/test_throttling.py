"""How often somebody may try in vain, on both databases, and for all workers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api import Banner, Plain
from host.domain.errors import ClosedError, SignInError, ThrottledError
from host.domain.sessions import CODE
from host.domain.throttling import (
    ACCOUNT,
    ADDRESS,
    LONGEST_PAUSE,
    Tried,
    counted,
    network_of,
    pause_after,
)
from host.services.throttling import attempt
from host.testing import make_host

EPOCH = datetime(2026, 11, 24, tzinfo=UTC)
HERE, THERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def kit(tmp_path, database_url):
    """A host without plugins."""
    kit = make_host(tmp_path, database_url=database_url)
    yield kit
    kit.close()


def fail(kit, name="KAAN", **more):
    """An attempt that fails; the seconds to wait if it was not looked at."""
    try:
        with attempt(kit.house, name, **more):
            raise SignInError("no")  # noqa: TRY301 - as a wrong password does
    except ThrottledError as error:
        return error.seconds
    except SignInError:
        return 0


def succeed(kit, name="KAAN", **more):
    with attempt(kit.house, name, **more) as tried:
        tried.succeeded()


class TestAccounts:
    def test_a_few_are_free_and_then_the_pauses_double(self, kit):
        """Whether there is such an account or not."""
        pauses = []
        for _ in range(10):
            waited = fail(kit)
            while waited:
                pauses.append(waited)
                kit.clock.advance(timedelta(seconds=waited))
                waited = fail(kit)
        assert pauses == [1, 2, 4, 8, 16][: len(pauses)]
        assert len(pauses) >= 4

    def test_the_right_one_forgives_what_was_wrong_before(self, kit):
        for _ in range(ACCOUNT.free):
            fail(kit)
        succeed(kit)
        assert [fail(kit) for _ in range(ACCOUNT.free)] == [0] * ACCOUNT.free

    def test_a_right_password_forgives_no_wrong_codes(self, kit):
        """Or who knows one factor could guess the other for ever."""
        for _ in range(ACCOUNT.free + 1):
            fail(kit, kind=CODE)
            succeed(kit)
        assert fail(kit, kind=CODE) > 0

    def test_the_case_of_a_name_makes_it_no_other(self, kit):
        for name in ("KAAN", "kaan", " Kaan ", "KaAn", "kAAN", "kaaN"):
            fail(kit, name)
        assert fail(kit) > 0

    def test_a_known_browser_is_not_kept_waiting_by_others(self, kit):
        """Nobody locks another out by typing their name; and it has no more tries than they."""
        for _ in range(ACCOUNT.free + 1):
            fail(kit)
        assert fail(kit) > 0
        assert [fail(kit, known="b1") for _ in range(ACCOUNT.free + 1)] == [0] * (ACCOUNT.free + 1)
        assert fail(kit, known="b1") > 0
        assert fail(kit, known="b2") == 0

    def test_nor_by_what_others_try_at_its_address(self, kit):
        """A company's address may be busy with somebody's guesses."""
        for number in range(ADDRESS.free + 1):
            fail(kit, f"N{number}", address=HERE)
        assert fail(kit, "OTHER", address=HERE) > 0
        assert fail(kit, address=HERE, known="b1") == 0

    def test_who_is_kept_out_by_no_login_has_not_guessed(self, kit):
        """What they gave was right."""
        for _ in range(ADDRESS.free * 2):
            with pytest.raises(ClosedError), attempt(kit.house, "KAAN", address=HERE):
                raise ClosedError("status_tab", Banner(kind="stop", title=Plain("closed")))
        assert fail(kit, address=HERE) == 0

    def test_after_an_hour_everything_is_forgiven(self, kit):
        for _ in range(ACCOUNT.free + 1):
            fail(kit)
        kit.clock.advance(ACCOUNT.forget)
        assert [fail(kit) for _ in range(ACCOUNT.free)] == [0] * ACCOUNT.free


class TestAddresses:
    def test_one_address_cannot_go_through_names(self, kit):
        waits = [fail(kit, f"N{number}", address=HERE) for number in range(ADDRESS.free + 2)]
        assert waits[: ADDRESS.free + 1] == [0] * (ADDRESS.free + 1)
        assert waits[-1] > 0
        assert fail(kit, "N99", address=THERE) == 0

    def test_signing_in_in_between_does_not_help_it(self, kit):
        """Somebody with an account of their own has no more tries than others."""
        for number in range(ADDRESS.free + 1):
            succeed(kit, "MINE", address=HERE)
            fail(kit, f"N{number}", address=HERE)
        assert fail(kit, "OTHER", address=HERE) > 0

    def test_a_company_behind_one_address_signs_in_all_day(self, kit):
        for number in range(ADDRESS.free * 2):
            succeed(kit, f"N{number}", address=HERE)

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("no address", "no address"),
            ("", ""),
        ],
    )
    def test_an_ipv6_address_counts_as_its_network(self, address, network):
        assert network_of(address) == network


class TestManyAtOnce:
    def test_as_many_are_looked_at_as_are_free(self, kit):
        """Counted before they are looked at: sixteen workers are not sixteen times the tries."""
        with ThreadPoolExecutor(16) as pool:
            looked_at = list(pool.map(lambda _: fail(kit), range(32))).count(0)
        assert ACCOUNT.free <= looked_at <= ACCOUNT.free + 2

    def test_another_host_on_the_same_database_counts_on(self, kit, tmp_path, database_url):
        """And one that was started again."""
        other = make_host(tmp_path, database_url=database_url, now=kit.clock())
        for each in (kit, other) * 3:
            fail(each)
        assert fail(kit) > 0
        assert fail(other) > 0
        other.close()


class TestRules:
    @given(st.integers(0, 10_000))
    def test_a_pause_grows_and_has_an_end(self, failures):
        """Nobody is locked out for good."""
        now, more = pause_after(ACCOUNT, failures), pause_after(ACCOUNT, failures + 1)
        assert timedelta() <= now <= more <= LONGEST_PAUSE

    @given(st.lists(st.floats(0, 7200), max_size=40))
    def test_the_count_is_of_those_that_are_not_forgotten(self, gaps):
        kit_now = EPOCH
        seen: Tried | None = None
        expected = 0
        for gap in gaps:
            kit_now += timedelta(seconds=gap)
            forgotten = seen is None or kit_now - seen.last >= ACCOUNT.forget
            expected = 1 if forgotten else expected + 1
            seen = counted(ACCOUNT, seen, kit_now)
            assert seen.failures == expected
